"""A store in memory: a frozen base that many may share, and an overlay with what has changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from mock_server.store.base import Base, Record
from mock_server.store.json_equality import same
from mock_server.store.overlay import DELETED, UNTOUCHED, CollectionChanges, Overlay, View
from mock_server.store.protocol import Change, Dropped, Keep, Transaction

READS: Final = 100
"""How many of the records it looked at a transaction remembers: enough to explain a page of a list."""


class MemoryTransaction:
    """Writes go straight to the overlay; what was there before is kept, to be put back on failure."""

    def __init__(self, base: Base, overlay: Overlay) -> None:
        self._base = base
        self._overlay = overlay
        self._view = View(base, overlay)
        self._written: list[tuple[str, str, Record | None, int | None]] = []
        self._sequences_before: dict[str, int | None] = {}
        self._reads: dict[tuple[str, str], None] = {}
        self._outcome: tuple[Change, ...] | None = None

    def get(self, collection: str, key: str) -> Record | None:
        self._check_open()
        if len(self._reads) < READS:
            self._reads[collection, key] = None
        return self._view.record(collection, key)

    def find(self, collection: str, where: Mapping[str, Any] | None = None) -> Iterator[Record]:
        self._check_open()
        matches = self._view.matching(collection, where or {})
        room = READS - len(self._reads)
        if room > 0:
            self._reads.update(((collection, key), None) for key, _ in matches[:room])
        return iter([record for _, record in matches])

    def put(self, collection: str, key: str, record: Record) -> None:
        self._check_open()
        exists = self._view.record(collection, key) is not None
        altered = self._remembered(collection, key)
        if not exists:
            altered.places[key] = altered.next_place
            altered.next_place += 1
        self._write(altered, collection, key, record)

    def delete(self, collection: str, key: str) -> None:
        self._check_open()
        if self._view.record(collection, key) is None:
            raise KeyError(f"{collection} has no {key!r}")
        self._write(self._remembered(collection, key), collection, key, DELETED)

    def next_number(self, sequence: str) -> int:
        self._check_open()
        numbers = self._overlay.sequences
        self._sequences_before.setdefault(sequence, numbers.get(sequence))
        numbers[sequence] = numbers.get(sequence, self._base.sequences.get(sequence, 0)) + 1
        return numbers[sequence]

    def changes(self) -> tuple[Change, ...]:
        return self._net() if self._outcome is None else self._outcome

    @property
    def reads(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._reads)

    def forget_reads(self) -> None:
        self._reads.clear()

    def commit(self) -> None:
        """End it; what it wrote stays."""
        self._outcome = self._net()

    def undo(self) -> None:
        """End it and put back everything it changed, the last change first."""
        for collection, key, record, place in reversed(self._written):
            altered = self._overlay.collections[collection]
            self._write(altered, collection, key, record)
            if place is None:
                altered.places.pop(key, None)
            else:
                altered.places[key] = place
        for sequence, number in self._sequences_before.items():
            if number is None:
                del self._overlay.sequences[sequence]
            else:
                self._overlay.sequences[sequence] = number
        self._outcome = ()

    def _net(self) -> tuple[Change, ...]:
        first: dict[tuple[str, str], Record | None] = {}
        for collection, key, record, _ in self._written:
            if (collection, key) not in first:
                untouched = record is UNTOUCHED
                first[collection, key] = (
                    self._base.records.get(collection, {}).get(key) if untouched else record
                )
        net = (
            Change(*place, before=before, after=self._view.record(*place)) for place, before in first.items()
        )
        return tuple(change for change in net if not same(change.before, change.after))

    def _remembered(self, collection: str, key: str) -> CollectionChanges:
        """What is altered in the collection, to be written to: what stands under the key is kept for undo."""
        collections = self._overlay.collections
        if collection not in collections:
            collections[collection] = CollectionChanges(
                next_place=len(self._base.records.get(collection, {}))
            )
        altered = collections[collection]
        self._written.append((collection, key, altered.records.get(key, UNTOUCHED), altered.places.get(key)))
        return altered

    def _write(self, altered: CollectionChanges, collection: str, key: str, record: Record | None) -> None:
        altered.write(
            key,
            record,
            in_base=key in self._base.records.get(collection, {}),
            indexed=self._base.indexes.get(collection, {}),
        )

    def _check_open(self) -> None:
        if self._outcome is not None:
            raise RuntimeError("the transaction has ended")


@dataclass(frozen=True, slots=True)
class SavedState:
    """A base and what had been written on it, never changed afterwards: it may be read from any thread."""

    base: Base
    overlay: Overlay = field(default_factory=Overlay)

    @property
    def collections(self) -> list[str]:
        """The names of the collections that have had a record, sorted."""
        return self._view.names()

    @property
    def sequences(self) -> dict[str, int]:
        """The last number of every sequence, sorted by name."""
        return self._view.sequences()

    def get(self, collection: str, key: str) -> Record | None:
        """The record with this key, or None."""
        return self._view.record(collection, key)

    def items(self, collection: str) -> Iterator[tuple[str, Record]]:
        """Keys and records in the order they were created."""
        return self._view.items(collection)

    def written(self, collection: str) -> list[str]:
        """The keys under which something other than the base's own record may stand."""
        altered = self.overlay.collections.get(collection)
        return [] if altered is None else list(altered.records)

    def rebased(self, base: Base, keep: Keep) -> tuple[SavedState, list[Dropped]]:
        """The same state on another base, as Store.rebase promises.

        The records of a base that is the world's own go through keep like those written since.
        """
        dropped: list[Dropped] = []
        if self.base.own:
            return self._sifted(base, keep, dropped), dropped
        overlay = Overlay()
        transaction = MemoryTransaction(base, overlay)
        for collection, altered in self.overlay.collections.items():
            places = {**self.base.places.get(collection, {}), **altered.places}
            for key in sorted(altered.records, key=places.__getitem__):
                record = altered.records[key]
                reason = None if record is DELETED else keep(collection, key, record)
                if reason is not None:
                    dropped.append(Dropped(collection, key, reason))
                    continue
                if (record is DELETED or key in altered.places) and transaction.get(
                    collection, key
                ) is not None:
                    transaction.delete(collection, key)
                if record is not DELETED:
                    transaction.put(collection, key, record)
        for sequence, number in self.overlay.sequences.items():
            overlay.sequences[sequence] = max(number, base.sequences.get(sequence, 0))
        return SavedState(base, overlay), dropped

    def _sifted(self, base: Base, keep: Keep, dropped: list[Dropped]) -> SavedState:
        rows: dict[str, dict[str, Record]] = {}
        for collection in self.collections:
            rows[collection] = {}
            for key, record in self.items(collection):
                reason = keep(collection, key, record)
                if reason is None:
                    rows[collection][key] = record
                else:
                    dropped.append(Dropped(collection, key, reason))
        return SavedState(Base.build(rows, indexed=base.indexed, sequences=self.sequences, own=True))

    @property
    def _view(self) -> View:
        return View(self.base, self.overlay)


class MemoryStore:
    """The whole state of one world in memory.

    A reset forgets the overlay, so it costs the same whatever lies below. Transactions run one after the
    other, readers included: a request sees the state as it is between two others.
    """

    def __init__(self, base: Base | None = None) -> None:
        self._base = base or Base()
        self._lock = Lock()
        self._overlay = Overlay()

    @property
    def base(self) -> Base:
        return self._base

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin; commit when the block ends, undo everything when it raises."""
        with self._lock:
            transaction = MemoryTransaction(self._base, self._overlay)
            try:
                yield transaction
            except BaseException:
                transaction.undo()
                raise
            transaction.commit()

    def reset(self, base: Base | None = None) -> None:
        """Back to the base, or to another one."""
        with self._lock:
            self._base, self._overlay = base or self._base, Overlay()

    def save(self) -> SavedState:
        """The state as it is now, for good."""
        with self._lock:
            return SavedState(self._base, self._overlay.copy())

    def restore(self, saved: SavedState) -> None:
        """Back to a saved state; its base becomes this store's."""
        overlay = saved.overlay.copy()
        with self._lock:
            self._base, self._overlay = saved.base, overlay

    def rebase(self, base: Base, keep: Keep) -> list[Dropped]:
        """Lay the state on another base; returns the records that keep gave a reason against."""
        with self._lock:
            saved, dropped = SavedState(self._base, self._overlay).rebased(base, keep)
            self._base, self._overlay = saved.base, saved.overlay
        return dropped
