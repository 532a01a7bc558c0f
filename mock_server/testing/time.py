"""The clock of a world."""

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
    """The clock of a world, which timestamps, token expiry, lifecycles and rate limits use.

    Methods that change it return its new state. Every method raises AdminError.
    """

    def __init__(self, link: Link, world: str) -> None:
        self._link = link
        self._path = ("worlds", world, "clock")

    def state(self) -> Clock:
        """The state of the clock."""
        return cast("Clock", self._link.ask("GET", *self._path))

    def now(self) -> datetime:
        """The current time, in UTC."""
        return from_rfc3339(self.state()["now"])

    def freeze(self, at: Moment | None = None) -> Clock:
        """Stop the clock, now or at another time. Then time passes only by `advance`."""
        return self._change({"mode": "frozen"} | ({} if at is None else {"now": _text(at)}))

    def run(self, scale: float = 1.0) -> Clock:
        """Let the clock run. scale: virtual seconds per real second."""
        return self._change({"mode": "running", "scale": scale})

    def step(self, seconds: float = 1.0) -> Clock:
        """Move the clock with each request only, so that equal runs have equal times. seconds: per
        request."""
        return self._change({"mode": "stepped", "step": seconds})

    def set(self, moment: Moment) -> Clock:
        """Set the time. The mode does not change."""
        return self._change({"now": _text(moment)})

    def scale(self, factor: float) -> Clock:
        """Set the speed of a running clock. factor: virtual seconds per real second."""
        return self._change({"scale": factor})

    def advance(self, duration: timedelta | float) -> Clock:
        """Move the clock forward at once, in any mode. duration: a number is in seconds."""
        seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
        return cast("Clock", self._link.ask("POST", *self._path, "advance", body={"seconds": seconds}))

    def _change(self, members: Mapping[str, Any]) -> Clock:
        return cast("Clock", self._link.ask("PATCH", *self._path, body=members))


def _text(moment: Moment) -> str:
    """An instant as RFC 3339 text. Raises ValueError for a datetime without a time zone."""
    if isinstance(moment, str):
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone: give it one, such as tzinfo=datetime.UTC")
    return moment.isoformat()
