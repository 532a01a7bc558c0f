"""Time, handed in: nothing else in the mock asks the machine what time it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Literal, get_args

Mode = Literal["running", "frozen", "stepped"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class ClockState:
    """Where a clock stands and how it moves on.

    mode: "running" (by itself, `scale` virtual seconds a second), "frozen" (only when told) or "stepped"
    (`step` seconds with every request, so that equal runs show equal times). now: an instant in UTC.
    """

    mode: Mode
    now: datetime
    scale: float = 1.0
    step: float = 1.0


def machine_time() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


class Clock:
    """What every part that needs the time is given. Reading it never moves it."""

    def __init__(
        self, state: ClockState | None = None, *, real: Callable[[], datetime] = machine_time
    ) -> None:
        """Start at `state`; without one, run from the time it really is. real: the time a running clock
        follows."""
        self._real = real
        self._lock = Lock()
        self._set(state or ClockState("running", real()))

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        with self._lock:
            return self._now()

    def tick(self) -> None:
        """One request has begun: a stepped clock moves, others do not care."""
        if self._state.mode == "stepped":
            self.advance(timedelta(seconds=self._state.step))

    def advance(self, duration: timedelta) -> None:
        """Let this much time pass at once, in whatever mode. A negative duration goes back."""
        with self._lock:
            self._set(replace(self._state, now=self._now() + duration))

    @property
    def state(self) -> ClockState:
        """Where the clock stands."""
        with self._lock:
            return replace(self._state, now=self._now())

    def set(self, state: ClockState) -> None:
        """Go on from here, in this way."""
        with self._lock:
            self._set(state)

    def _set(self, state: ClockState) -> None:
        self._state = state
        self._since = self._real()

    def _now(self) -> datetime:
        if self._state.mode != "running":
            return self._state.now
        return self._state.now + (self._real() - self._since) * self._state.scale


def to_rfc3339(moment: datetime) -> str:
    """An instant as RFC 3339 text in UTC with a Z, the form every document shows; microseconds are dropped.

    Whole milliseconds are kept only when they are not zero, as pydantic does with fractions.
    """
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return text.replace(".000Z", "Z")


def from_rfc3339(text: str) -> datetime:
    """The instant an RFC 3339 text names.

    Raises ValueError when the text is no date-time or names no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no offset")
    return moment.astimezone(UTC)
