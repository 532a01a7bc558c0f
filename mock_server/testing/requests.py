"""The journal of a world: search, count and wait for exchanges."""

from __future__ import annotations

from time import monotonic
from typing import Any, TypedDict, Unpack, cast

from mock_server.testing.link import Link
from mock_server.testing.replies import Entry, Missed

_LONGEST = 5.0
"""The maximum number of seconds that the admin API waits in one call."""


class Filter(TypedDict, total=False):
    """Conditions for exchanges. after: the id of an exchange; only later ones match."""

    contract: str
    operation: str
    method: str
    status: int
    path: str
    after: str


class Requests:
    """The journal of a world. Every method raises AdminError."""

    def __init__(self, link: Link, world: str) -> None:
        self._link = link
        self._world = ("worlds", world)

    def count(self, **wanted: Unpack[Filter]) -> int:
        """The number of matching exchanges."""
        return int(self._ask("count", **wanted)["count"])

    def wait(self, count: int = 1, *, timeout: float = 10.0, **wanted: Unpack[Filter]) -> int:
        """Wait until a number of exchanges match; returns how many do. timeout: real seconds.

        Raises TimeoutError.
        """
        # One call waits for a limited time only, so it is repeated.
        end = monotonic() + timeout
        while True:
            left = max(0.0, end - monotonic())
            answer = self._ask("wait", count=count, timeout_seconds=min(left, _LONGEST), **wanted)
            if answer["reached"]:
                return int(answer["count"])
            if left <= _LONGEST:
                what = ", ".join(f"{name} {value}" for name, value in wanted.items()) or "any"
                raise TimeoutError(
                    f"{answer['count']} of {count} requests ({what}) reached world {self._world[1]} "
                    f"within {timeout:g} s"
                )

    def near_misses(self, *, after: str | None = None, limit: int = 100) -> list[Missed]:
        """Requests that no operation matched, with the most similar operations."""
        return cast("list[Missed]", self._ask("near-misses", after=after, limit=limit)["items"])

    def har(self, **wanted: Unpack[Filter]) -> dict[str, Any]:
        """The matching exchanges as an HTTP archive (HAR 1.2)."""
        return cast("dict[str, Any]", self._ask("har", **wanted))

    def clear(self) -> None:
        """Delete all exchanges."""
        self._link.ask("POST", *self._world, "clear", body={"parts": ["requests"]})

    def list(self, *, limit: int = 100, **wanted: Unpack[Filter]) -> list[Entry]:
        """The latest matching exchanges, the oldest first. limit: their maximum number."""
        return cast("list[Entry]", self._ask(limit=limit, **wanted)["items"])

    def _ask(self, *below: str, **query: Any) -> Any:
        return self._link.ask("GET", *self._world, "requests", *below, query=query)
