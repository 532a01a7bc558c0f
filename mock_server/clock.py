"""The clock of a world. No other module of the mock reads the time of the machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Literal

Mode = Literal["running", "frozen", "stepped"]


@dataclass(frozen=True, slots=True)
class ClockState:
    """The state of a clock.

    mode: "running" (`scale` virtual seconds per real second), "frozen" (moves only by `Clock.advance`) or
    "stepped" (`step` seconds with each request, so that equal runs have equal times). now: an instant in UTC.
    """

    mode: Mode
    now: datetime
    scale: float = 1.0
    step: float = 1.0


def machine_time() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


class Clock:
    """A clock, safe to use from several threads. Reading it does not change it."""

    def __init__(
        self, state: ClockState | None = None, *, real: Callable[[], datetime] = machine_time
    ) -> None:
        """state: the initial state; running from the real time when not given. real: returns the real
        time."""
        self._real = real
        self._lock = Lock()
        self._set(state or ClockState("running", real()))

    def now(self) -> datetime:
        """The current time, in UTC, with a time zone."""
        with self._lock:
            return self._now()

    def next(self) -> datetime:
        """The time of a request that begins: the current time, after a stepped clock has moved."""
        if self._state.mode != "running":
            self.tick()
        with self._lock:
            return self._now()

    def tick(self) -> None:
        """Called at the start of each request: moves a stepped clock."""
        if self._state.mode == "stepped":
            self.advance(timedelta(seconds=self._state.step))

    def advance(self, duration: timedelta) -> None:
        """Move the clock at once, in any mode; backwards for a negative duration."""
        with self._lock:
            self._set(replace(self._state, now=self._now() + duration))

    @property
    def state(self) -> ClockState:
        """The current state."""
        with self._lock:
            return replace(self._state, now=self._now())

    def set(self, state: ClockState) -> None:
        """Replace the state."""
        with self._lock:
            self._set(state)

    def _set(self, state: ClockState) -> None:
        self._state = state
        self._since = self._real()

    def _now(self) -> datetime:
        if self._state.mode != "running":
            return self._state.now
        passed = self._real() - self._since
        return self._state.now + (passed if self._state.scale == 1 else passed * self._state.scale)


def to_rfc3339(moment: datetime) -> str:
    """An instant as RFC 3339 text in UTC with Z, to the millisecond.

    A zero fraction is left out, as pydantic does.
    """
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    text = in_utc.isoformat(timespec="milliseconds").removesuffix("+00:00").removesuffix(".000")
    return f"{text}Z"


def from_rfc3339(text: str) -> datetime:
    """The instant in an RFC 3339 text, in UTC. Raises ValueError, also for a text without an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return moment.astimezone(UTC)
