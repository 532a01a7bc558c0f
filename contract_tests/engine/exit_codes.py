"""What the exit code of a command says. The one place that decides it."""

from __future__ import annotations

from enum import IntEnum

from contract_tests.requirements.results import RunResult
from contract_tests.verdicts import Verdict


class Exit(IntEnum):
    """The exit codes of every command."""

    HOLDS = 0
    BROKEN = 1
    USAGE = 2
    UNREACHED = 3
    OURS = 4
    INTERRUPTED = 130

    @property
    def words(self) -> str:
        """The verdict in a few words."""
        return _WORDS[self]


_WORDS = {
    Exit.HOLDS: "the contract holds",
    Exit.BROKEN: "the contract is broken",
    Exit.USAGE: "usage, configuration or specification refused",
    Exit.UNREACHED: "nothing concluded",
    Exit.OURS: "an error of the harness",
    Exit.INTERRUPTED: "interrupted",
}

_CONCLUDED = (Verdict.PASSED, Verdict.FAILED, Verdict.WARNING)


def exit_of(result: RunResult) -> Exit:
    """The exit code of a run.

    A broken promise counts even when another contract was unreachable; an error of ours counts more than
    either, because it may have hidden something. A run whose requirements were all skipped or inconclusive
    has concluded nothing.
    """
    counts = result.counts
    if result.interrupted:
        return Exit.INTERRUPTED
    if counts[Verdict.ERRORED]:
        return Exit.OURS
    if counts[Verdict.FAILED]:
        return Exit.BROKEN
    if result.problems or not any(counts[verdict] for verdict in _CONCLUDED):
        return Exit.UNREACHED
    return Exit.HOLDS
