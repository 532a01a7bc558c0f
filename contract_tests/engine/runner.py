"""A run: each contract in a thread of its own, each requirement through the same short life."""

from __future__ import annotations

import signal
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType, MappingProxyType
from urllib.parse import urlsplit

from contract_tests.engine.dedupe import deduplicated
from contract_tests.engine.events import (
    Listener,
    PhaseStarted,
    RequirementFinished,
    RequirementStarted,
    ignore,
)
from contract_tests.engine.preflight import preflight
from contract_tests.engine.selection import EVERYTHING, Selection
from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import Level, described, level_of_breach, weakest
from contract_tests.openapi.files import openapi_dir
from contract_tests.redaction.curl import curl
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import (
    Finding,
    JudgedContract,
    JudgedOperation,
    Outcome,
    PreflightProblem,
    RunResult,
    Secret,
)
from contract_tests.response_checks.monitor import ResponseMonitor
from contract_tests.session.context import RunContext
from contract_tests.session.session import Session, StoppedError
from contract_tests.target.target_file import Target, TargetError, credential_variable
from contract_tests.verdicts import Broken, Inconclusive, Skipped, Verdict


@dataclass
class _ContractRun:
    """One contract: what is judged, what only makes it talk, and what became of it."""

    context: RunContext
    selected: list[Requirement]
    exercising: list[Requirement]
    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[PreflightProblem] = field(default_factory=list)


def run(
    target: Target,
    *,
    selection: Selection = EVERYTHING,
    seed: int = 0,
    listener: Listener = ignore,
    citations: Citations | None = None,
) -> RunResult:
    """Judge an implementation.

    Ctrl-C stops after the request under way, deletes what was created, and returns what was concluded so far.
    Raises TargetError, SpecError, UnreadableError and CatalogueError before the first request.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    known = citations or Citations.load(openapi_dir())
    stopped = threading.Event()
    runs = _contract_runs(target, selection, citations=known, seed=seed, stopped=stopped)
    with (
        stopping(stopped),
        ThreadPoolExecutor(len(runs) or 1, thread_name_prefix="contract") as pool,
    ):
        for done in [pool.submit(_judge, current, listener) for current in runs]:
            done.result()
    return RunResult(
        target=target.source,
        seed=seed,
        profile=selection.profile,
        started=started,
        seconds=time.perf_counter() - clock,
        contracts=tuple(_judged(current.context, selection) for current in runs),
        outcomes=tuple(outcome for current in runs for outcome in current.outcomes),
        problems=tuple(problem for current in runs for problem in current.problems),
        leftovers=tuple(
            f"{current.context.contract.name}: {line}"
            for current in runs
            for line in current.context.leftovers
        ),
        secrets=tuple(secret for current in runs for secret in secrets_of(current.context)),
        interrupted=stopped.is_set(),
    )


@contextmanager
def stopping(stopped: threading.Event) -> Iterator[None]:
    """Let Ctrl-C set `stopped` instead of tearing through whatever runs; a second one does what it always
    did."""
    if threading.current_thread() is not threading.main_thread():  # only there may a handler be set
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopped.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def examine(
    context: RunContext,
    monitor: ResponseMonitor,
    requirement: Requirement,
    *,
    settled: Mapping[str, Broken] = MappingProxyType({}),
) -> tuple[Outcome, Mapping[str, Broken]]:
    """One requirement's life: examine it; if anything breaks, once more from scratch, and only what breaks
    twice counts.

    settled: response requirements known to be broken already. Returns the outcome, and the response
    requirements that its exchanges broke besides, or more plainly than was known.
    """
    started = time.perf_counter()
    first = _attempt(context, monitor, requirement)
    from_check, exchanges = first.from_check, first.exchanges
    from_responses = {
        name: broken
        for name, broken in first.from_responses.items()
        if monitor.stronger(settled.get(name), broken) is broken
    }
    verdict, reason = first.verdict, first.reason
    if from_check or from_responses:
        context.controls.clear()
        context.observed.clear()
        second = _attempt(context, monitor, requirement)
        exchanges += second.exchanges
        from_responses = {
            name: broken for name, broken in second.from_responses.items() if name in from_responses
        }
        if from_check is not None and second.from_check is None:
            verdict, reason = Verdict.INCONCLUSIVE, f"broken once and not again: {from_check}"
        from_check = second.from_check if from_check is not None else None
    seconds = time.perf_counter() - started
    if from_check is None:
        return Outcome(requirement, verdict, reason, None, exchanges, seconds), from_responses
    return _broken(context, requirement, from_check, exchanges, seconds), from_responses


@dataclass(frozen=True, slots=True)
class _Attempt:
    verdict: Verdict
    reason: str
    from_check: Broken | None
    from_responses: Mapping[str, Broken]
    exchanges: int


def _attempt(context: RunContext, monitor: ResponseMonitor, requirement: Requirement) -> _Attempt:
    session = Session(context, name=requirement.id)
    verdict, reason, from_check = Verdict.PASSED, "", None
    try:
        assert requirement.check is not None  # noqa: S101 - only those with a check are examined
        requirement.check(session)
    except Broken as broken:
        from_check = broken
    except Skipped as skipped:
        verdict, reason = Verdict.SKIPPED, str(skipped)
    except Inconclusive as inconclusive:
        verdict, reason = Verdict.INCONCLUSIVE, str(inconclusive)
    except StoppedError:
        verdict, reason = Verdict.INCONCLUSIVE, "interrupted"
    except Exception:
        verdict, reason = Verdict.ERRORED, traceback.format_exc(limit=-4)
    from_responses: Mapping[str, Broken] = {}
    try:
        session.clean()
        from_responses = monitor.judge(session.exchanges)
    except Exception:
        verdict, reason = Verdict.ERRORED, traceback.format_exc(limit=-4)
    return _Attempt(verdict, reason, from_check, from_responses, len(session.exchanges))


def _judge(current: _ContractRun, listener: Listener) -> None:
    context = current.context
    name = context.contract.name
    try:
        listener(PhaseStarted(name, "preflight"))
        current.problems += preflight(context)
        if current.problems:
            return
        listener(PhaseStarted(name, "requirements", len(current.selected)))
        current.outcomes += _examined(current, listener)
        listener(PhaseStarted(name, "done"))
    except StoppedError:
        return
    finally:
        context.client.close()


def _examined(current: _ContractRun, listener: Listener) -> list[Outcome]:
    context, monitor = current.context, ResponseMonitor(current.context)
    broken_rules: dict[str, Broken] = {}
    outcomes: dict[str, Outcome] = {}
    for requirement in current.exercising:
        keep_stronger(monitor, broken_rules, examine(context, monitor, requirement, settled=broken_rules)[1])
    for requirement in current.selected:
        if requirement.check is None or context.stopped.is_set():
            continue
        listener(RequirementStarted(requirement))
        outcome, from_responses = examine(context, monitor, requirement, settled=broken_rules)
        keep_stronger(monitor, broken_rules, from_responses)
        outcomes[requirement.id] = outcome
        listener(RequirementFinished(outcome))
    for requirement in current.selected:
        if requirement.check is None:
            outcomes[requirement.id] = response_outcome(context, monitor, requirement, broken_rules)
            listener(RequirementFinished(outcomes[requirement.id]))
    return deduplicated([outcomes[one.id] for one in current.selected if one.id in outcomes])


def keep_stronger(
    monitor: ResponseMonitor, known: dict[str, Broken], from_responses: Mapping[str, Broken]
) -> None:
    """Note which response requirements are broken, each by its best documented breach."""
    for name, broken in from_responses.items():
        known[name] = monitor.stronger(known.get(name), broken)


def response_outcome(
    context: RunContext,
    monitor: ResponseMonitor,
    requirement: Requirement,
    broken_rules: Mapping[str, Broken],
) -> Outcome:
    """The outcome of a response requirement, once the exchanges of the others were judged."""
    if requirement.id in broken_rules:
        return _broken(context, requirement, broken_rules[requirement.id], 0, 0.0)
    if requirement.id in monitor.judged:
        return Outcome(requirement, Verdict.PASSED)
    return Outcome(requirement, Verdict.SKIPPED, "not applicable: no matching response was seen")


def _broken(
    context: RunContext, requirement: Requirement, broken: Broken, exchanges: int, seconds: float
) -> Outcome:
    sent = broken.exchange.sent if broken.exchange else None
    needs = (*(broken.because or requirement.needs), *broken.readings)
    level = weakest(
        [requirement.level, level_of_breach(broken, requirement.needs, context.citations, context.contract)]
    )
    finding = Finding(
        requirement=requirement,
        operation=requirement.operations[0],
        level=level,
        expected=broken.expected,
        received=broken.received,
        sources=tuple(described(cite, context.citations, context.contract) for cite in needs),
        curl="" if sent is None else curl(sent, secrets_of(context)),
        exchange=broken.exchange,
    )
    verdict = Verdict.FAILED if level is Level.MUST else Verdict.WARNING
    return Outcome(requirement, verdict, "", finding, exchanges, seconds)


def _contract_runs(
    target: Target, selection: Selection, *, citations: Citations, seed: int, stopped: threading.Event
) -> list[_ContractRun]:
    contexts = [
        RunContext.open(
            target, name, citations=citations, seed=seed, stopped=stopped, profile=selection.profile
        )
        for name in _chosen(target, selection)
    ]
    return [
        _ContractRun(
            context,
            selection.of(context.contract, citations),
            selection.exercising(context.contract, citations),
        )
        for context in contexts
    ]


def _chosen(target: Target, selection: Selection) -> list[str]:
    missing = sorted(selection.contracts - set(target.contracts))
    if missing:
        raise TargetError(f"the target has no {', '.join(missing)}; it has {', '.join(target.contracts)}")
    return [name for name in target.contracts if not selection.contracts or name in selection.contracts]


def _judged(context: RunContext, selection: Selection) -> JudgedContract:
    operations = [
        JudgedOperation(one.id, one.method, one.path)
        for one in context.contract.operations.values()
        if (not selection.operations or one.id in selection.operations)
        and (not selection.tags or not selection.tags.isdisjoint(one.tags))
    ]
    return JudgedContract(
        context.contract.name, context.contract.title, context.client.base_url, tuple(operations)
    )


def secrets_of(context: RunContext) -> list[Secret]:
    """What no report of this context may show."""
    credentials = [
        Secret(held.secret, credential_variable(context.contract.name, label))
        for label, held in context.target.credentials.items()
        if held.is_resolved
    ]
    address = urlsplit(context.target.base_url or "")
    if address.password:
        credentials.append(Secret(address.password, credential_variable(context.contract.name, "password")))
    return [*credentials, *(Secret(canary.value) for canary in context.canaries)]
