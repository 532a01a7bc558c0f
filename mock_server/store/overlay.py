"""An overlay holds the changes made to an immutable base; a view reads both as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mock_server.store.base import Base, Record, hashable
from mock_server.store.json_equality import same

DELETED: Final = None
UNTOUCHED: Final[dict[str, Any]] = {}
"""Marker for "unchanged from the base" when a write is undone. Compared by identity."""


@dataclass(slots=True)
class CollectionChanges:
    """The changes of one collection.

    records: key → record, or DELETED. places: key → position, for keys that are not in the base or were
    deleted and created again. next_place: the position of the next new key. index: member → value → changed
    keys with that value.
    """

    next_place: int
    records: dict[str, Record | None] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    index: dict[str, dict[Any, dict[str, None]]] = field(default_factory=dict)

    def write(self, key: str, record: Record | None, *, in_base: bool, indexed: Iterable[str]) -> None:
        """Write a key.

        record: DELETED to remove it, UNTOUCHED to return to the record of the base. in_base: whether the base
        has the key. indexed: the members to keep indexed.
        """
        before = self.records.get(key)
        after = None if record is UNTOUCHED else record
        for member in indexed:
            values = self.index.setdefault(member, {})
            _unindex(values, before, member, key)
            _index(values, after, member, key)
        # Only what hides a record of the base is remembered as deleted. For a key the base does not have,
        # deleting is the same as never having been written.
        if record is UNTOUCHED or (record is DELETED and not in_base):
            self.records.pop(key, None)
            self.places.pop(key, None)
        else:
            self.records[key] = record

    def copy(self) -> CollectionChanges:
        """An independent copy. The records, which never change, are shared."""
        index = {
            member: {value: dict(keys) for value, keys in values.items()}
            for member, values in self.index.items()
        }
        return CollectionChanges(self.next_place, dict(self.records), dict(self.places), index)


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

    def __init__(self, base: Base, overlay: Overlay) -> None:
        self.base = base
        self.overlay = overlay

    def record(self, collection: str, key: str) -> Record | None:
        """The record with this key, or None."""
        altered = self.overlay.collections.get(collection)
        if altered is not None and key in altered.records:
            return altered.records[key]
        return self.base.records.get(collection, {}).get(key)

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

    def matching(self, collection: str, where: Mapping[str, Any]) -> list[tuple[str, Record]]:
        """Keys and records with these member values, in the order of creation. where: member → value."""
        if not where:
            return list(self.items(collection))
        indexed = self.base.indexes.get(collection, {})
        member = next((name for name in where if name in indexed and hashable(where[name])), None)
        if member is None:
            candidates = self.items(collection)
        else:
            candidates = self._having(collection, member, where[member])
        # All members are compared again: an index cannot tell true from 1.
        return [(key, record) for key, record in candidates if _matches(record, where)]

    def names(self) -> list[str]:
        """The names of collections that have or had a record, sorted."""
        return sorted({*self.base.records, *self.overlay.collections})

    def sequences(self) -> dict[str, int]:
        """The last number of every sequence, sorted by name."""
        return dict(sorted({**self.base.sequences, **self.overlay.sequences}.items()))

    def _having(self, collection: str, member: str, value: Any) -> Iterator[tuple[str, Record]]:
        """Keys and records whose indexed member has this value, in the order of creation.

        Takes time in proportion to the matches, not to the collection.
        """
        base = self.base.records.get(collection, {})
        in_base = self.base.indexes[collection][member].get(value, ())
        altered = self.overlay.collections.get(collection)
        if altered is None:
            yield from ((key, base[key]) for key in in_base)
            return
        changed = altered.index.get(member, {}).get(value, {})
        keys = [*(key for key in in_base if key not in altered.records), *changed]
        places = self.base.places.get(collection, {})
        keys.sort(key=lambda key: altered.places[key] if key in altered.places else places[key])
        for key in keys:
            record = altered.records[key] if key in altered.records else base[key]
            if record is not None:
                yield key, record


def _matches(record: Record, where: Mapping[str, Any]) -> bool:
    for member, value in where.items():  # noqa: SIM110 - a generator for each record would dominate the time
        if not same(record.get(member), value):
            return False
    return True


def _index(values: dict[Any, dict[str, None]], record: Record | None, member: str, key: str) -> None:
    if record is not None and hashable(value := record.get(member)):
        values.setdefault(value, {})[key] = None


def _unindex(values: dict[Any, dict[str, None]], record: Record | None, member: str, key: str) -> None:
    if record is None or not hashable(value := record.get(member)) or value not in values:
        return
    values[value].pop(key, None)
    if not values[value]:
        del values[value]
