"""What the exit code of a command says, and which rule decides it. The one place that decides it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from signal import Signals

from contract_tests.evidence.levels import Level
from contract_tests.requirements.results import Insufficiency, Outcome, ProblemKind, RunResult
from contract_tests.verdicts import Verdict


class Exit(IntEnum):
    """The exit codes of every command."""

    HOLDS = 0
    BROKEN = 1
    USAGE = 2
    UNREACHED = 3
    OURS = 4
    UNDECIDED = 5
    LEFTOVERS = 6
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def words(self) -> str:
        """The verdict in a few words."""
        return _WORDS[self]


_WORDS = {
    Exit.HOLDS: "the contract holds",
    Exit.BROKEN: "the contract is broken",
    Exit.USAGE: "usage, configuration or specification refused",
    Exit.UNREACHED: "the target could not be judged",
    Exit.OURS: "an error of the harness",
    Exit.UNDECIDED: "not enough concluded",
    Exit.LEFTOVERS: "the contract holds, but not everything was deleted",
    Exit.INTERRUPTED: "interrupted",
    Exit.TERMINATED: "terminated",
}

_MANY = 10
"""So many inconclusive *musts* of a contract are too many where they are more than a quarter of those that
were run."""

_SEVERAL = 3
"""So many inconclusive *musts* of an operation of which nothing passed leave the operation untested."""

_CONCLUDED = (Verdict.PASSED, Verdict.FAILED, Verdict.WARNING, Verdict.KNOWN)


@dataclass(frozen=True, slots=True)
class ExitDecision:
    """An exit code and, in one line, the rule that decides it; the line is empty for HOLDS."""

    code: Exit
    reason: str = ""


def decide(result: RunResult) -> ExitDecision:
    """The exit code of a run, by the first rule that applies.

    An error of ours counts more than a broken promise, because it may have hidden something; a broken promise
    counts even when another contract could not be judged.
    """
    return next(_decisions(result), ExitDecision(Exit.HOLDS))


def exit_of(result: RunResult) -> Exit:
    """The exit code of a run."""
    return decide(result).code


def _decisions(result: RunResult) -> Iterator[ExitDecision]:
    """What the rules that apply decide, the most important one first."""
    if result.still_to_examine is not None:
        left = _number(result.still_to_examine, "requirement")
        yield ExitDecision(Exit.UNDECIDED, f"the run has not ended, {left} are still to be examined")
    if result.stopped_by is not None:
        code = Exit.TERMINATED if result.stopped_by is Signals.SIGTERM else Exit.INTERRUPTED
        finished = _number(len(result.outcomes), "requirement")
        yield ExitDecision(code, f"{result.stopped_by.name} came after {finished}")
    yield from _by_verdict(result)
    yield from _by_document(result)
    for problem in result.problems:
        if problem.kind is ProblemKind.CONFIGURATION:
            yield ExitDecision(Exit.USAGE, problem.message)
    for problem in result.problems:
        yield ExitDecision(Exit.UNREACHED, f"{problem.contract}: {problem.message}")
    for reason in _gaps(result):
        yield ExitDecision(Exit.UNDECIDED, reason)
    if result.leftovers:
        number = _number(len(result.leftovers), "created object")
        yield ExitDecision(
            Exit.LEFTOVERS, f"{number} could not be deleted, the first is {result.leftovers[0]}"
        )


def _by_verdict(result: RunResult) -> Iterator[ExitDecision]:
    rules = [
        (Verdict.ERRORED, Exit.OURS, "undecided because of an error of the harness"),
        (Verdict.FAILED, Exit.BROKEN, "broken"),
    ]
    if result.criteria.strict:
        rules.append((Verdict.WARNING, Exit.BROKEN, "broken that only warn without --strict"))
    for verdict, code, what in rules:
        outcomes = [outcome for outcome in result.outcomes if outcome.verdict is verdict]
        if outcomes:
            yield ExitDecision(code, _counted(outcomes, what))


def _by_document(result: RunResult) -> Iterator[ExitDecision]:
    """What the deployment's own document decides, where the command line says so."""
    for document in result.documents if result.criteria.own_document else ():
        if document.differences:
            number = _number(len(document.differences), "difference")
            yield ExitDecision(Exit.BROKEN, f"{document.address} shows {number} (--own-document fail)")


def _gaps(result: RunResult) -> Iterator[str]:
    """Why too little was concluded."""
    fail_on = result.criteria.fail_on
    for name in sorted({outcome.requirement.contract for outcome in result.outcomes}):
        if not any(outcome.verdict in _CONCLUDED for outcome in result.of(name)):
            yield f"nothing of {name} could be concluded"
    if not any(outcome.verdict in _CONCLUDED for outcome in result.outcomes):
        yield "nothing was concluded"
    for contract in result.contracts:
        passed = sum(outcome.verdict is Verdict.PASSED for outcome in result.of(contract.name))
        if passed < contract.min_passed:
            wanted = f"the target file wants at least {contract.min_passed} (min_passed)"
            yield f"{_number(passed, 'requirement')} of {contract.name} passed, {wanted}"
    yield from _undecided_musts(result)
    if Insufficiency.UNTESTED in fail_on:
        yield from _untested(result)


def _undecided_musts(result: RunResult) -> Iterator[str]:
    """Which *musts* say nothing of the target, where `--fail-on` counts them."""
    fail_on = result.criteria.fail_on
    musts = [outcome for outcome in result.outcomes if outcome.requirement.level is Level.MUST]
    inconclusive = [outcome for outcome in musts if outcome.verdict is Verdict.INCONCLUSIVE]
    unanswered = [outcome for outcome in inconclusive if outcome.unanswered]
    skipped = [outcome for outcome in musts if outcome.verdict is Verdict.SKIPPED]
    if Insufficiency.UNANSWERED in fail_on and unanswered:
        yield _counted(unanswered, "inconclusive because the target did not answer (must)")
    if Insufficiency.MANY in fail_on:
        yield from _too_many(result, musts)
    if Insufficiency.INCONCLUSIVE in fail_on and inconclusive:
        yield _counted(inconclusive, "inconclusive (must)")
    if Insufficiency.SKIPPED in fail_on and skipped:
        yield _counted(skipped, "skipped (must)")


def _too_many(result: RunResult, musts: list[Outcome]) -> Iterator[str]:
    """The contracts of which a large part is inconclusive."""
    for contract in result.contracts:
        run = [
            outcome
            for outcome in musts
            if outcome.requirement.contract == contract.name and outcome.verdict is not Verdict.SKIPPED
        ]
        inconclusive = [outcome for outcome in run if outcome.verdict is Verdict.INCONCLUSIVE]
        if len(inconclusive) >= _MANY and 4 * len(inconclusive) > len(run):
            yield _counted(
                inconclusive, f"inconclusive of {len(run)} of {contract.name} that were run (must)"
            )


def _untested(result: RunResult) -> Iterator[str]:
    tested = {
        operation
        for outcome in result.outcomes
        if outcome.verdict is Verdict.PASSED
        for operation in outcome.requirement.operations
    }
    for operation in result.criteria.operations:
        if operation not in tested:
            yield f"{operation} was asked for, but no requirement of it passed"
    inconclusive: dict[str, list[Outcome]] = {}
    for outcome in result.outcomes:
        requirement = outcome.requirement
        if outcome.verdict is Verdict.INCONCLUSIVE and requirement.level is Level.MUST:
            inconclusive.setdefault(requirement.operations[0], []).append(outcome)
    for operation, outcomes in inconclusive.items():
        if operation not in tested and len(outcomes) >= _SEVERAL:
            yield _counted(outcomes, f"inconclusive (must), and none of {operation} passed")


def _counted(outcomes: list[Outcome], what: str) -> str:
    is_or_are = "is" if len(outcomes) == 1 else "are"
    number = _number(len(outcomes), "requirement")
    # Reports begin with the first that has a finding; the others of the same defect only point to it.
    first = next((outcome for outcome in outcomes if outcome.finding is not None), outcomes[0])
    return f"{number} {is_or_are} {what}, the first is {first.requirement.id}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
