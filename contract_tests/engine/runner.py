"""A run: each contract in a thread of its own, each requirement examined in the same way."""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from contract_tests.engine.dedupe import deduplicated
from contract_tests.engine.events import (
    Listener,
    PhaseStarted,
    RequirementFinished,
    RequirementStarted,
    ignore,
)
from contract_tests.engine.examination import examine, keep_stronger, response_outcome, secrets_of
from contract_tests.engine.lanes import Lanes
from contract_tests.engine.preflight import preflight
from contract_tests.engine.selection import EVERYTHING, Selection
from contract_tests.engine.stop_signal import StopSignal, handled
from contract_tests.evidence.citations import Citations
from contract_tests.openapi.files import openapi_dir
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import (
    ContractProblem,
    JudgedContract,
    JudgedOperation,
    Outcome,
    PassCriteria,
    RunResult,
)
from contract_tests.response_checks.monitor import ResponseMonitor
from contract_tests.session.cleanup_file import CleanupFile
from contract_tests.session.context import RunContext
from contract_tests.session.session import StoppedError
from contract_tests.session.sweep import is_swept, sweep
from contract_tests.session.throttle import Throttle
from contract_tests.target.lines import line_in
from contract_tests.target.target_file import ContractTarget, Target, TargetError
from contract_tests.verdicts import Broken, Verdict

_NO_TIME = "not examined: the time is over (--max-time)"


@dataclass
class _ContractRun:
    """One contract: what is judged, what only makes it talk, and what became of it.

    ends: when no further requirement is begun (a clock's seconds).
    """

    context: RunContext
    selected: list[Requirement]
    exercising: list[Requirement]
    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[ContractProblem] = field(default_factory=list)
    ends: float = math.inf

    @property
    def is_over(self) -> bool:
        """Whether no further requirement can be examined."""
        return self.is_broken_off or time.monotonic() >= self.ends

    @property
    def is_broken_off(self) -> bool:
        """Whether the run was stopped, or the target is gone."""
        return self.context.stopped.is_set() or bool(self.context.delivery.gone)


def run(
    target: Target,
    *,
    selection: Selection = EVERYTHING,
    seed: int = 0,
    listener: Listener = ignore,
    citations: Citations | None = None,
    criteria: PassCriteria | None = None,
    stop: StopSignal | None = None,
    read_only: bool | None = None,
    cleanup_file: Path | None = None,
    rate: float | None = None,
    max_seconds: float = math.inf,
) -> RunResult:
    """Judge an implementation.

    criteria: what is enough for the exit code 0. stop: set by Ctrl-C or SIGTERM, which end the run after the
    request under way: what was created is deleted, and what was concluded so far is returned. Without it the
    run handles these signals itself. read_only: whether only reading requests are sent;
    None for the targets that are in production alone. cleanup_file: where creations are noted until
    everything is deleted. rate: the most requests a second. max_seconds: after so many no further requirement
    is begun.

    Raises TargetError, SpecError, UnreadableError and CatalogueError before the first request.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    known = (citations or Citations.load(openapi_dir())).with_frameworks(target.frameworks)
    stopping = stop or StopSignal()
    source = str(Path(target.source).resolve())
    file = None if cleanup_file is None else CleanupFile(cleanup_file, target=source)
    runs = _contract_runs(
        target,
        selection,
        citations=known,
        seed=seed,
        stopped=stopping.event,
        read_only=read_only,
        cleanup_file=file,
        throttle=Throttle(rate),
    )
    for current in runs:
        current.ends = time.monotonic() + max_seconds
    with (
        handled(stopping) if stop is None else nullcontext(),
        ThreadPoolExecutor(len(runs) or 1, thread_name_prefix="contract") as pool,
    ):
        for done in [pool.submit(_judge, current, target.source, listener) for current in runs]:
            done.result()
    if file is not None:
        file.close(is_done=all(is_swept(current.context) for current in runs))
    return RunResult(
        target=target.source,
        seed=seed,
        profile=selection.profile,
        started=started,
        seconds=time.perf_counter() - clock,
        contracts=tuple(
            judged_contract(current.context, selection, source=target.source) for current in runs
        ),
        outcomes=tuple(outcome for current in runs for outcome in current.outcomes),
        problems=tuple(problem for current in runs for problem in current.problems),
        leftovers=tuple(
            f"{current.context.contract.name}: {line}"
            for current in runs
            for line in current.context.leftovers
        ),
        undeletable=tuple(
            f"{current.context.contract.name}: {line}"
            for current in runs
            for line in current.context.undeletable_objects
        ),
        secrets=tuple(secret for current in runs for secret in secrets_of(current.context)),
        shard=selection.shard,
        stopped_by=stopping.number,
        criteria=criteria or PassCriteria(),
    )


def _judge(current: _ContractRun, source: str, listener: Listener) -> None:
    context = current.context
    name = context.contract.name
    try:
        listener(PhaseStarted(name, "preflight"))
        current.problems += preflight(context, source=source)
        if current.problems:
            return
        listener(PhaseStarted(name, "requirements", len(current.selected)))
        current.outcomes += _examined(current, listener)
        sweep(context)
        if context.delivery.gone:
            current.problems.append(_gone(current))
        listener(PhaseStarted(name, "done"))
    except StoppedError:
        sweep(context)
    finally:
        context.client.close()


def _examined(current: _ContractRun, listener: Listener) -> list[Outcome]:
    context, monitor = current.context, ResponseMonitor(current.context)
    broken_rules: dict[str, Broken] = {}
    outcomes: dict[str, Outcome] = {}
    _exercise(current, monitor, broken_rules)
    lanes = Lanes(context)

    def examined(requirement: Requirement) -> None:
        if current.is_over:
            return
        listener(RequirementStarted(requirement))
        outcome, from_responses = examine(
            context, monitor, requirement, settled=broken_rules, alone=lanes.alone
        )
        keep_stronger(monitor, broken_rules, from_responses)
        outcomes[requirement.id] = outcome
        listener(RequirementFinished(outcome))

    stirring, waiting, others = _in_turn(current)
    for requirement in stirring:
        examined(requirement)
    for lane in waiting:
        lanes.begin(partial(examined, requirement) for requirement in lane)
    for requirement in others:
        examined(requirement)
        lanes.go_on()
    lanes.finish()
    for requirement in current.selected:
        if requirement.check is None:
            outcomes[requirement.id] = response_outcome(context, monitor, requirement, broken_rules)
            listener(RequirementFinished(outcomes[requirement.id]))
    if not current.is_broken_off:
        outcomes = {each.id: Outcome(each, Verdict.SKIPPED, _NO_TIME) for each in current.selected} | outcomes
    return deduplicated(
        [outcomes[each.id] for each in current.selected if each.id in outcomes],
        lambda exchange: monitor.judge([exchange]),
    )


def _exercise(current: _ContractRun, monitor: ResponseMonitor, broken_rules: dict[str, Broken]) -> None:
    """Examine what only makes the contract talk, and note which response requirements that breaks."""
    for requirement in current.exercising:
        if current.is_over:
            return
        from_responses = examine(current.context, monitor, requirement, settled=broken_rules)[1]
        keep_stronger(monitor, broken_rules, from_responses)


def _in_turn(
    current: _ContractRun,
) -> tuple[list[Requirement], list[list[Requirement]], list[Requirement]]:
    """The requirements to examine: those that change what everything else may need, which nothing may be
    examined beside; those that mostly wait, by family, since those of one share what they observe; the
    others."""
    examined = [each for each in current.selected if each.check is not None]
    stirring = [each for each in examined if _stirs(current.context, each)]
    rest = [each for each in examined if each not in stirring]
    waiting: dict[str, list[Requirement]] = {}
    for requirement in rest:
        if requirement.waits:
            waiting.setdefault(requirement.family, []).append(requirement)
    return stirring, list(waiting.values()), [each for each in rest if not each.waits]


def _stirs(context: RunContext, requirement: Requirement) -> bool:
    """Whether a requirement acts on what no request creates, such as the set-up of a provider."""
    return any(map(context.resources.acts_on_known, map(context.contract.operation, requirement.operations)))


def _gone(current: _ContractRun) -> ContractProblem:
    examined = sum(requirement.check is not None for requirement in current.selected)
    finished = sum(outcome.requirement.check is not None for outcome in current.outcomes)
    message = f"{current.context.delivery.gone} ({finished} of {examined} requirements were examined before)"
    return ContractProblem(current.context.contract.name, message)


def _contract_runs(
    target: Target,
    selection: Selection,
    *,
    citations: Citations,
    seed: int,
    stopped: threading.Event,
    read_only: bool | None,
    cleanup_file: CleanupFile | None,
    throttle: Throttle,
) -> list[_ContractRun]:
    contexts = [
        RunContext.open(
            target,
            name,
            citations=citations,
            seed=seed,
            stopped=stopped,
            profile=selection.profile,
            read_only=target.contracts[name].production if read_only is None else read_only,
            cleanup_file=cleanup_file,
            throttle=throttle,
        )
        for name in _chosen(target, selection)
    ]
    return [
        _ContractRun(
            context,
            [_levelled(each, context.target) for each in selection.of(context.contract, citations)],
            selection.exercising(context.contract, citations),
        )
        for context in contexts
    ]


def _levelled(requirement: Requirement, target: ContractTarget) -> Requirement:
    """The requirement with the level that the target file gives it."""
    change = target.level_of(requirement.id)
    return requirement if change is None else replace(requirement, level=change.level)


def _chosen(target: Target, selection: Selection) -> list[str]:
    missing = sorted(selection.contracts - set(target.contracts))
    if missing:
        raise TargetError(f"the target has no {', '.join(missing)}; it has {', '.join(target.contracts)}")
    return [name for name in target.contracts if not selection.contracts or name in selection.contracts]


def judged_contract(context: RunContext, selection: Selection, *, source: str = "") -> JudgedContract:
    """The contract of a context with the operations that a selection speaks of. source: the target file."""
    operations = [
        JudgedOperation(operation.id, operation.method, operation.path)
        for operation in context.contract.operations.values()
        if (not selection.operations or operation.id in selection.operations)
        and (not selection.tags or not selection.tags.isdisjoint(operation.tags))
    ]
    return JudgedContract(
        name=context.contract.name,
        title=context.contract.title,
        base_url=context.client.base_url,
        operations=tuple(operations),
        min_passed=context.target.min_passed,
        line=line_in(source, ("contracts", context.contract.name)) or 1,
    )
