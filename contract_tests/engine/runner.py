"""A run: each contract in a thread of its own, each requirement examined in the same way."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from contract_tests.engine.contract_run import ContractRun
from contract_tests.engine.events import Listener, PhaseStarted, ignore
from contract_tests.engine.examination import secrets_of
from contract_tests.engine.own_document import own_document
from contract_tests.engine.preflight import preflight
from contract_tests.engine.repetition import repeated
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

SAVING_SECONDS: Final = 10.0
"""The seconds between two reports of a run that goes on."""


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
    own_document: bool = False,
    while_running: Callable[[RunResult], None] | None = None,
) -> RunResult:
    """Judge an implementation.

    criteria: what is enough for the exit code 0. stop: set by Ctrl-C or SIGTERM, which end the run after the
    request under way: what was created is deleted, and what was concluded so far is returned. Without it the
    run handles these signals itself. read_only: whether only reading requests are sent;
    None for the targets that are in production alone. cleanup_file: where creations are noted until
    everything is deleted. rate: the most requests a second. max_seconds: after so many no further requirement
    is begun. workers: how many requirements of a contract are examined at once; None for 1 to 16, by the time
    that the target's answers take. own_document: whether the deployments are asked for the documents that
    they show of themselves, to be compared with the contracts. while_running: called every SAVING_SECONDS
    with the result so far, in a thread of its own.

    Raises TargetError, SpecError, UnreadableError and CatalogueError before the first request.
    """
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
        current.compared_with = [each.context.contract for each in runs] if own_document else []
    summary = _Summary(target, seed, selection, criteria or PassCriteria(), stopping, runs)
    with (
        handled(stopping) if stop is None else nullcontext(),
        repeated(partial(_save_so_far, summary, while_running), seconds=SAVING_SECONDS),
        ThreadPoolExecutor(len(runs) or 1, thread_name_prefix="contract") as pool,
    ):
        for done in [pool.submit(_judge, current, target.source, listener) for current in runs]:
            done.result()
    if file is not None:
        file.close(is_done=all(is_swept(current.context) for current in runs))
    return summary.result()


def _save_so_far(summary: _Summary, while_running: Callable[[RunResult], None] | None) -> None:
    if while_running is not None:
        while_running(summary.so_far())


@dataclass(frozen=True)
class _Summary:
    """What is known of a run, at its end or while it goes on."""

    target: Target
    seed: int
    selection: Selection
    criteria: PassCriteria
    stop: StopSignal
    runs: Sequence[ContractRun]
    started: datetime = field(default_factory=partial(datetime.now, UTC))
    clock: float = field(default_factory=time.perf_counter)

    def so_far(self) -> RunResult:
        """The result of what is examined until now."""
        finished = [each for run in self.runs for each in run.outcomes or run.finished_so_far()]
        left = sum(len(run.selected) for run in self.runs) - len(finished)
        return replace(self.result(), outcomes=tuple(finished), still_to_examine=left)

    def result(self) -> RunResult:
        """The result at the end."""
        return RunResult(
            target=self.target.source,
            seed=self.seed,
            profile=self.selection.profile,
            started=self.started,
            seconds=time.perf_counter() - self.clock,
            contracts=tuple(
                judged_contract(run.context, self.selection, source=self.target.source) for run in self.runs
            ),
            outcomes=tuple(outcome for run in self.runs for outcome in run.outcomes),
            problems=tuple(problem for run in self.runs for problem in run.problems),
            leftovers=tuple(_named(run, line) for run in self.runs for line in run.context.leftovers),
            undeletable=tuple(
                _named(run, line) for run in self.runs for line in run.context.undeletable_objects
            ),
            left_out=Counter(
                each.given.what for run in self.runs for each in run.left_out if each.given is not None
            ),
            documents=tuple(run.document for run in self.runs if run.document is not None),
            answered=tuple(
                SituationAnswers(run.context.contract.name, situation, operation, frozenset(statuses))
                for run in self.runs
                for (situation, operation), statuses in list(run.context.answered.items())
            ),
            secrets=tuple(secret for run in self.runs for secret in secrets_of(run.context)),
            shard=self.selection.shard,
            stopped_by=self.stop.number,
            criteria=self.criteria,
        )


def _named(run: ContractRun, line: str) -> str:
    return f"{run.context.contract.name}: {line}"


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
        if current.compared_with and not current.is_broken_off:
            current.document = own_document(context, current.compared_with)
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
    return [_contract_run(context, selection) for context in contexts]


def _contract_run(context: RunContext, selection: Selection) -> ContractRun:
    contract, citations, target = context.contract, context.citations, context.target
    wanted = selection.of(contract, citations)
    left_out = [each for each in wanted if selection.leaves_out(each, target)]
    ids = {each.id for each in left_out}
    selected = [_levelled(each, target) for each in wanted if each.id not in ids]
    return ContractRun(context, selected, selection.exercising(contract, citations), left_out)


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
