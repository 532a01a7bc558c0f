"""The protocol of a store: collections of JSON records, read and changed in transactions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from mock_server.store.base import Base
from mock_server.store.index import Kind, Order
from mock_server.store.record import Record

if TYPE_CHECKING:
    from mock_server.store.selection import Selection

SavedT = TypeVar("SavedT")
"""The type in which a store implementation saves its state."""

Keep = Callable[[str, str, Record], str | None]
"""Called with collection, key and record. Returns why the record must be dropped, None to keep it."""


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one record. before: None for a new record. after: None for a deleted one."""

    collection: str
    key: str
    before: Record | None
    after: Record | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A record that was dropped because it does not fit the new base of its store, with the reason."""

    collection: str
    key: str
    reason: str


@dataclass(slots=True)
class StoreFullError(Exception):
    """A world would have more records than it may have. limit: besides those of its scenario."""

    limit: int

    def __str__(self) -> str:
        return (
            f"A world may have {self.limit:,} records besides those of its scenario: delete some, reset the "
            "world, or start the server with a larger --max-records."
        )


class Transaction(Protocol):
    """Atomic reads and writes. Reads see the transaction's own writes."""

    def get(self, collection: str, key: str) -> Record | None:
        """The record with this key, or None."""

    def find(self, collection: str, where: Mapping[str, Any] | None = None) -> Iterator[Record]:
        """The records with these member values, in the order of creation. where: member → value; all records
        when not given. Each is read when it is reached; one that was deleted meanwhile is left out."""

    def select(
        self,
        collection: str,
        where: Mapping[str, Any] | None = None,
        *,
        texts: Mapping[tuple[str, Kind], Collection[str]] | None = None,
        order: Order | None = None,
        descending: bool = False,
    ) -> Selection:
        """The records with these member values, sorted and read only as far as they are used.

        where: as for find(). texts: member and kind (see index.Part) → texts, one of which the
        value has. order: the order of
        creation when not given. Without alternatives, the length and any part take the
        same time for few and for many records.
        """

    def count(self, collection: str) -> int:
        """The number of records of a collection."""

    def put(self, collection: str, key: str, record: Record) -> None:
        """Create or replace a record. A replaced record keeps its position in the order. Raises
        StoreFullError for a new one too many."""

    def delete(self, collection: str, key: str) -> None:
        """Remove a record. Raises KeyError if it does not exist."""

    def next_number(self, sequence: str) -> int:
        """The next number of a named sequence. Numbers of deleted records are not used again."""

    def changes(self) -> tuple[Change, ...]:
        """The net changes, one for each record, in the order of first writes; records that equal their state
        before the transaction are left out. After a rollback there are none.
        """

    @property
    def reads(self) -> tuple[tuple[str, str], ...]:
        """Collection and key of the records that were read, whether they exist or not: each once, in order, a
        bounded number."""

    def version(self, collection: str) -> object:
        """Stands for the present content of a collection, in whatever world: the same object as long as
        nothing is written to it."""

    def look_at(self, keys: Iterable[tuple[str, str]]) -> None:
        """Count records as read. keys: collection and key of each."""

    def detached(self) -> Transaction:
        """Return a transaction that reads the present state, also after this one has ended.

        It keeps no other waiting; what it writes is lost. Takes time in proportion to the changes since the
        base.
        """

    def forget_reads(self) -> None:
        """Empty `reads`, which from now on contains later reads only."""


class Store(Protocol[SavedT]):
    """The state of one world. It consists of JSON values, so that it can be saved and compared."""

    @property
    def base(self) -> Base:
        """The records that the store began with, shared and immutable."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises. Transactions of one store
        run one after the other."""

    def reset(self, base: Base | None = None) -> None:
        """Return to the base, sequences included, or to another base. Takes constant time."""

    def save(self) -> SavedT:
        """An immutable copy of the current state. Takes time in proportion to the writes since the last
        reset, as does `restore`."""

    def restore(self, saved: SavedT) -> None:
        """Return to a saved state of this store or another one. Raises StoreFullError for one with more
        records than a world may have."""

    def rebase(self, base: Base, keep: Keep) -> list[Dropped]:
        """Replace the base and keep what was written, except for records that `keep` rejects.

        Returns the rejected records. A record of the new base with the same key becomes visible again.
        """


__all__ = ["Base", "Change", "Dropped", "Keep", "Order", "Record", "Store", "StoreFullError", "Transaction"]
