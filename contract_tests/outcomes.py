"""What a run says: one outcome per requirement, one finding per broken promise. Plain data, made to be reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract_tests.exchange import Exchange
    from contract_tests.requirements import Requirement


class Verdict(Enum):
    """How a requirement fared. Only FAILED makes a run exit with 1; ERRORED is a fault of ours and makes it exit with 4."""

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One requirement's verdict. reason: why it was skipped, inconclusive or errored. exchanges: how many requests it took."""

    requirement: Requirement
    verdict: Verdict
    reason: str = ""
    finding: Finding | None = None
    exchanges: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise, confirmed by a second run from scratch.

    sources: the cited facts and decisions, described (document, section, fact). expected and received: one line each.
    curl: a command that shows it, credentials as environment variables. also: other requirements broken by the same fault.
    """

    requirement: Requirement
    operation: str
    expected: str
    received: str
    sources: tuple[str, ...]
    curl: str
    exchange: Exchange | None = None
    also: tuple[str, ...] = field(default=())


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
    """Raised by a check: the target lacks what it needs (a fixture, a credential, a capability); the message says what."""
