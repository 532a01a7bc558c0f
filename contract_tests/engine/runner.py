"""A run: each contract in a thread of its own, each requirement through the same short life."""

from __future__ import annotations

import signal
import threading
import time
import traceback
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType
from urllib.parse import urlsplit

from contract_tests.engine.dedupe import collapsed
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
from contract_tests.evidence.levels import described
from contract_tests.openapi.files import openapi_dir
from contract_tests.redaction.curl import curl, variable
from contract_tests.requirements.model import Level, Requirement
from contract_tests.requirements.results import (
    Broken,
    Finding,
    Inconclusive,
    JudgedContract,
    JudgedOperation,
    Outcome,
    Problem,
    RunResult,
    Secret,
    Skipped,
    Verdict,
)
from contract_tests.response_checks.monitor import Watch
from contract_tests.session.context import Bench
from contract_tests.session.session import Session, StoppedError
from contract_tests.target.target_file import Target, TargetError


@dataclass
class _Part:
    """One contract: what is judged, what only makes it talk, and what became of it."""

    bench: Bench
    wanted: list[Requirement]
    provoking: list[Requirement]
    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


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
    parts = _parts(target, selection, citations=known, seed=seed, stopped=stopped)
    with stopping(stopped), ThreadPoolExecutor(len(parts) or 1, thread_name_prefix="contract") as pool:
        for done in [pool.submit(_judge, part, listener) for part in parts]:
            done.result()
    return RunResult(
        target=target.source,
        seed=seed,
        profile=selection.profile,
        started=started,
        seconds=time.perf_counter() - clock,
        contracts=tuple(_judged(part.bench, selection) for part in parts),
        outcomes=tuple(outcome for part in parts for outcome in part.outcomes),
        problems=tuple(problem for part in parts for problem in part.problems),
        leftovers=tuple(
            f"{part.bench.contract.name}: {line}" for part in parts for line in part.bench.leftovers
        ),
        secrets=tuple(secret for part in parts for secret in secrets_of(part.bench)),
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
    bench: Bench, watch: Watch, requirement: Requirement, *, settled: Collection[str] = ()
) -> tuple[Outcome, Mapping[str, Broken]]:
    """One requirement's life: examine it; if anything breaks, once more from scratch, and only what breaks
    twice counts.

    settled: passive requirements known to be broken already. Returns the outcome and the passive requirements
    its exchanges broke besides.
    """
    started = time.perf_counter()
    first = _attempt(bench, watch, requirement)
    active, exchanges = first.active, first.exchanges
    passive = {name: broken for name, broken in first.passive.items() if name not in settled}
    verdict, reason = first.verdict, first.reason
    if active or passive:
        bench.controls.clear()
        bench.observed.clear()
        second = _attempt(bench, watch, requirement)
        exchanges += second.exchanges
        passive = {name: broken for name, broken in second.passive.items() if name in passive}
        if active is not None and second.active is None:
            verdict, reason = Verdict.INCONCLUSIVE, f"broken once and not again: {active}"
        active = second.active if active is not None else None
    seconds = time.perf_counter() - started
    if active is None:
        return Outcome(requirement, verdict, reason, None, exchanges, seconds), passive
    return _broken(bench, requirement, active, exchanges, seconds), passive


@dataclass(frozen=True, slots=True)
class _Attempt:
    verdict: Verdict
    reason: str
    active: Broken | None
    passive: Mapping[str, Broken]
    exchanges: int


def _attempt(bench: Bench, watch: Watch, requirement: Requirement) -> _Attempt:
    session = Session(bench, name=requirement.id)
    verdict, reason, active = Verdict.PASSED, "", None
    try:
        assert requirement.check is not None  # noqa: S101 - passive ones are never examined
        requirement.check(session)
    except Broken as broken:
        active = broken
    except Skipped as skipped:
        verdict, reason = Verdict.SKIPPED, str(skipped)
    except Inconclusive as inconclusive:
        verdict, reason = Verdict.INCONCLUSIVE, str(inconclusive)
    except StoppedError:
        verdict, reason = Verdict.INCONCLUSIVE, "interrupted"
    except Exception:
        verdict, reason = Verdict.ERRORED, traceback.format_exc(limit=-4)
    passive: Mapping[str, Broken] = {}
    try:
        session.clean()
        passive = watch.judge(session.exchanges)
    except Exception:
        verdict, reason = Verdict.ERRORED, traceback.format_exc(limit=-4)
    return _Attempt(verdict, reason, active, passive, len(session.exchanges))


def _judge(part: _Part, listener: Listener) -> None:
    bench = part.bench
    name = bench.contract.name
    try:
        listener(PhaseStarted(name, "preflight"))
        part.problems += preflight(bench)
        if part.problems:
            return
        listener(PhaseStarted(name, "requirements", len(part.wanted)))
        part.outcomes += _examined(part, listener)
        listener(PhaseStarted(name, "done"))
    except StoppedError:
        return
    finally:
        bench.client.close()


def _examined(part: _Part, listener: Listener) -> list[Outcome]:
    bench, watch = part.bench, Watch(part.bench)
    offences: dict[str, Broken] = {}
    outcomes: dict[str, Outcome] = {}
    for requirement in part.provoking:
        offences.update(examine(bench, watch, requirement, settled=offences)[1])
    for requirement in part.wanted:
        if requirement.check is None or bench.stopped.is_set():
            continue
        listener(RequirementStarted(requirement))
        outcome, passive = examine(bench, watch, requirement, settled=offences)
        offences.update(passive)
        outcomes[requirement.id] = outcome
        listener(RequirementFinished(outcome))
    for requirement in part.wanted:
        if requirement.check is None:
            outcomes[requirement.id] = watched(bench, watch, requirement, offences)
            listener(RequirementFinished(outcomes[requirement.id]))
    return collapsed([outcomes[one.id] for one in part.wanted if one.id in outcomes])


def watched(bench: Bench, watch: Watch, requirement: Requirement, offences: Mapping[str, Broken]) -> Outcome:
    """What became of a passive requirement, once the exchanges of the others were judged."""
    if requirement.id in offences:
        return _broken(bench, requirement, offences[requirement.id], 0, 0.0)
    if requirement.id in watch.judged:
        return Outcome(requirement, Verdict.PASSED)
    return Outcome(requirement, Verdict.SKIPPED, "no answer of this run is one it speaks of")


def _broken(
    bench: Bench, requirement: Requirement, broken: Broken, exchanges: int, seconds: float
) -> Outcome:
    sent = broken.exchange.sent if broken.exchange else None
    finding = Finding(
        requirement=requirement,
        operation=requirement.operations[0],
        expected=broken.expected,
        received=broken.received,
        sources=tuple(described(cite, bench.citations, bench.contract) for cite in requirement.cites),
        curl="" if sent is None else curl(sent, secrets_of(bench)),
        exchange=broken.exchange,
    )
    verdict = Verdict.FAILED if requirement.level is Level.MUST else Verdict.WARNING
    return Outcome(requirement, verdict, "", finding, exchanges, seconds)


def _parts(
    target: Target, selection: Selection, *, citations: Citations, seed: int, stopped: threading.Event
) -> list[_Part]:
    benches = [
        Bench.open(target, name, citations=citations, seed=seed, stopped=stopped, profile=selection.profile)
        for name in _chosen(target, selection)
    ]
    return [
        _Part(bench, selection.of(bench.contract, citations), selection.provoking(bench.contract, citations))
        for bench in benches
    ]


def _chosen(target: Target, selection: Selection) -> list[str]:
    missing = sorted(selection.contracts - set(target.contracts))
    if missing:
        raise TargetError(f"the target has no {', '.join(missing)}; it has {', '.join(target.contracts)}")
    return [name for name in target.contracts if not selection.contracts or name in selection.contracts]


def _judged(bench: Bench, selection: Selection) -> JudgedContract:
    operations = [
        JudgedOperation(one.id, one.method, one.path)
        for one in bench.contract.operations.values()
        if (not selection.operations or one.id in selection.operations)
        and (not selection.tags or not selection.tags.isdisjoint(one.tags))
    ]
    return JudgedContract(bench.contract.name, bench.contract.title, bench.client.base_url, tuple(operations))


def secrets_of(bench: Bench) -> list[Secret]:
    """What no report of this bench may show."""
    credentials = [
        Secret(held.secret, variable(bench.contract.name, label))
        for label, held in bench.target.credentials.items()
        if held.is_resolved
    ]
    address = urlsplit(bench.target.base_url or "")
    if address.password:
        credentials.append(Secret(address.password, variable(bench.contract.name, "password")))
    return [*credentials, *(Secret(canary.value) for canary in bench.canaries)]
