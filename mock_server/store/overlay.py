"""What differs from a base, the only thing a store ever writes to, and both read as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mock_server.store.base import Base, Record, hashable
from mock_server.store.json_equality import same

DELETED: Final = None
UNTOUCHED: Final[dict[str, Any]] = {}
"""Stands for "as the base has it" where a change is put back; told apart by identity."""


@dataclass(slots=True)
class CollectionChanges:
    """What differs from the base in one collection.

    records: key → record, or None for one that is gone. places: where a key stands that the base does not
    have, or had and lost. next_place: the place the next new key gets. index: member → value → keys changed
    to that value.
    """

    next_place: int
    records: dict[str, Record | None] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    index: dict[str, dict[Any, dict[str, None]]] = field(default_factory=dict)

    def write(self, key: str, record: Record | None, *, in_base: bool, indexed: Iterable[str]) -> None:
        """Set what is kept under a key: a record, DELETED, or UNTOUCHED for what the base has."""
        before = self.records.get(key)
        after = None if record is UNTOUCHED else record
        for member in indexed:
            values = self.index.setdefault(member, {})
            _unlist(values, before, member, key)
            _list(values, after, member, key)
        if record is UNTOUCHED or (record is DELETED and not in_base):
            self.records.pop(key, None)
            self.places.pop(key, None)
        else:
            self.records[key] = record

    def copy(self) -> CollectionChanges:
        """One that goes its own way; the records themselves are shared."""
        index = {
            member: {value: dict(keys) for value, keys in values.items()}
            for member, values in self.index.items()
        }
        return CollectionChanges(self.next_place, dict(self.records), dict(self.places), index)


@dataclass(slots=True)
class Overlay:
    """Everything that differs from the base: records by collection, and the sequences that went on."""

    collections: dict[str, CollectionChanges] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Overlay:
        """One that goes its own way. Costs what is in it, whatever the base holds."""
        return Overlay(
            {name: altered.copy() for name, altered in self.collections.items()}, dict(self.sequences)
        )


class View:
    """What an overlay makes of a base."""

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
        """Keys and records of a collection in the order they were created."""
        base = self.base.records.get(collection, {})
        altered = self.overlay.collections.get(collection)
        if altered is None:
            yield from base.items()
            return
        for key, record in base.items():
            if key in altered.places:
                continue
            current = altered.records.get(key, record)
            if current is not None:
                yield key, current
        for key in sorted(altered.places, key=altered.places.__getitem__):
            current = altered.records[key]
            if current is not None:
                yield key, current

    def matching(self, collection: str, where: Mapping[str, Any]) -> list[tuple[str, Record]]:
        """Keys and records whose members equal `where`, in the order they were created."""
        if not where:
            return list(self.items(collection))
        indexed = self.base.indexes.get(collection, {})
        member = next((name for name in where if name in indexed and hashable(where[name])), None)
        candidates = (
            self.items(collection) if member is None else self._having(collection, member, where[member])
        )
        return [(key, record) for key, record in candidates if _agrees(record, where)]

    def names(self) -> list[str]:
        """The collections that have had a record, sorted."""
        return sorted({*self.base.records, *self.overlay.collections})

    def sequences(self) -> dict[str, int]:
        """The last number of every sequence, sorted by name."""
        return dict(sorted({**self.base.sequences, **self.overlay.sequences}.items()))

    def _having(self, collection: str, member: str, value: Any) -> Iterator[tuple[str, Record]]:
        """Those whose indexed member has this value, in order: costs their number, not the collection's."""
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


def _agrees(record: Record, where: Mapping[str, Any]) -> bool:
    for member, value in where.items():  # noqa: SIM110 - a generator for every record is what a list costs
        if not same(record.get(member), value):
            return False
    return True


def _list(values: dict[Any, dict[str, None]], record: Record | None, member: str, key: str) -> None:
    if record is not None and hashable(value := record.get(member)):
        values.setdefault(value, {})[key] = None


def _unlist(values: dict[Any, dict[str, None]], record: Record | None, member: str, key: str) -> None:
    if record is None or not hashable(value := record.get(member)) or value not in values:
        return
    values[value].pop(key, None)
    if not values[value]:
        del values[value]
