"""A store in memory: a frozen base that many may share, and an overlay with what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

from mock_server.store.protocol import Record, Transaction

_DELETED: Final = None
_UNTOUCHED: Final[dict[str, Any]] = {}
"""Stands for "as the base has it" where a change is put back; told apart by identity."""


@dataclass(frozen=True, slots=True)
class Base:
    """Seed data, never changed after it is built, whoever uses it.

    records: collection → key → record, in order. indexes: collection → member → value → keys, for the members
    whose equality is asked for often. sequences: the last number each named sequence has handed out.
    """

    records: Mapping[str, Mapping[str, Record]] = field(default_factory=dict)
    indexes: Mapping[str, Mapping[str, Mapping[Any, tuple[str, ...]]]] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    sequences: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        records: Mapping[str, Mapping[str, Record]],
        *,
        indexed: Mapping[str, Iterable[str]] | None = None,
        sequences: Mapping[str, int] | None = None,
    ) -> Base:
        """Seed data with an index for each named member of each named collection."""
        members = {name: tuple(indexed[name]) for name in indexed} if indexed else {}
        return cls(
            records={name: MappingProxyType(dict(rows)) for name, rows in records.items()},
            indexes={
                name: {member: _index(records.get(name, {}), member) for member in members[name]}
                for name in members
            },
            places={name: {key: place for place, key in enumerate(rows)} for name, rows in records.items()},
            sequences=dict(sequences or {}),
        )


class MemoryStore:
    """The whole state of one mock server in memory.

    A reset forgets the overlay, so it costs the same whatever lies below. Transactions run one after the
    other, readers included: a request sees the state as it is between two others.
    """

    def __init__(self, base: Base | None = None) -> None:
        self.base = base or Base()
        self._lock = Lock()
        self._overlay = _Overlay()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin; commit when the block ends, undo everything when it raises."""
        with self._lock:
            work = _MemoryTransaction(self.base, self._overlay)
            try:
                yield work
            except BaseException:
                work.undo()
                raise
            finally:
                work.open = False

    def reset(self) -> None:
        """Back to the base."""
        with self._lock:
            self._overlay = _Overlay()

    def dump(self) -> dict[str, Any]:
        """Every record by collection and key, in order of creation, and every sequence."""
        with self._lock:
            work = _MemoryTransaction(self.base, self._overlay)
            names = sorted({*self.base.records, *self._overlay.collections})
            kept = {name: dict(work.items(name)) for name in names}
            return {
                "collections": {name: rows for name, rows in kept.items() if rows},
                "sequences": dict(sorted({**self.base.sequences, **self._overlay.sequences}.items())),
            }


@dataclass(slots=True)
class _Changes:
    """What differs from the base in one collection.

    records: key → record, or None for one that is gone. places: where a key stands that the base does not
    have, or had and lost. next_place: the place the next new key gets. index: member → value → keys changed
    to that value.
    """

    next_place: int
    records: dict[str, Record | None] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    index: dict[str, dict[Any, dict[str, None]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Overlay:
    collections: dict[str, _Changes] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)


class _MemoryTransaction:
    """Writes go straight to the overlay; what was there before is kept, to be put back on failure."""

    def __init__(self, base: Base, overlay: _Overlay) -> None:
        self._base = base
        self._overlay = overlay
        self._undo: list[tuple[str, str, Record | None, int | None]] = []
        self._sequences_before: dict[str, int | None] = {}
        self.open = True

    def get(self, collection: str, key: str) -> Record | None:
        self._check_open()
        changes = self._overlay.collections.get(collection)
        if changes is not None and key in changes.records:
            return changes.records[key]
        return self._base.records.get(collection, {}).get(key)

    def find(self, collection: str, where: Mapping[str, Any] | None = None) -> Iterator[Record]:
        self._check_open()
        if not where:
            return iter([record for _, record in self.items(collection)])
        indexed = self._base.indexes.get(collection, {})
        member = next((name for name in where if name in indexed and _hashable(where[name])), None)
        candidates = (
            (record for _, record in self.items(collection))
            if member is None
            else self._having(collection, member, where[member])
        )
        return iter([record for record in candidates if _agrees(record, where)])

    def put(self, collection: str, key: str, record: Record) -> None:
        self._check_open()
        exists = self.get(collection, key) is not None
        changes = self._changes(collection)
        self._remember(changes, collection, key)
        if not exists:
            changes.places[key] = changes.next_place
            changes.next_place += 1
        self._set(changes, collection, key, record)

    def delete(self, collection: str, key: str) -> None:
        self._check_open()
        if self.get(collection, key) is None:
            raise KeyError(f"{collection} has no {key!r}")
        changes = self._changes(collection)
        self._remember(changes, collection, key)
        self._set(changes, collection, key, _DELETED)

    def next_number(self, sequence: str) -> int:
        self._check_open()
        numbers = self._overlay.sequences
        self._sequences_before.setdefault(sequence, numbers.get(sequence))
        numbers[sequence] = numbers.get(sequence, self._base.sequences.get(sequence, 0)) + 1
        return numbers[sequence]

    def items(self, collection: str) -> Iterator[tuple[str, Record]]:
        """Keys and records of a collection in the order they were created."""
        base = self._base.records.get(collection, {})
        changes = self._overlay.collections.get(collection)
        if changes is None:
            yield from base.items()
            return
        for key, record in base.items():
            if key in changes.places:
                continue
            current = changes.records.get(key, record)
            if current is not None:
                yield key, current
        for key in sorted(changes.places, key=changes.places.__getitem__):
            current = changes.records[key]
            if current is not None:
                yield key, current

    def undo(self) -> None:
        """Put back everything this transaction changed, the last change first."""
        for collection, key, record, place in reversed(self._undo):
            changes = self._overlay.collections[collection]
            self._set(changes, collection, key, record)
            if place is None:
                changes.places.pop(key, None)
            else:
                changes.places[key] = place
        for sequence, number in self._sequences_before.items():
            if number is None:
                del self._overlay.sequences[sequence]
            else:
                self._overlay.sequences[sequence] = number

    def _having(self, collection: str, member: str, value: Any) -> list[Record]:
        """Records whose indexed member has this value, in order: costs their number, not the collection's."""
        base = self._base.records.get(collection, {})
        in_base = self._base.indexes[collection][member].get(value, ())
        changes = self._overlay.collections.get(collection)
        if changes is None:
            return [base[key] for key in in_base]
        changed = changes.index.get(member, {}).get(value, {})
        keys = [*(key for key in in_base if key not in changes.records), *changed]
        places = self._base.places.get(collection, {})
        keys.sort(key=lambda key: changes.places[key] if key in changes.places else places[key])
        found = (changes.records[key] if key in changes.records else base[key] for key in keys)
        return [record for record in found if record is not None]

    def _changes(self, collection: str) -> _Changes:
        if collection not in self._overlay.collections:
            size = len(self._base.records.get(collection, {}))
            self._overlay.collections[collection] = _Changes(next_place=size)
        return self._overlay.collections[collection]

    def _remember(self, changes: _Changes, collection: str, key: str) -> None:
        before = changes.records.get(key, _UNTOUCHED)
        self._undo.append((collection, key, before, changes.places.get(key)))

    def _set(self, changes: _Changes, collection: str, key: str, record: Record | None) -> None:
        before = changes.records.get(key)
        after = None if record is _UNTOUCHED else record
        for member in self._base.indexes.get(collection, {}):
            values = changes.index.setdefault(member, {})
            _unlist(values, before, member, key)
            _list(values, after, member, key)
        if record is _UNTOUCHED or (record is _DELETED and key not in self._base.records.get(collection, {})):
            changes.records.pop(key, None)
            changes.places.pop(key, None)
        else:
            changes.records[key] = record

    def _check_open(self) -> None:
        if not self.open:
            raise RuntimeError("the transaction has ended")


def _index(rows: Mapping[str, Record], member: str) -> dict[Any, tuple[str, ...]]:
    found: dict[Any, list[str]] = {}
    for key, record in rows.items():
        if _hashable(value := record.get(member)):
            found.setdefault(value, []).append(key)
    return {value: tuple(keys) for value, keys in found.items()}


def _list(values: dict[Any, dict[str, None]], record: Record | None, member: str, key: str) -> None:
    if record is not None and _hashable(value := record.get(member)):
        values.setdefault(value, {})[key] = None


def _unlist(values: dict[Any, dict[str, None]], record: Record | None, member: str, key: str) -> None:
    if record is None or not _hashable(value := record.get(member)) or value not in values:
        return
    values[value].pop(key, None)
    if not values[value]:
        del values[value]


def _hashable(value: Any) -> bool:
    """Arrays and objects cannot stand in an index; asking for them compares every record."""
    return not isinstance(value, (dict, list))


def _agrees(record: Record, where: Mapping[str, Any]) -> bool:
    return all(_same(record.get(member), value) for member, value in where.items())


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON: true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
