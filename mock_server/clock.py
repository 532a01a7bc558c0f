"""Time, handed in: nothing else in the mock asks the machine what time it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol


class Clock(Protocol):
    """What every part that needs the time is given."""

    def now(self) -> datetime:
        """The current time, aware, in UTC. Reading it never moves it."""

    def tick(self) -> None:
        """One request has begun: a stepped clock moves, a running one does not care."""


@dataclass(frozen=True, slots=True)
class RunningClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def tick(self) -> None:
        """A running clock moves by itself."""


@dataclass(slots=True)
class SteppedClock:
    """A clock that moves a fixed step with every request, so that equal runs show equal times."""

    current: datetime
    step: timedelta = timedelta(seconds=1)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def now(self) -> datetime:
        return self.current

    def tick(self) -> None:
        with self._lock:
            self.current += self.step


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
