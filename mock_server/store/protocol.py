"""What a store promises: collections of JSON records, changed only inside a transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Record = Mapping[str, Any]
"""A JSON object. Records read from a store are shared: never changed in place, always replaced."""


class Transaction(Protocol):
    """A view of the state that sees its own writes; all of them happen, or none."""

    def get(self, collection: str, key: str) -> Record | None:
        """The record with this key, or None."""

    def find(self, collection: str, where: Mapping[str, Any] | None = None) -> Iterator[Record]:
        """Records whose members equal `where`, in the order they were created."""

    def put(self, collection: str, key: str, record: Record) -> None:
        """Create or replace a record. A replaced record keeps its place in the order."""

    def delete(self, collection: str, key: str) -> None:
        """Remove a record; KeyError if there is none."""

    def next_number(self, sequence: str) -> int:
        """The next number of a named sequence, never handed out twice, not even after a delete."""


class Store(Protocol):
    """The whole state of one mock server. Everything in it is JSON, so that it can be saved and compared."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit when the block ends, roll back when it raises. Writers run one after the other."""

    def reset(self) -> None:
        """Back to the seed data, sequences included. Costs the same however large the seed is."""

    def dump(self) -> dict[str, Any]:
        """The state as one JSON value with a stable order."""
