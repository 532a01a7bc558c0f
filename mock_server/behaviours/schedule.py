"""What lies before a record that moves by itself: kept in the record, so that a saved state goes on where it
was."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mock_server.clock import from_rfc3339, to_rfc3339

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Lifecycle
    from mock_server.behaviours.policy import Policy
    from mock_server.seeded_random import SeededRandom

_SHORTEST = 0.001
"""Seconds: the least difference that the text form of an instant shows."""


class ScheduleError(ValueError):
    """The schedule kept in a record is none that this module made."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The way of one record from its beginning to its outcome.

    begins: when it set off. ends: when the clock has moved it all the way; None where the clock does not.
    reads: how many reads move it all the way; None where they do not. seen: the reads so far. stepped: how
    many of `steps` equal parts of the way it has been brought forward by hand. Of the three, the furthest
    counts. fail_at: the part on reaching which the way ends; None for the last. start, total: what the
    counter goes from and would reach at the end of the last part.
    """

    begins: datetime
    outcome: str
    total: int
    ends: datetime | None = None
    start: int = 0
    reads: int | None = None
    seen: int = 0
    steps: int = 4
    stepped: int = 0
    fail_at: int | None = None

    @classmethod
    def read(cls, stored: Any) -> Schedule:
        """The schedule a record holds. Raises ScheduleError."""
        try:
            instants = {name: from_rfc3339(stored[name]) for name in ("begins", "ends") if name in stored}
            schedule = cls(**{**stored, **instants})
        except (TypeError, ValueError, OverflowError) as error:
            raise ScheduleError(f"no plan of a record: {stored!r} ({error})") from error
        if not schedule._is_sound():
            raise ScheduleError(f"no plan of a record: {stored!r}")
        return schedule

    def to_json(self) -> dict[str, Any]:
        """The schedule as a record holds it: what was decided for it, without what is as usual."""
        decided = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        }
        return {
            name: to_rfc3339(value) if isinstance(value, datetime) else value
            for name, value in decided.items()
        }

    @property
    def due(self) -> datetime | None:
        """When the clock ends it; None when only reads or hands do."""
        if self.ends is None or self.fail_at is None:
            return self.ends
        return self.begins + (self.ends - self.begins) * self.fail_at / self.steps

    def is_over(self, now: datetime) -> bool:
        """Whether it has come to the end of its way."""
        by_reads = self.reads is not None and self.seen * self.steps >= self._last * self.reads
        return by_reads or self.stepped >= self._last or (self.due is not None and now >= self.due)

    def end(self, now: datetime) -> datetime:
        """When it ended, for one that is over: as planned, or now if reads or hands were quicker."""
        return now if self.due is None else min(self.due, now)

    def step(self, now: datetime) -> int:
        """The last of its steps that it has reached."""
        by_clock = int(self.steps * self._share(now))
        by_reads = self.steps * self.seen // self.reads if self.reads else 0
        return max(by_clock, by_reads, self.stepped)

    def count(self, now: datetime) -> int:
        """Where the counter stands on the way."""
        way = self.total - self.start
        by_clock = int(way * self._share(now))
        by_reads = way * self.seen // self.reads if self.reads else 0
        return self.start + max(by_clock, by_reads, way * self.stepped // self.steps)

    @property
    def last_count(self) -> int:
        """Where the counter stands at the end of the way."""
        return self.start + (self.total - self.start) * self._last // self.steps

    @property
    def _last(self) -> int:
        return self.fail_at or self.steps

    def _share(self, now: datetime) -> float:
        """How much of its time has gone; 0 for a clock set back to before it began."""
        if self.ends is None or now <= self.begins:
            return 0
        return 1 if now >= self.ends else (now - self.begins) / (self.ends - self.begins)

    def _is_sound(self) -> bool:
        numbers = (self.total, self.start, self.seen, self.stepped)
        parts = (self.steps, *(number for number in (self.reads, self.fail_at) if number is not None))
        whole = all(type(number) is int for number in (*numbers, *parts))
        in_order = self.ends is None or self.begins <= self.ends
        return (
            whole
            and isinstance(self.outcome, str)
            and min(numbers) >= 0
            and min(parts) >= 1
            and self._last <= self.steps
            and self.total >= self.start
            and in_order
        )


def make_schedule(
    lifecycle: Lifecycle,
    policy: Policy,
    rng: SeededRandom,
    *,
    place: tuple[str, str],
    now: datetime,
    start: int = 0,
    total: int | None = None,
) -> Schedule:
    """The way of the record at this place (storage, key) from now on.

    What the policy leaves open is drawn by the place, so that equal seeds schedule alike. start: where the
    counter stands. total: what it is to reach, None to draw it.
    """
    outcomes = [state for state, weight in lifecycle.outcomes.items() for _ in range(weight)]
    failing = lifecycle.fails if policy.fail_at is not None else None
    seconds = _seconds(lifecycle, policy, rng, place)
    return Schedule(
        begins=now,
        ends=None if seconds is None else now + timedelta(seconds=seconds),
        outcome=failing or policy.outcome or rng.choice(outcomes, *place, "outcome"),
        start=start,
        total=start + rng.integer(*lifecycle.total, *place, "total") if total is None else total,
        reads=policy.reads if policy.pace == "after_reads" else None,
        steps=policy.steps,
        stepped=policy.steps if policy.pace == "at_once" else 0,
        fail_at=policy.fail_at,
    )


def _seconds(lifecycle: Lifecycle, policy: Policy, rng: SeededRandom, place: tuple[str, str]) -> float | None:
    if policy.pace == "at_once":
        return 0
    if policy.pace != "after_seconds":
        return None
    shortest, longest = policy.seconds or lifecycle.seconds
    return max(shortest + (longest - shortest) * rng.fraction(*place, "seconds"), _SHORTEST)
