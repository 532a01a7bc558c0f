"""The records of a collection in a world, and their lifecycle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mock_server.testing.link import Link
from mock_server.testing.replies import Lifecycle, Pace, Record

_PAGE = 500
"""The maximum number of records in one reply."""


class Collection:
    """One collection of one contract in one world. Every method raises AdminError."""

    def __init__(self, link: Link, world: str, contract: str, collection: str) -> None:
        self._link = link
        self._path = ("worlds", world, "collections", contract, collection)
        self._moves = ("worlds", world, "lifecycles", contract, collection)

    def list(self, *, limit: int = _PAGE, offset: int = 0) -> list[Record]:
        """Records in the order of creation, with credentials masked."""
        query = {"limit": limit, "offset": offset}
        return cast("list[Record]", self._link.ask("GET", *self._path, query=query)["items"])

    def count(self) -> int:
        """The number of records."""
        return int(self._link.ask("GET", *self._path, query={"limit": 1})["total"])

    def __iter__(self) -> Iterator[Record]:
        """All records, requested page by page."""
        offset = 0
        while page := self.list(offset=offset):
            yield from page
            offset += len(page)

    def get(self, key: str) -> dict[str, Any]:
        """The members of one record, with credentials masked."""
        return _record(self._link.ask("GET", *self._path, _segment(key)))

    def put(self, key: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """Create or replace a record. A member that has the mask as its value is not changed."""
        return _record(self._link.ask("PUT", *self._path, _segment(key), body=record))

    def change(self, key: str, **members: Any) -> dict[str, Any]:
        """Change some members of a record."""
        return self.put(key, {**self.get(key), **members})

    def delete(self, key: str) -> None:
        """Delete one record. Records that refer to it stay."""
        self._link.ask("DELETE", *self._path, _segment(key))

    def advance(self, key: str) -> dict[str, Any]:
        """Advance a running record by one step of its lifecycle, with any pace."""
        return _record(self._link.ask("POST", *self._path, _segment(key), "advance"))

    def lifecycle(self) -> Lifecycle:
        """The states of the lifecycle, and the current policy."""
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
        """Set the lifecycle policy for new and running records.

        seconds: the minimum and maximum duration in virtual seconds. reads: the number of replies with a
        record until it ends. steps: the number of steps. fail_at: the step at which a record fails. outcome:
        the final state. None means as declared.
        """
        given = {"seconds": seconds, "reads": reads, "steps": steps, "fail_at": fail_at, "outcome": outcome}
        policy = {"pace": pace} | {name: value for name, value in given.items() if value is not None}
        return cast("Lifecycle", self._link.ask("PUT", *self._moves, body=policy))

    def reset_lifecycle(self) -> Lifecycle:
        """Return to the policy that the behaviour file declares."""
        return cast("Lifecycle", self._link.ask("POST", *self._moves, "reset"))


def _segment(key: str) -> str:
    """A key as a path segment. The slashes in the key of a nested record are replaced, since many servers
    and proxies decode %2F."""
    return key.replace("/", "|")


def _record(response: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", response["record"])
