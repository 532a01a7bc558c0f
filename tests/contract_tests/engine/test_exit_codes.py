"""What the exit code of a run says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contract_tests.engine.exit_codes import Exit, exit_of
from contract_tests.evidence.levels import Level
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import Outcome, PreflightProblem, RunResult
from contract_tests.verdicts import Verdict

PROMISE = Requirement("c.op.schema.x", "c", Family.SCHEMA, Level.MUST, "a promise", ("op",), ("F-1",), None)


def run(*verdicts: Verdict, problem: bool = False, interrupted: bool = False) -> RunResult:
    return RunResult(
        target="target.toml",
        seed=0,
        profile="quick",
        started=datetime(2025, 1, 1, tzinfo=UTC),
        seconds=1,
        contracts=(),
        outcomes=tuple(Outcome(PROMISE, verdict) for verdict in verdicts),
        problems=(PreflightProblem("c", "no answer"),) if problem else (),
        interrupted=interrupted,
    )


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (run(Verdict.PASSED), Exit.HOLDS),
        (run(Verdict.PASSED, Verdict.WARNING, Verdict.SKIPPED, Verdict.INCONCLUSIVE), Exit.HOLDS),
        (run(Verdict.PASSED, Verdict.FAILED), Exit.BROKEN),
        (run(Verdict.FAILED, problem=True), Exit.BROKEN),
        (run(Verdict.PASSED, problem=True), Exit.UNREACHED),
        (run(Verdict.SKIPPED, Verdict.INCONCLUSIVE), Exit.UNREACHED),
        (run(), Exit.UNREACHED),
        (run(Verdict.FAILED, Verdict.ERRORED), Exit.OURS),
        (run(Verdict.ERRORED, interrupted=True), Exit.INTERRUPTED),
    ],
)
def test_exit_code_follows_from_what_was_concluded(result: RunResult, code: Exit) -> None:
    assert exit_of(result) is code
