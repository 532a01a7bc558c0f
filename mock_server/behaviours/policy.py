"""Lifecycle policies: how fast and to which outcome the records of a collection move in one world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

from mock_server.object_reader import ObjectReader, is_number

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Lifecycle

Pace = Literal["at_once", "after_seconds", "after_reads", "by_hand"]

MOST_SECONDS: Final = 366 * 24 * 3600
MOST_READS: Final = 1_000
MOST_STEPS: Final = 1_000

_OPEN = ("fail_at", "outcome")
"""Members whose null means that the behaviour file decides."""


class PolicyError(ValueError):
    """Raised for a well-formed policy that a lifecycle cannot follow. place: JSON Pointer of the member."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


@dataclass(frozen=True, slots=True)
class Policy:
    """How records started from now on move. Policy() means what the behaviour file declares.

    pace: what moves a record. at_once: it has ended by the next request. after_seconds: the clock; the
    duration in seconds is random within `seconds` (lowest, highest; None: the declared ones). after_reads:
    each reply that contains it; the `reads`-th contains its end. by_hand: only manual steps. A manual step
    moves a record of any pace by one of `steps` equal parts. fail_at: the record fails on reaching this step.
    outcome: the state in which it ends (None: random among the declared ones).
    """

    pace: Pace = "after_seconds"
    seconds: tuple[float, float] | None = None
    reads: int = 3
    steps: int = 4
    fail_at: int | None = None
    outcome: str | None = None

    @classmethod
    def read(cls, document: Any, lifecycle: Lifecycle, *, place: str = "") -> Policy:
        """Read a policy from its JSON form; missing members are as in Policy().

        place: JSON Pointer of the policy within a larger document. Raises MemberError for a malformed policy
        and PolicyError for one that this lifecycle cannot follow; both name the member and its allowed
        values.
        """
        if isinstance(document, Mapping):
            document = {
                name: value for name, value in document.items() if value is not None or name not in _OPEN
            }
        members, defaults = ObjectReader(document, place), cls()
        policy = cls(
            pace=cast("Pace", members.choice("pace", get_args(Pace)) or defaults.pace),
            seconds=_seconds(members),
            reads=members.integer("reads", 1, MOST_READS) or defaults.reads,
            steps=members.integer("steps", 1, MOST_STEPS) or defaults.steps,
            fail_at=members.integer("fail_at", 1, MOST_STEPS),
            outcome=members.name("outcome"),
        )
        members.done()
        policy._check(lifecycle, place)
        return policy

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form that read() reads, with null where the behaviour file decides."""
        return {
            "pace": self.pace,
            "seconds": None if self.seconds is None else list(self.seconds),
            "reads": self.reads,
            "steps": self.steps,
            "fail_at": self.fail_at,
            "outcome": self.outcome,
        }

    def _check(self, lifecycle: Lifecycle, place: str) -> None:
        """Raise PolicyError for values that contradict each other or the lifecycle."""
        if self.seconds is not None and self.seconds[0] > self.seconds[1]:
            raise PolicyError(f"{place}/seconds", "must be the shortest time, then the longest")
        if self.outcome is not None and self.outcome not in lifecycle.outcomes:
            raise PolicyError(f"{place}/outcome", f"must be one of: {', '.join(lifecycle.outcomes)}")
        if self.fail_at is None:
            return
        if lifecycle.fails is None:
            raise PolicyError(f"{place}/fail_at", "no outcome of this lifecycle means failure")
        if self.fail_at > self.steps:
            raise PolicyError(f"{place}/fail_at", f"must be one of the steps, 1 to {self.steps}")
        if self.outcome not in (None, lifecycle.fails):
            raise PolicyError(f"{place}/outcome", f"must be {lifecycle.fails} where fail_at is given")


def _seconds(members: ObjectReader) -> tuple[float, float] | None:
    value = members.take("seconds")
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise members.refuse("seconds", "must be two numbers, the shortest and the longest time")
    if not all(is_number(bound, 0, MOST_SECONDS) for bound in value):
        raise members.refuse("seconds", f"must be numbers from 0 to {MOST_SECONDS}")
    shortest, longest = value
    return shortest, longest
