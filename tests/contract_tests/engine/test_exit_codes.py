"""What the exit code of a run says, and which rule it names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from signal import Signals
from typing import Any

import pytest

from contract_tests.engine.exit_codes import Exit, decide, exit_of
from contract_tests.evidence.levels import Level
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import (
    ContractProblem,
    Insufficiency,
    JudgedContract,
    Outcome,
    PassCriteria,
    ProblemKind,
    RunResult,
)
from contract_tests.verdicts import Verdict

PROMISE = Requirement("c.op.schema.x", "c", Family.SCHEMA, Level.MUST, "a promise", ("op",), ("F-1",), None)
WISH = replace(PROMISE, id="c.op.schema.y", level=Level.SHOULD)
UNANSWERED = Outcome(PROMISE, Verdict.INCONCLUSIVE, unanswered=True)
UNREACHED = ContractProblem("c", "no answer")
MISSPELLED = ContractProblem("c", "t.toml:3: known.x does not exist", ProblemKind.CONFIGURATION)


def run(*outcomes: Verdict | Outcome, **members: Any) -> RunResult:
    result = RunResult(
        target="target.toml",
        seed=0,
        profile="quick",
        started=datetime(2025, 1, 1, tzinfo=UTC),
        seconds=1,
        contracts=(JudgedContract("c", "C", "http://c.test", ()),),
        outcomes=tuple(each if isinstance(each, Outcome) else Outcome(PROMISE, each) for each in outcomes),
    )
    return replace(result, **members)


def wanting(*fail_on: Insufficiency, strict: bool = False, operations: tuple[str, ...] = ()) -> PassCriteria:
    return PassCriteria(strict, frozenset(fail_on), operations)


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (run(Verdict.PASSED), Exit.HOLDS),
        (run(Verdict.PASSED, Verdict.WARNING, Verdict.SKIPPED, Verdict.INCONCLUSIVE), Exit.HOLDS),
        (run(Verdict.PASSED, Verdict.FAILED), Exit.BROKEN),
        (run(Verdict.FAILED, problems=(UNREACHED,)), Exit.BROKEN),
        (run(Verdict.PASSED, problems=(UNREACHED,)), Exit.UNREACHED),
        (run(Verdict.PASSED, problems=(UNREACHED, MISSPELLED)), Exit.USAGE),
        (run(Verdict.SKIPPED, Verdict.INCONCLUSIVE), Exit.UNDECIDED),
        (run(), Exit.UNDECIDED),
        (run(Verdict.FAILED, Verdict.ERRORED), Exit.OURS),
        (run(Verdict.ERRORED, stopped_by=Signals.SIGINT), Exit.INTERRUPTED),
        (run(Verdict.FAILED, stopped_by=Signals.SIGTERM), Exit.TERMINATED),
        (run(Verdict.PASSED, leftovers=("c: /a/1",)), Exit.LEFTOVERS),
        (run(Verdict.FAILED, leftovers=("c: /a/1",)), Exit.BROKEN),
        (run(Verdict.PASSED, UNANSWERED), Exit.UNDECIDED),
        (run(Verdict.PASSED, replace(UNANSWERED, requirement=WISH)), Exit.HOLDS),
        (run(Verdict.PASSED, UNANSWERED, criteria=wanting()), Exit.HOLDS),
        (run(Verdict.PASSED, Verdict.SKIPPED, criteria=wanting(Insufficiency.SKIPPED)), Exit.UNDECIDED),
        (
            run(Verdict.PASSED, Verdict.INCONCLUSIVE, criteria=wanting(Insufficiency.INCONCLUSIVE)),
            Exit.UNDECIDED,
        ),
        (run(Verdict.SKIPPED, criteria=wanting()), Exit.UNDECIDED),
        (run(Verdict.PASSED, Verdict.WARNING, criteria=wanting(strict=True)), Exit.BROKEN),
        (run(*[Verdict.PASSED] * 297, *[Verdict.INCONCLUSIVE] * 205), Exit.UNDECIDED),
        (run(*[Verdict.PASSED] * 297, *[Verdict.INCONCLUSIVE] * 20), Exit.HOLDS),
        (run(*[Verdict.PASSED] * 5, *[Verdict.INCONCLUSIVE] * 9), Exit.HOLDS),
        (run(*[Verdict.PASSED] * 10, *[Verdict.INCONCLUSIVE] * 10, criteria=wanting()), Exit.HOLDS),
    ],
)
def test_exit_code_follows_from_what_was_concluded(result: RunResult, code: Exit) -> None:
    assert exit_of(result) is code


def test_every_exit_code_but_0_names_the_rule_that_decided() -> None:
    assert decide(run(Verdict.PASSED)).reason == ""
    assert decide(run(Verdict.PASSED, Verdict.FAILED)).reason == (
        "1 requirement is broken, the first is c.op.schema.x"
    )
    assert decide(run(UNANSWERED, UNANSWERED, Verdict.PASSED)).reason == (
        "2 requirements are inconclusive because the target did not answer (must), the first is c.op.schema.x"
    )
    assert decide(run(problems=(MISSPELLED,))).reason == MISSPELLED.message
    assert decide(run(stopped_by=Signals.SIGTERM)).reason == "SIGTERM came after 0 requirements"


def test_an_operation_asked_for_needs_a_passed_requirement() -> None:
    asked = wanting(Insufficiency.UNTESTED, operations=("op", "other"))

    decision = decide(run(Verdict.PASSED, criteria=asked))

    assert decision.code is Exit.UNDECIDED
    assert decision.reason == "other was asked for, but no requirement of it passed"


def test_an_operation_of_which_only_inconclusive_requirements_are_left_is_untested() -> None:
    other = replace(PROMISE, id="c.other.schema.x", operations=("other",))
    unclear = [Outcome(other, Verdict.INCONCLUSIVE)] * 3

    decision = decide(run(Verdict.PASSED, *unclear))

    assert (decision.code, decision.reason) == (
        Exit.UNDECIDED,
        "3 requirements are inconclusive (must), and none of other passed, the first is c.other.schema.x",
    )
    assert exit_of(run(Verdict.PASSED, *unclear[:2])) is Exit.HOLDS
    assert exit_of(run(Verdict.PASSED, *unclear, Outcome(other, Verdict.PASSED))) is Exit.HOLDS


def test_the_target_file_may_want_a_number_of_passed_requirements() -> None:
    contract = JudgedContract("c", "C", "http://c.test", (), min_passed=2)

    decision = decide(run(Verdict.PASSED, contracts=(contract,)))

    assert decision.code is Exit.UNDECIDED
    assert decision.reason == ("1 requirement of c passed, the target file wants at least 2 (min_passed)")
    assert exit_of(run(Verdict.PASSED, Verdict.PASSED, contracts=(contract,))) is Exit.HOLDS


def test_a_contract_of_which_nothing_is_concluded_is_not_covered_by_another() -> None:
    other = replace(PROMISE, id="d.op.schema.x", contract="d")

    decision = decide(run(Verdict.PASSED, Outcome(other, Verdict.SKIPPED)))

    assert (decision.code, decision.reason) == (Exit.UNDECIDED, "nothing of d could be concluded")
