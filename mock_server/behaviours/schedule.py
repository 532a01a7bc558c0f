"""Schedules of running records: how and when one reaches its outcome.

A schedule is stored in its record, so that a saved state continues where it was.
"""

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
"""Shortest duration in seconds: timestamps have a resolution of one millisecond."""


class ScheduleError(ValueError):
    """Raised for a stored schedule that this module cannot have created."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The progress of one record from its start to its outcome, divided into `steps` equal steps.

    Three things advance it, and the furthest counts: time from `begins` to `ends` (None: the clock does not
    advance it), `seen` of `reads` reads (None: reads do not advance it), and `stepped` manual steps. fail_at:
    the step at which it ends, None for the last. start, total: the counter's first value and the one that it
    would reach with the last step.
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
        """Read the stored form of a schedule. Raises ScheduleError if it is invalid."""
        try:
            instants = {name: from_rfc3339(stored[name]) for name in ("begins", "ends") if name in stored}
            schedule = cls(**{**stored, **instants})
        except (TypeError, ValueError, OverflowError) as error:
            raise ScheduleError(f"invalid schedule: {stored!r} ({error})") from error
        if not schedule._is_valid():
            raise ScheduleError(f"invalid schedule: {stored!r}")
        return schedule

    def to_json(self) -> dict[str, Any]:
        """Return the stored form: all values except those that equal their default."""
        stored: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                stored[field.name] = to_rfc3339(value) if isinstance(value, datetime) else value
        return stored

    @property
    def due(self) -> datetime | None:
        """When the clock ends the record; None if only reads or manual steps do."""
        if self.ends is None or self.fail_at is None:
            return self.ends
        return self.begins + (self.ends - self.begins) * self.fail_at / self.steps

    def is_over(self, now: datetime) -> bool:
        """Whether the record has ended."""
        # seen / reads >= last / steps, without division: it must be exact.
        by_reads = self.reads is not None and self.seen * self.steps >= self._last_step * self.reads
        by_clock = self.due is not None and now >= self.due
        return by_reads or by_clock or self.stepped >= self._last_step

    def end(self, now: datetime) -> datetime:
        """Return when a record that is over ended: when due, or now if reads or steps were faster."""
        return now if self.due is None else min(self.due, now)

    def step(self, now: datetime) -> int:
        """Return the number of the last step that the record has reached."""
        by_clock = int(self.steps * self._elapsed_share(now))
        by_reads = self.steps * self.seen // self.reads if self.reads else 0
        return max(by_clock, by_reads, self.stepped)

    def count(self, now: datetime) -> int:
        """Return the counter's value while the record runs."""
        distance = self.total - self.start
        by_clock = int(distance * self._elapsed_share(now))
        by_reads = distance * self.seen // self.reads if self.reads else 0
        by_steps = distance * self.stepped // self.steps
        return self.start + max(by_clock, by_reads, by_steps)

    @property
    def last_count(self) -> int:
        """The counter's value when the record ends."""
        return self.start + (self.total - self.start) * self._last_step // self.steps

    @property
    def _last_step(self) -> int:
        return self.fail_at or self.steps

    def _elapsed_share(self, now: datetime) -> float:
        """The elapsed part of the duration, 0 to 1; 0 if the clock was set back to before the start."""
        if self.ends is None or now <= self.begins:
            return 0
        return 1 if now >= self.ends else (now - self.begins) / (self.ends - self.begins)

    def _is_valid(self) -> bool:
        counts = (self.total, self.start, self.seen, self.stepped)
        divisions = (self.steps, *(number for number in (self.reads, self.fail_at) if number is not None))
        # Not isinstance: true and false are integers in Python.
        integers = all(type(number) is int for number in (*counts, *divisions))
        in_order = self.ends is None or self.begins <= self.ends
        return (
            integers
            and isinstance(self.outcome, str)
            and min(counts) >= 0
            and min(divisions) >= 1
            and self._last_step <= self.steps
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
    """Create the schedule of a record that starts, or is rescheduled, at `now`.

    place: storage and key, from which the values that the policy leaves open are derived, so that equal seeds
    give equal schedules. start: the counter's value. total: the value that it will reach, None for a random
    one.
    """
    weighted_outcomes = [state for state, weight in lifecycle.outcomes.items() for _ in range(weight)]
    failure = lifecycle.fails if policy.fail_at is not None else None
    seconds = _seconds(lifecycle, policy, rng, place)
    if total is None:
        total = start + rng.integer(*lifecycle.total, *place, "total")
    return Schedule(
        begins=now,
        ends=None if seconds is None else now + timedelta(seconds=seconds),
        outcome=failure or policy.outcome or rng.choice(weighted_outcomes, *place, "outcome"),
        start=start,
        total=total,
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
