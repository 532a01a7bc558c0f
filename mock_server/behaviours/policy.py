"""How fast and to which end the records of a collection move, set for one world while it runs."""

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
"""Members that are null where they are left to the declaration."""


class PolicyError(ValueError):
    """A policy that is well said and that a lifecycle cannot follow. place: of the member at fault, as a JSON
    pointer."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message
        self.message = message


@dataclass(frozen=True, slots=True)
class Policy:
    """How records begun from now on move; without one it is what the behaviour file declares: Policy().

    pace: what moves a record. at_once: the request after the one that began it finds it over. after_seconds:
    the clock, which needs a time between `seconds` (lowest, highest; None: those declared). after_reads: each
    reply that shows it, the `reads`-th showing its end. by_hand: steps by hand alone. A step by hand brings a
    record of any pace forward by one of `steps` equal parts. fail_at: the record fails on reaching this many
    of the steps. outcome: the state it ends in (None: drawn from those declared).
    """

    pace: Pace = "after_seconds"
    seconds: tuple[float, float] | None = None
    reads: int = 3
    steps: int = 4
    fail_at: int | None = None
    outcome: str | None = None

    @classmethod
    def read(cls, document: Any, lifecycle: Lifecycle, *, place: str = "") -> Policy:
        """A policy from its JSON form; members left out are as in Policy().

        place: the JSON pointer of the document where it is part of another. Raises MemberError for what is no
        policy at all, PolicyError for what this lifecycle cannot follow, with the member and the values it
        may have.
        """
        if isinstance(document, Mapping):
            document = {
                name: value for name, value in document.items() if value is not None or name not in _OPEN
            }
        members, usual = ObjectReader(document, place), cls()
        policy = cls(
            pace=cast("Pace", members.choice("pace", get_args(Pace)) or usual.pace),
            seconds=_seconds(members),
            reads=members.integer("reads", 1, MOST_READS) or usual.reads,
            steps=members.integer("steps", 1, MOST_STEPS) or usual.steps,
            fail_at=members.integer("fail_at", 1, MOST_STEPS),
            outcome=members.name("outcome"),
        )
        members.done()
        policy._check(lifecycle, place)
        return policy

    def to_json(self) -> dict[str, Any]:
        """Every member, null where it is left to the declaration; read() takes it back."""
        return {
            "pace": self.pace,
            "seconds": None if self.seconds is None else list(self.seconds),
            "reads": self.reads,
            "steps": self.steps,
            "fail_at": self.fail_at,
            "outcome": self.outcome,
        }

    def _check(self, lifecycle: Lifecycle, place: str) -> None:
        """Raises PolicyError for what is in order by itself and not together, or not for this lifecycle."""
        if self.seconds is not None and self.seconds[0] > self.seconds[1]:
            raise PolicyError(f"{place}/seconds", "must be the shortest time and then the longest")
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
