"""A collection of a world: its records, and how they move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mock_server.testing.link import Link
from mock_server.testing.replies import Lifecycle, Pace, Record

_PAGE = 500
"""The most records one call shows."""


class Collection:
    """One collection of one contract in one world. Every verb raises AdminError."""

    def __init__(self, link: Link, world: str, contract: str, collection: str) -> None:
        self._link = link
        self._path = ("worlds", world, "collections", contract, collection)
        self._moves = ("worlds", world, "lifecycles", contract, collection)

    def list(self, *, limit: int = _PAGE, offset: int = 0) -> list[Record]:
        """Records in the order they were made, credentials masked."""
        query = {"limit": limit, "offset": offset}
        return cast("list[Record]", self._link.ask("GET", *self._path, query=query)["items"])

    def count(self) -> int:
        """How many records there are."""
        return int(self._link.ask("GET", *self._path, query={"limit": 1})["total"])

    def __iter__(self) -> Iterator[Record]:
        """Every record."""
        offset = 0
        while page := self.list(offset=offset):
            yield from page
            offset += len(page)

    def get(self, key: str) -> dict[str, Any]:
        """The members of one record, credentials masked."""
        return _record(self._link.ask("GET", *self._path, _segment(key)))

    def put(self, key: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """Replace a record or make one. A member that is sent as its mask keeps its value."""
        return _record(self._link.ask("PUT", *self._path, _segment(key), body=record))

    def change(self, key: str, **members: Any) -> dict[str, Any]:
        """Put a record with these members changed."""
        return self.put(key, {**self.get(key), **members})

    def delete(self, key: str) -> None:
        """Take one record away, and nothing else."""
        self._link.ask("DELETE", *self._path, _segment(key))

    def advance(self, key: str) -> dict[str, Any]:
        """Bring a running record forward by one step of its plan, whatever moves it otherwise."""
        return _record(self._link.ask("POST", *self._path, _segment(key), "advance"))

    def lifecycle(self) -> Lifecycle:
        """The states of its records, and the policy they follow."""
        return cast("Lifecycle", self._link.ask("GET", *self._moves))

    def set_lifecycle(
        self,
        pace: Pace = "after_seconds",
        *,
        seconds: tuple[float, float] | None = None,
        reads: int | None = None,
        steps: int | None = None,
        fail_at: int | None = None,
        outcome: str | None = None,
    ) -> Lifecycle:
        """How its records move from here on, those on their way included.

        seconds: the shortest and the longest virtual time. reads: how many replies show a record until it
        ends. steps: into how many the way is cut. fail_at: the step at which it fails. outcome: the state it
        ends in. What is None is as usual.
        """
        given = {"seconds": seconds, "reads": reads, "steps": steps, "fail_at": fail_at, "outcome": outcome}
        policy = {"pace": pace} | {name: value for name, value in given.items() if value is not None}
        return cast("Lifecycle", self._link.ask("PUT", *self._moves, body=policy))

    def reset_lifecycle(self) -> Lifecycle:
        """Let its records move as their behaviour file declares."""
        return cast("Lifecycle", self._link.ask("POST", *self._moves, "reset"))


def _segment(key: str) -> str:
    """A key as a path names it: the slash between the parts of a nested record's key cannot stand there."""
    return key.replace("/", "|")


def _record(response: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", response["record"])
