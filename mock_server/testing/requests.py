"""What was asked in a world: searched, counted, waited for."""

from __future__ import annotations

from time import monotonic
from typing import Any, TypedDict, Unpack, cast

from mock_server.testing.link import Link
from mock_server.testing.replies import Entry, Missed

_LONGEST = 5.0
"""The seconds one call waits at most."""


class Filter(TypedDict, total=False):
    """Which exchanges. after: only those after the one with this id."""

    contract: str
    operation: str
    method: str
    status: int
    path: str
    after: str


class Requests:
    """The journal of a world. Every verb raises AdminError."""

    def __init__(self, link: Link, world: str) -> None:
        self._link = link
        self._world = ("worlds", world)

    def count(self, **wanted: Unpack[Filter]) -> int:
        """How many exchanges match."""
        return int(self._ask("count", **wanted)["count"])

    def wait(self, count: int = 1, *, timeout: float = 10.0, **wanted: Unpack[Filter]) -> int:
        """Wait until so many exchanges match, and get how many do. timeout: real seconds.

        Raises TimeoutError when they do not come.
        """
        end = monotonic() + timeout
        while True:
            left = max(0.0, end - monotonic())
            answer = self._ask("wait", count=count, timeout_seconds=min(left, _LONGEST), **wanted)
            if answer["reached"]:
                return int(answer["count"])
            if left <= _LONGEST:
                what = ", ".join(f"{name} {value}" for name, value in wanted.items()) or "any"
                raise TimeoutError(
                    f"{answer['count']} of {count} requests ({what}) came to world {self._world[1]} "
                    f"within {timeout:g} s"
                )

    def near_misses(self, *, after: str | None = None, limit: int = 100) -> list[Missed]:
        """Requests that no operation answered, with the operations they may have meant."""
        return cast("list[Missed]", self._ask("near-misses", after=after, limit=limit)["items"])

    def har(self, **wanted: Unpack[Filter]) -> dict[str, Any]:
        """The exchanges that match as an HTTP archive (HAR 1.2)."""
        return cast("dict[str, Any]", self._ask("har", **wanted))

    def clear(self) -> None:
        """Forget every exchange."""
        self._link.ask("POST", *self._world, "clear", body={"parts": ["requests"]})

    def list(self, *, limit: int = 100, **wanted: Unpack[Filter]) -> list[Entry]:
        """The latest exchanges that match, the oldest first."""
        return cast("list[Entry]", self._ask(limit=limit, **wanted)["items"])

    def _ask(self, *below: str, **query: Any) -> Any:
        return self._link.ask("GET", *self._world, "requests", *below, query=query)
