"""What differs from a base: the only thing a store ever writes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mock_server.store.base import hashable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mock_server.store.protocol import Record

DELETED: Final = None
UNTOUCHED: Final[dict[str, Any]] = {}
"""Stands for "as the base has it" where a change is put back; told apart by identity."""


@dataclass(slots=True)
class Altered:
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

    def copy(self) -> Altered:
        """One that goes its own way; the records themselves are shared."""
        index = {
            member: {value: dict(keys) for value, keys in values.items()}
            for member, values in self.index.items()
        }
        return Altered(self.next_place, dict(self.records), dict(self.places), index)


@dataclass(slots=True)
class Overlay:
    """Everything that differs from the base: records by collection, and the sequences that went on."""

    collections: dict[str, Altered] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Overlay:
        """One that goes its own way. Costs what is in it, whatever the base holds."""
        return Overlay({name: one.copy() for name, one in self.collections.items()}, dict(self.sequences))


def _list(values: dict[Any, dict[str, None]], record: Record | None, member: str, key: str) -> None:
    if record is not None and hashable(value := record.get(member)):
        values.setdefault(value, {})[key] = None


def _unlist(values: dict[Any, dict[str, None]], record: Record | None, member: str, key: str) -> None:
    if record is None or not hashable(value := record.get(member)) or value not in values:
        return
    values[value].pop(key, None)
    if not values[value]:
        del values[value]
