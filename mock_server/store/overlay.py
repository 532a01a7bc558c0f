"""An overlay holds the changes made to an immutable base; a view reads both as one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from mock_server.store.base import Base
from mock_server.store.index import MAX_INDEXES, Group, Index, IndexChanges
from mock_server.store.record import Record
from mock_server.store.sorted_keys import EMPTY, Entry, SortedKeys

DELETED: Final = None
UNTOUCHED: Final[dict[str, Any]] = {}
"""Marker for "unchanged from the base" when a write is undone. Compared by identity."""


@dataclass(slots=True)
class CollectionChanges:
    """The changes of one collection.

    records: key → record, or DELETED. places: key → position, for keys that are not in the base or were
    deleted and created again. next_place: the position of the next new key. count: the number of all records,
    those of the base included. indexes: those that were used since the first change. version: stands for the
    present content.
    """

    next_place: int
    count: int
    records: dict[str, Record | None] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    indexes: dict[Index, IndexChanges] = field(default_factory=dict)
    version: object = field(default_factory=object, repr=False, compare=False)

    def copy(self) -> CollectionChanges:
        """An independent copy. The records, which never change, are shared."""
        indexes = {index: changes.copy() for index, changes in self.indexes.items()}
        return CollectionChanges(
            self.next_place, self.count, dict(self.records), dict(self.places), indexes, self.version
        )


@dataclass(slots=True)
class Overlay:
    """All changes since the base. sequences: the last number of each sequence used since then."""

    collections: dict[str, CollectionChanges] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Overlay:
        """An independent copy. Takes time in proportion to the changes, not to the base."""
        return Overlay(
            {name: altered.copy() for name, altered in self.collections.items()}, dict(self.sequences)
        )


class View:
    """A base with the changes of an overlay applied."""

    __slots__ = ("base", "overlay")

    def __init__(self, base: Base, overlay: Overlay) -> None:
        self.base = base
        self.overlay = overlay

    def record(self, collection: str, key: str) -> Record | None:
        """The record with this key, or None."""
        altered = self.overlay.collections.get(collection)
        if altered is not None and key in altered.records:
            return altered.records[key]
        rows = self.base.records.get(collection)
        return None if rows is None else rows.get(key)

    def count(self, collection: str) -> int:
        """The number of records."""
        altered = self.overlay.collections.get(collection)
        return len(self.base.records.get(collection, ())) if altered is None else altered.count

    def written(self) -> int:
        """The number of records that take memory of their own: those written or deleted since the base, and
        those of a base that no other store shares."""
        written = 0
        for altered in self.overlay.collections.values():
            written += len(altered.records)
        return written + self.base.size if self.base.own else written

    def placed(self, collection: str, key: str) -> tuple[int, Record] | None:
        """The position and the record with this key, or None."""
        record = self.record(collection, key)
        if record is None:
            return None
        altered = self.overlay.collections.get(collection)
        if altered is not None and key in altered.places:
            return altered.places[key], record
        return self.base.place(collection, key), record

    def items(self, collection: str) -> Iterator[tuple[str, Record]]:
        """Keys and records of a collection in the order of creation."""
        base = self.base.records.get(collection, {})
        altered = self.overlay.collections.get(collection)
        if altered is None:
            yield from base.items()
            return
        for key, record in base.items():
            if key in altered.places:  # deleted and created again: it follows below, at its new position
                continue
            current = altered.records.get(key, record)
            if current is not None:
                yield key, current
        for key in sorted(altered.places, key=altered.places.__getitem__):
            current = altered.records[key]
            if current is not None:
                yield key, current

    def entries(self, collection: str, index: Index, group: Group) -> SortedKeys:
        """The entries of one group of an index, in its order."""
        altered = self.overlay.collections.get(collection)
        if altered is None:
            return self.base.groups(collection, index).get(group, EMPTY)
        changes = altered.indexes.get(index)
        if changes is None:
            changes = self._index_changes(collection, altered, index)
        return changes.group(group)

    def entry(self, collection: str, index: Index, key: str) -> Entry | None:
        """The entry of the record with this key in every group that it is in; None without such a record."""
        placed = self.placed(collection, key)
        return None if placed is None else index.entry(key, *placed)

    def write(
        self, collection: str, key: str, record: Record | None, place: int | None, *, existed: bool
    ) -> None:
        """Write a key whose collection has changes.

        record: DELETED to remove it, UNTOUCHED to return to the record of the base. place: its position,
        where that is not the one in the base. existed: whether there is a record with this key.
        """
        altered = self.overlay.collections[collection]
        altered.version = object()
        before = self.placed(collection, key) if altered.indexes else None
        # Only what hides a record of the base is remembered as deleted. For a key the base does not have,
        # deleting is the same as never having been written.
        in_base = key in self.base.records.get(collection, ())
        if record is UNTOUCHED or (record is DELETED and not in_base):
            altered.records.pop(key, None)
            place = None
        else:
            altered.records[key] = record
        if place is None:
            altered.places.pop(key, None)
        else:
            altered.places[key] = place
        altered.count += (in_base if record is UNTOUCHED else record is not DELETED) - existed
        if altered.indexes:
            after = self.placed(collection, key)
            for changes in altered.indexes.values():
                changes.replace(key, before, after)

    def names(self) -> list[str]:
        """The names of collections that have or had a record, sorted."""
        return sorted({*self.base.records, *self.overlay.collections})

    def sequences(self) -> dict[str, int]:
        """The last number of every sequence, sorted by name."""
        return dict(sorted({**self.base.sequences, **self.overlay.sequences}.items()))

    def _index_changes(self, collection: str, altered: CollectionChanges, index: Index) -> IndexChanges:
        """An index of all records, built from that of the base and kept from now on."""
        changes = IndexChanges(index, self.base.groups(collection, index))
        rows, places, place_in_base = self.base.records.get(collection, {}), altered.places, self.base.place
        changes.replace_all(
            before=(
                (key, place_in_base(collection, key), rows[key]) for key in altered.records if key in rows
            ),
            after=(
                (key, places[key] if key in places else place_in_base(collection, key), record)
                for key, record in altered.records.items()
                if record is not DELETED
            ),
        )
        if len(altered.indexes) < MAX_INDEXES:
            altered.indexes[index] = changes
        return changes
