"""A run: each contract in a thread of its own, each requirement examined in the same way."""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from contract_tests.engine.contract_run import ContractRun
from contract_tests.engine.events import Listener, PhaseStarted, ignore
from contract_tests.engine.examination import secrets_of
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
    PassCriteria,
    RunResult,
    SituationAnswers,
)
from contract_tests.session.cleanup_file import CleanupFile
from contract_tests.session.context import RunContext
from contract_tests.session.session import StoppedError
from contract_tests.session.sweep import is_swept, sweep
from contract_tests.session.throttle import Throttle
from contract_tests.target.lines import line_in
from contract_tests.target.target_file import ContractTarget, Target, TargetError


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
    workers: int | None = None,
) -> RunResult:
    """Judge an implementation.

    criteria: what is enough for the exit code 0. stop: set by Ctrl-C or SIGTERM, which end the run after the
    request under way: what was created is deleted, and what was concluded so far is returned. Without it the
    run handles these signals itself. read_only: whether only reading requests are sent;
    None for the targets that are in production alone. cleanup_file: where creations are noted until
    everything is deleted. rate: the most requests a second. max_seconds: after so many no further requirement
    is begun. workers: how many requirements of a contract are examined at once; None for 1 to 16, by the time
    that the target's answers take.

    Raises TargetError, SpecError, UnreadableError and CatalogueError before the first request.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    known = target.known_to(citations or Citations.load(openapi_dir()))
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
        current.ends, current.workers = time.monotonic() + max_seconds, workers
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
        answered=tuple(
            SituationAnswers(current.context.contract.name, situation, operation, frozenset(statuses))
            for current in runs
            for (situation, operation), statuses in current.context.answered.items()
        ),
        secrets=tuple(secret for current in runs for secret in secrets_of(current.context)),
        shard=selection.shard,
        stopped_by=stopping.number,
        criteria=criteria or PassCriteria(),
    )


def _judge(current: ContractRun, source: str, listener: Listener) -> None:
    context = current.context
    name = context.contract.name
    try:
        listener(PhaseStarted(name, "preflight"))
        current.problems += preflight(context, source=source)
        if current.problems:
            return
        listener(PhaseStarted(name, "requirements", len(current.selected)))
        current.examine(listener)
        sweep(context)
        if context.delivery.gone:
            current.problems.append(_gone(current))
        listener(PhaseStarted(name, "done"))
    except StoppedError:
        sweep(context)
    finally:
        context.client.close()


def _gone(current: ContractRun) -> ContractProblem:
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
) -> list[ContractRun]:
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
        ContractRun(
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
