"""The verdict on a requirement, and what a check raises to give one other than passed."""

from __future__ import annotations

from enum import Enum

from contract_tests.exchange import Exchange


class Verdict(Enum):
    """How a requirement fared. ERRORED is a fault of ours, never of the implementation."""

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    ERRORED = "errored"


class Broken(Exception):
    """Raised by a check: the implementation does not keep the promise."""

    def __init__(self, *, expected: str, received: str, exchange: Exchange | None = None) -> None:
        super().__init__(f"expected {expected}, received {received}")
        self.expected = expected
        self.received = received
        self.exchange = exchange


class Inconclusive(Exception):
    """Raised by a check: its precondition or positive control did not hold, so nothing can be said."""


class Skipped(Exception):
    """Raised by a check: the target lacks what it needs (a fixture, a credential); the message says what."""
