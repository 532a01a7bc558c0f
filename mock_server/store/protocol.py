"""What a store promises: collections of JSON records, changed only inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from mock_server.store.base import Base, Record

SavedT = TypeVar("SavedT")
"""What a kind of store saves its state as."""

Keep = Callable[[str, str, Record], str | None]
"""Asked of collection, key and record: why the record cannot stay, or None when it can."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one record was and what it became: before is None for a new one, after for one that is gone."""

    collection: str
    key: str
    before: Record | None
    after: Record | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A record of a world that did not fit what the world was laid on, and why."""

    collection: str
    key: str
    reason: str


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

    def changes(self) -> tuple[Change, ...]:
        """What it has written on the whole, one entry a record, in the order of the first writes: what was
        put back as it had been is no change. After the end: what it left behind, nothing when it failed.
        """

    @property
    def reads(self) -> tuple[tuple[str, str], ...]:
        """The first records asked for, found or not: collection and key, each once, a bounded number."""

    def forget_reads(self) -> None:
        """Note what is asked for from here on only."""


class Store(Protocol[SavedT]):
    """The whole state of one world. Everything in it is JSON, so that it can be saved and compared."""

    @property
    def base(self) -> Base:
        """What the state is laid on: it differs from its base by what has been written since."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit when the block ends, roll back when it raises. Writers run one after the other."""

    def reset(self, base: Base | None = None) -> None:
        """Back to the base, sequences included, or to another one. Costs the same however large it is."""

    def save(self) -> SavedT:
        """The state as it is now, for good. Costs what has been written since the last reset, as does
        restore."""

    def restore(self, saved: SavedT) -> None:
        """Back to a saved state, of this store or another."""

    def rebase(self, base: Base, keep: Keep) -> list[Dropped]:
        """Lay the state on another base: what was written stays, but for the records keep gives a reason
        against. They are listed; where the new base has one in their place, that is seen again."""


__all__ = ["Base", "Change", "Dropped", "Keep", "Record", "Store", "Transaction"]
