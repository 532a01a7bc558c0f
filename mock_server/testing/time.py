"""The clock of a world, as a test holds it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from mock_server.clock import from_rfc3339
from mock_server.testing.link import Link
from mock_server.testing.replies import Clock

Moment = datetime | str
"""An instant: an aware datetime, or RFC 3339 text."""


class WorldClock:
    """Timestamps, token expiry, lifecycles and rate limits of the world read it and nothing else. Every verb
    returns how the clock stands then, and raises AdminError."""

    def __init__(self, link: Link, world: str) -> None:
        self._link = link
        self._path = ("worlds", world, "clock")

    def state(self) -> Clock:
        """How the clock stands."""
        return cast("Clock", self._link.ask("GET", *self._path))

    def now(self) -> datetime:
        """What time it is, in UTC."""
        return from_rfc3339(self.state()["now"])

    def freeze(self, at: Moment | None = None) -> Clock:
        """Stop it here, or at a moment; time then passes only when it is advanced."""
        return self._change({"mode": "frozen"} | ({} if at is None else {"now": _text(at)}))

    def run(self, scale: float = 1.0) -> Clock:
        """Let it run, so many seconds in a real one."""
        return self._change({"mode": "running", "scale": scale})

    def step(self, seconds: float = 1.0) -> Clock:
        """Move it with each request and never else, so that equal runs show equal times."""
        return self._change({"mode": "stepped", "step": seconds})

    def set(self, moment: Moment) -> Clock:
        """Put it to a moment; it goes on as it did."""
        return self._change({"now": _text(moment)})

    def scale(self, factor: float) -> Clock:
        """Have a running clock pass so many seconds in a real one."""
        return self._change({"scale": factor})

    def advance(self, duration: timedelta | float) -> Clock:
        """Let time pass at once, in whatever mode. duration: a number is seconds."""
        seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
        return cast("Clock", self._link.ask("POST", *self._path, "advance", body={"seconds": seconds}))

    def _change(self, members: Mapping[str, Any]) -> Clock:
        return cast("Clock", self._link.ask("PATCH", *self._path, body=members))


def _text(moment: Moment) -> str:
    """Raises ValueError for a datetime that may be anywhere on Earth."""
    if isinstance(moment, str):
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone: give it one, such as tzinfo=datetime.UTC")
    return moment.isoformat()
