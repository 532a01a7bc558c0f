"""The verdict on a requirement, and what a check raises to give one other than passed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from contract_tests.exchange import Exchange


class Verdict(Enum):
    """How a requirement fared.

    KNOWN is broken in a way that the baseline accepts. ERRORED is a fault of ours, never of the
    implementation.
    """

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    KNOWN = "known"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    ERRORED = "errored"


class Broken(Exception):
    """Raised by a check: the implementation does not keep the promise.

    because: the citations this very assertion needs; by default those of the requirement. readings: decisions
    it needs besides, which make it an assumed one.
    """

    def __init__(
        self,
        *,
        expected: str,
        received: str,
        exchange: Exchange | None = None,
        because: Iterable[str] = (),
        readings: Iterable[str] = (),
    ) -> None:
        super().__init__(f"expected {expected}, received {received}")
        self.expected = expected
        self.received = received
        self.exchange = exchange
        self.because = tuple(because)
        self.readings = tuple(readings)


class Inconclusive(Exception):
    """Raised by a check: its precondition or positive control did not hold, so nothing can be said."""


class Unanswered(Inconclusive):
    """The target gave no answer that could be judged: none arrived, or it keeps asking to wait."""


class TargetGone(Unanswered):
    """The target answers no request any more: nothing further can be concluded about it."""


class Skipped(Exception):
    """Raised by a check: the target lacks what it needs (a fixture, a credential); the message says what."""
