"""Records, and the frozen and indexed ones a store begins with, which many stores may share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

Record = Mapping[str, Any]
"""A JSON object. Records read from a store are shared: never changed in place, always replaced."""


@dataclass(frozen=True, slots=True)
class Base:
    """Records that never change after it is built.

    records: collection → key → record, in order. indexes: collection → member → value → keys, for the members
    whose equality is asked for often. places: collection → key → its number in the order. sequences: the last
    number each named sequence has handed out. own: the records belong to one world (it was read from a text),
    not to a scenario; they go with the world when that is laid on another base.
    """

    records: Mapping[str, Mapping[str, Record]] = field(default_factory=dict)
    indexes: Mapping[str, Mapping[str, Mapping[Any, tuple[str, ...]]]] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    sequences: Mapping[str, int] = field(default_factory=dict)
    own: bool = False

    @classmethod
    def build(
        cls,
        records: Mapping[str, Mapping[str, Record]],
        *,
        indexed: Mapping[str, Iterable[str]] | None = None,
        sequences: Mapping[str, int] | None = None,
        own: bool = False,
    ) -> Base:
        """Records with an index for each named member of each named collection."""
        members = {name: tuple(indexed[name]) for name in indexed} if indexed else {}
        return cls(
            records={name: MappingProxyType(dict(rows)) for name, rows in records.items()},
            indexes={
                name: {member: _index(records.get(name, {}), member) for member in members[name]}
                for name in members
            },
            places={name: {key: place for place, key in enumerate(rows)} for name, rows in records.items()},
            sequences=dict(sequences or {}),
            own=own,
        )

    @property
    def indexed(self) -> dict[str, tuple[str, ...]]:
        """The members it keeps an index for, by collection."""
        return {name: tuple(members) for name, members in self.indexes.items()}


def hashable(value: Any) -> bool:
    """Arrays and objects cannot stand in an index; asking for them compares every record."""
    return not isinstance(value, (dict, list))


def _index(rows: Mapping[str, Record], member: str) -> dict[Any, tuple[str, ...]]:
    keys_by_value: dict[Any, list[str]] = {}
    for key, record in rows.items():
        if hashable(value := record.get(member)):
            keys_by_value.setdefault(value, []).append(key)
    return {value: tuple(keys) for value, keys in keys_by_value.items()}
