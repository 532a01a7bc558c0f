"""One contract's run: its requirements examined side by side, and what is not kept examined again alone.

Requirements that make their own objects do not notice one another. Those that compare what all of them share,
such as a whole list, may; so what is not simply kept beside others is examined again when nothing else is
under way, and nothing is found because of what another requirement did meanwhile.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from contract_tests.engine.dedupe import deduplicated
from contract_tests.engine.events import Listener, RequirementFinished, RequirementStarted
from contract_tests.engine.examination import (
    Begun,
    begin,
    conclude,
    examine,
    keep_stronger,
    response_outcome,
)
from contract_tests.engine.workers import usual_number, work_through
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.order import most_catching_first
from contract_tests.requirements.results import ContractProblem, Outcome, OwnDocument
from contract_tests.response_checks.monitor import ResponseMonitor
from contract_tests.session.context import RunContext
from contract_tests.verdicts import Broken, Verdict

_REFUSING = frozenset({Family.ERRORS, Family.VALIDATION, Family.AUTHENTICATION, Family.AUTHORIZATION})
"""The families whose requests are to be refused."""

_NO_TIME = "not examined: the time is over (--max-time)"


@dataclass
class ContractRun:
    """One contract: what is judged, what only makes it talk, and what became of it.

    left_out: what would be judged if the target file gave what it needs. so_far: the outcomes while it goes
    on, by the id of the requirement. outcomes: those at its end. ends: when no further requirement is begun
    (a clock's seconds). workers: how many are examined at once; None for as many as the target's answers take
    to be waited for. compared_with: the contracts with which the deployment's own document is compared; none
    where it is not asked for. document: what that showed.
    """

    context: RunContext
    selected: list[Requirement]
    exercising: list[Requirement]
    left_out: list[Requirement] = field(default_factory=list)
    so_far: dict[str, Outcome] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[ContractProblem] = field(default_factory=list)
    ends: float = math.inf
    workers: int | None = None
    compared_with: list[Contract] = field(default_factory=list)
    document: OwnDocument | None = None

    @property
    def is_broken_off(self) -> bool:
        """Whether the run was stopped, or the target is gone."""
        return self.context.stopped.is_set() or bool(self.context.delivery.gone)

    @property
    def is_short(self) -> bool:
        """Whether the time may not suffice for everything."""
        return self.ends < math.inf

    def finished_so_far(self) -> list[Outcome]:
        """The outcomes while the run goes on, in the order of the selection."""
        return [self.so_far[each.id] for each in self.selected if each.id in self.so_far]

    def examine(self, listener: Listener) -> None:
        """Examine what is selected, and note the outcomes in the order of the selection."""
        context = self.context
        context.turns.workers = self.workers or usual_number(context.client)
        examination = _Examination(self, listener)
        examination.run()
        outcomes = self.so_far
        if not self.is_broken_off:
            left_out = {each.id: Outcome(each, Verdict.SKIPPED, _NO_TIME) for each in self.selected}
            outcomes = left_out | outcomes
        self.outcomes += deduplicated(
            [outcomes[each.id] for each in self.selected if each.id in outcomes],
            lambda exchange: examination.monitor.judge([exchange]),
        )


class _Examination:
    """The examination of one contract."""

    def __init__(self, run: ContractRun, listener: Listener) -> None:
        self.monitor = ResponseMonitor(run.context)
        self._run = run
        self._context = run.context
        self._listener = listener
        self._broken_rules: dict[str, Broken] = {}
        self._again: list[Begun] = []
        self._places = {each.id: number for number, each in enumerate(run.selected)}

    def run(self) -> None:
        """Examine everything side by side, as far as the requirements bear it."""
        self._exercise()
        plan = _plan(self._run)
        steps = [self._examine_acting, self._examine_others]
        for step in reversed(steps) if self._run.is_short else steps:
            step(plan)
        self._examine_again()
        self._one_by_one(plan.ending)
        for requirement in self._run.selected:
            if requirement.check is None:
                self._finish(
                    response_outcome(self._context, self.monitor, requirement, self._broken_rules), {}
                )

    def _examine_acting(self, plan: _Plan) -> None:
        """Examine what acts on what no request creates: few operations, so last where time is short."""
        self._side_by_side(plan.touching)
        if not self._stirs_beside:
            self._one_by_one(plan.stirring)

    def _examine_others(self, plan: _Plan) -> None:
        self._side_by_side(plan.others, [*plan.waiting, *([plan.stirring] if self._stirs_beside else [])])

    @property
    def _stirs_beside(self) -> bool:
        """Whether what is stirred is so slow that others have to be examined beside it."""
        return self._context.turns.workers > 1 and not self._run.is_short

    def _side_by_side(self, shared: Iterable[Requirement], lanes: Iterable[list[Requirement]] = ()) -> None:
        work_through(
            self._context.turns,
            [partial(self._examine_beside, each) for each in shared],
            [[partial(self._examine_beside, each) for each in lane] for lane in lanes if lane],
        )

    def _one_by_one(self, requirements: Iterable[Requirement]) -> None:
        for requirement in requirements:
            if not self._is_over():
                self._conclude(self._begun(requirement))

    def _exercise(self) -> None:
        """Examine what only makes the contract talk, and note which response requirements that breaks."""
        for requirement in self._run.exercising:
            if self._is_over():
                return
            _, from_responses = examine(self._context, self.monitor, requirement, settled=self._broken_rules)
            keep_stronger(self.monitor, self._broken_rules, from_responses)

    def _examine_beside(self, requirement: Requirement) -> None:
        """Examine a requirement while others are under examination."""
        if self._is_over():
            return
        is_disturbed = requirement.compares and self._context.turns.workers > 1
        begun = self._begun(requirement, is_disturbed=is_disturbed)
        if begun.may_be_disturbed:
            self._again.append(begun)
        else:
            self._conclude(begun)

    def _examine_again(self) -> None:
        """Conclude what may have been disturbed by others.

        The first of each cause is examined alone. Where that confirms the cause, the others of it cannot be
        there because of their neighbours, and are examined side by side.
        """
        confirmed: set[tuple[str, str]] = set()
        while self._again:
            first: dict[tuple[str, str], Begun] = {}
            for begun in sorted(self._again, key=lambda each: self._places[each.requirement.id]):
                first.setdefault(_kind(begun), begun)
            for kind, begun in first.items():
                if self._is_confirmed(begun):
                    confirmed.add(kind)
            left = [begun for begun in self._again if first[_kind(begun)] is not begun]
            self._again = [begun for begun in left if _kind(begun) not in confirmed]
            alike = [begun for begun in left if _kind(begun) in confirmed]
            work_through(self._context.turns, [partial(self._conclude, each, alone=False) for each in alike])

    def _is_confirmed(self, begun: Begun) -> bool:
        """Conclude it with nothing beside it. Returns whether it says the same as before."""
        if begun.is_broken:
            outcome, from_responses = self._conclude(begun)
            return outcome.finding is not None or bool(from_responses)
        anew = self._begun(begun.requirement)
        self._conclude(anew)
        return anew.cause == begun.cause

    def _begun(self, requirement: Requirement, *, is_disturbed: bool = False) -> Begun:
        self._listener(RequirementStarted(requirement))
        return begin(
            self._context,
            self.monitor,
            requirement,
            settled=self._broken_rules,
            is_disturbed=is_disturbed,
        )

    def _conclude(self, begun: Begun, *, alone: bool = True) -> tuple[Outcome, Mapping[str, Broken]]:
        outcome, from_responses = conclude(self._context, self.monitor, begun, alone=alone)
        self._finish(outcome, from_responses)
        return outcome, from_responses

    def _finish(self, outcome: Outcome, from_responses: Mapping[str, Broken]) -> None:
        keep_stronger(self.monitor, self._broken_rules, from_responses)
        self._run.so_far[outcome.requirement.id] = outcome
        self._listener(RequirementFinished(outcome))

    def _is_over(self) -> bool:
        """Whether no further requirement can be examined; what is to be examined again takes its time."""
        owed = sum(begun.seconds for begun in self._again)
        return self._run.is_broken_off or time.monotonic() + owed >= self._run.ends


@dataclass(frozen=True)
class _Plan:
    """Requirements by what may be examined beside them.

    Some act on what no request creates, such as the set-up of a provider. touching: those that only look at
    the answer to their own call. stirring: those that compare what is there before and after it, one by one.
    waiting: those that mostly wait, by family, since those of one share what they observe. ending: those that
    delete what everything else may need, what is inside others first. others: the rest.
    """

    touching: list[Requirement] = field(default_factory=list)
    stirring: list[Requirement] = field(default_factory=list)
    waiting: list[list[Requirement]] = field(default_factory=list)
    others: list[Requirement] = field(default_factory=list)
    ending: list[Requirement] = field(default_factory=list)


def _plan(run: ContractRun) -> _Plan:
    plan, waiting = _Plan(), dict[str, list[Requirement]]()
    for requirement in most_catching_first(run.selected) if run.is_short else run.selected:
        if requirement.check is None:
            continue
        if _deletes_for_good(run.context, requirement):
            plan.ending.append(requirement)
        elif _acts_on_known(run.context, requirement):
            (plan.stirring if requirement.compares else plan.touching).append(requirement)
        elif requirement.waits:
            waiting.setdefault(requirement.family, []).append(requirement)
        else:
            plan.others.append(requirement)
    plan.waiting.extend(waiting.values())
    # Within one depth what is to be refused comes first: it needs what the others delete.
    plan.ending.sort(key=lambda each: (-_depth(run.context, each), each.family not in _REFUSING))
    return plan


def _kind(begun: Begun) -> tuple[str, str]:
    """What is taken for one cause: the same words at the same level."""
    return begun.requirement.level.value, begun.cause


def _deletes_for_good(context: RunContext, requirement: Requirement) -> bool:
    """Whether a requirement deletes a thing that no request creates or sets up again."""
    operations = map(context.contract.operation, requirement.operations)
    return any(map(context.resources.deletes_for_good, operations))


def _depth(context: RunContext, requirement: Requirement) -> int:
    """How many things the paths of its operations name at most."""
    operations = map(context.contract.operation, requirement.operations)
    return max(len(operation.path_parameters) for operation in operations)


def _acts_on_known(context: RunContext, requirement: Requirement) -> bool:
    operations = map(context.contract.operation, requirement.operations)
    return any(map(context.resources.acts_on_known, operations))
