"""A store in memory: an immutable base that stores share, and an overlay with the changes since."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from threading import Lock
from typing import Any, Final

from mock_server.store.base import Base
from mock_server.store.index import Index, Kind, Order, index_of, token
from mock_server.store.json_equality import same
from mock_server.store.overlay import DELETED, UNTOUCHED, CollectionChanges, Overlay, View
from mock_server.store.protocol import Change, Dropped, Keep, StoreFullError, Transaction
from mock_server.store.record import Record
from mock_server.store.selection import Selection
from mock_server.store.sorted_keys import Entry, joined

READS: Final = 100
"""The number of reads that a transaction remembers: enough to explain a page of a list."""


class MemoryTransaction:
    """Writes to the overlay directly and remembers the values before, for `undo`.

    As a context manager it is committed when the block ends, and rolled back when it raises.
    """

    __slots__ = (
        "_base",
        "_end",
        "_max_records",
        "_outcome",
        "_overlay",
        "_reads",
        "_sequences_before",
        "_view",
        "_written",
    )

    def __init__(
        self, view: View, max_records: int | None = None, end: Callable[[], None] = lambda: None
    ) -> None:
        """view: what it reads and writes. max_records: besides those of the base. end: called when the block
        of a `with` statement has ended."""
        self._base = view.base
        self._end = end
        self._max_records = max_records
        self._overlay = view.overlay
        self._view = view
        self._written: list[tuple[str, str, Record | None, int | None]] = []
        self._sequences_before: dict[str, int | None] = {}
        self._reads: dict[tuple[str, str], None] = {}
        self._outcome: tuple[Change, ...] | None = None

    def __enter__(self) -> MemoryTransaction:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            # Undone also for an interrupt, which must not leave half of the writes.
            if kind is None:
                self.commit()
            else:
                self.undo()
        finally:
            self._end()

    def get(self, collection: str, key: str) -> Record | None:
        if self._outcome is not None:
            raise _ended()
        if len(self._reads) < READS:
            self._reads[collection, key] = None
        altered = self._overlay.collections.get(collection)
        if altered is not None and key in altered.records:
            return altered.records[key]
        rows = self._base.records.get(collection)
        return None if rows is None else rows.get(key)

    def find(self, collection: str, where: Mapping[str, Any] | None = None) -> Iterator[Record]:
        return iter(self.select(collection, where))

    def select(
        self,
        collection: str,
        where: Mapping[str, Any] | None = None,
        *,
        texts: Mapping[tuple[str, Kind], Collection[str]] | None = None,
        order: Order | None = None,
        descending: bool = False,
    ) -> Selection:
        self._check_open()
        where, texts = where or {}, texts or {}
        index = index_of(tuple(where), tuple(texts), order)
        same_values = tuple(map(token, where.values()))
        view = self._view
        if texts:
            groups = [
                view.entries(collection, index, same_values + group) for group in product(*texts.values())
            ]
            entries = groups[0] if len(groups) == 1 else joined(groups)
        else:
            entries = view.entries(collection, index, same_values)
        return Selection(entries, self, collection, index, descending=descending)

    def entry(self, collection: str, index: Index, key: str) -> Entry | None:
        """The entry of the record with this key in every group that it is in; None without such a record."""
        return self._view.entry(collection, index, key)

    def read_all(self, collection: str, entries: Iterable[Entry]) -> list[Record]:
        """The records of these entries."""
        self._check_open()
        altered, reads = self._overlay.collections.get(collection), self._reads
        written = {} if altered is None else altered.records
        base_rows = self._base.records.get(collection, {})
        records: list[Record] = []
        for entry in entries:
            key = entry[-1]
            record = written[key] if key in written else base_rows.get(key)
            if record is not None:
                if len(reads) < READS:
                    reads[collection, key] = None
                records.append(record)
        return records

    def read_each(self, collection: str, entries: Iterator[Entry]) -> Iterator[Record]:
        """The records of these entries, each read when it is reached, without those deleted meanwhile."""
        collections, reads = self._overlay.collections, self._reads
        base_rows = self._base.records.get(collection, {})
        for entry in entries:
            if self._outcome is not None:
                raise _ended()
            key = entry[-1]
            # Looked up again for each record: it may have been written since the one before.
            altered = collections.get(collection)
            if altered is not None and key in altered.records:
                record = altered.records[key]
            else:
                record = base_rows.get(key)
            if record is not None:
                if len(reads) < READS:
                    reads[collection, key] = None
                yield record

    def count(self, collection: str) -> int:
        self._check_open()
        return self._view.count(collection)

    def put(self, collection: str, key: str, record: Record) -> None:
        if self._outcome is not None:
            raise _ended()
        exists = self._view.record(collection, key) is not None
        if not exists and self._max_records is not None and self._view.written() >= self._max_records:
            raise StoreFullError(self._max_records)
        altered = self._remember(collection, key)
        place = altered.places.get(key)
        if not exists:
            place = altered.next_place
            altered.next_place += 1
        self._view.write(collection, key, record, place, existed=exists)

    def delete(self, collection: str, key: str) -> None:
        self._check_open()
        if self._view.record(collection, key) is None:
            raise KeyError(f"{collection} has no {key!r}")
        altered = self._remember(collection, key)
        self._view.write(collection, key, DELETED, altered.places.get(key), existed=True)

    def next_number(self, sequence: str) -> int:
        if self._outcome is not None:
            raise _ended()
        numbers = self._overlay.sequences
        before = numbers.get(sequence)
        self._sequences_before.setdefault(sequence, before)
        number = numbers[sequence] = (self._base.sequences.get(sequence, 0) if before is None else before) + 1
        return number

    def changes(self) -> tuple[Change, ...]:
        return self._net_changes() if self._outcome is None else self._outcome

    @property
    def reads(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._reads)

    def version(self, collection: str) -> object:
        altered = self._overlay.collections.get(collection)
        return self._base.version if altered is None else altered.version

    def look_at(self, keys: Iterable[tuple[str, str]]) -> None:
        for key in keys:
            if len(self._reads) < READS:
                self._reads[key] = None

    def detached(self) -> MemoryTransaction:
        return MemoryTransaction(View(self._base, self._overlay.copy()))

    def forget_reads(self) -> None:
        self._reads.clear()

    def commit(self) -> None:
        """End the transaction and keep its writes."""
        # Computed now, because later transactions write to the same overlay.
        self._outcome = self._net_changes() if self._written else ()

    def undo(self) -> None:
        """End the transaction and undo its writes, the last one first."""
        for collection, key, record, place in reversed(self._written):
            existed = self._view.record(collection, key) is not None
            self._view.write(collection, key, record, place, existed=existed)
        for sequence, number in self._sequences_before.items():
            if number is None:
                del self._overlay.sequences[sequence]
            else:
                self._overlay.sequences[sequence] = number
        self._outcome = ()

    def _net_changes(self) -> tuple[Change, ...]:
        changes: list[Change] = []
        seen: set[tuple[str, str]] = set()
        for collection, key, written_over, _ in self._written:
            if (collection, key) in seen:
                continue
            seen.add((collection, key))
            before = written_over
            if before is UNTOUCHED:
                before = self._base.records.get(collection, {}).get(key)
            after = self._view.record(collection, key)
            if (after is not None) if before is None else not same(before, after):
                changes.append(Change(collection, key, before, after))
        return tuple(changes)

    def _remember(self, collection: str, key: str) -> CollectionChanges:
        """Remember the current value of a key for `undo`; returns the changes of its collection."""
        collections = self._overlay.collections
        if collection not in collections:
            count = len(self._base.records.get(collection, ()))
            collections[collection] = CollectionChanges(next_place=count, count=count)
        altered = collections[collection]
        self._written.append((collection, key, altered.records.get(key, UNTOUCHED), altered.places.get(key)))
        return altered

    def _check_open(self) -> None:
        if self._outcome is not None:
            raise _ended()


def _ended() -> RuntimeError:
    return RuntimeError("the transaction has ended")


@dataclass(frozen=True, slots=True)
class SavedState:
    """An immutable copy of a store's state. It can be read from any thread."""

    base: Base
    overlay: Overlay = field(default_factory=Overlay)

    @property
    def collections(self) -> list[str]:
        """The names of collections that have or had a record, sorted."""
        return self._view.names()

    @property
    def sequences(self) -> dict[str, int]:
        """The last number of every sequence, sorted by name."""
        return self._view.sequences()

    def get(self, collection: str, key: str) -> Record | None:
        """The record with this key, or None."""
        return self._view.record(collection, key)

    def items(self, collection: str) -> Iterator[tuple[str, Record]]:
        """Keys and records of a collection in the order of creation."""
        return self._view.items(collection)

    def written(self, collection: str) -> list[str]:
        """The keys that were written or deleted since the base."""
        altered = self.overlay.collections.get(collection)
        return [] if altered is None else list(altered.records)

    def rebased(self, base: Base, keep: Keep) -> tuple[SavedState, list[Dropped]]:
        """This state on another base, see `Store.rebase`. Returns the dropped records too.

        Where the base belongs to the world itself, `keep` is asked about all records, not only about those
        written since.
        """
        dropped: list[Dropped] = []
        if self.base.own:
            return self._filtered(keep, dropped), dropped
        overlay = Overlay()
        transaction = MemoryTransaction(View(base, overlay))
        for collection, altered in self.overlay.collections.items():
            in_order = sorted(altered.records, key=partial(self._place, collection, altered))
            for key in in_order:
                record = altered.records[key]
                reason = None if record is DELETED else keep(collection, key, record)
                if reason is not None:
                    dropped.append(Dropped(collection, key, reason))
                    continue
                # A key in `places` was created since the base: deleting it first gives it a new position
                # in the new base too.
                is_new = record is DELETED or key in altered.places
                if is_new and transaction.get(collection, key) is not None:
                    transaction.delete(collection, key)
                if record is not DELETED:
                    transaction.put(collection, key, record)
        # The larger number wins, so that no id is used twice.
        for sequence, number in self.overlay.sequences.items():
            overlay.sequences[sequence] = max(number, base.sequences.get(sequence, 0))
        return SavedState(base, overlay), dropped

    def _filtered(self, keep: Keep, dropped: list[Dropped]) -> SavedState:
        rows: dict[str, dict[str, Record]] = {}
        for collection in self.collections:
            rows[collection] = {}
            for key, record in self.items(collection):
                reason = keep(collection, key, record)
                if reason is None:
                    rows[collection][key] = record
                else:
                    dropped.append(Dropped(collection, key, reason))
        return SavedState(Base.build(rows, sequences=self.sequences, own=True))

    def _place(self, collection: str, altered: CollectionChanges, key: str) -> int:
        return altered.places[key] if key in altered.places else self.base.place(collection, key)

    @property
    def _view(self) -> View:
        return View(self.base, self.overlay)


class MemoryStore:
    """The state of one world in memory.

    A reset drops the overlay, so it takes constant time. Transactions run one after the other, including
    those that only read: a request never sees a part of another request's writes.
    """

    def __init__(self, base: Base | None = None, *, max_records: int | None = None) -> None:
        """max_records: that may be written besides those of the base; None for no limit."""
        self._max_records = max_records
        self._lock = Lock()
        self._view = View(base or Base(), Overlay())

    @property
    def base(self) -> Base:
        return self._view.base

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Wait for other transactions to end, and begin one, which a `with` statement must end."""
        self._lock.acquire()
        return MemoryTransaction(self._view, self._max_records, self._lock.release)

    def reset(self, base: Base | None = None) -> None:
        """Return to the base, or to another base."""
        with self._lock:
            self._view = View(base or self._view.base, Overlay())

    def save(self) -> SavedState:
        """An immutable copy of the current state."""
        with self._lock:
            return SavedState(self._view.base, self._view.overlay.copy())

    def restore(self, saved: SavedState) -> None:
        """Return to a saved state. Its base becomes the base of this store. Raises StoreFullError."""
        if self._max_records is not None and View(saved.base, saved.overlay).written() > self._max_records:
            raise StoreFullError(self._max_records)
        view = View(saved.base, saved.overlay.copy())
        with self._lock:
            self._view = view

    def rebase(self, base: Base, keep: Keep) -> list[Dropped]:
        """Replace the base, see `Store.rebase`. Returns the records that `keep` rejected."""
        with self._lock:
            saved, dropped = SavedState(self._view.base, self._view.overlay).rebased(base, keep)
            self._view = View(saved.base, saved.overlay)
        return dropped
