"""Records, and the immutable, indexed set of records that many stores may share as their base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

Record = Mapping[str, Any]
"""A JSON object. Records read from a store are shared: replace them, never change them in place."""


@dataclass(frozen=True, slots=True)
class Base:
    """An immutable set of records.

    records: collection → key → record, in the order of creation. indexes: collection → member → value → keys,
    for members that are often searched by equality. places: collection → key → position in the order.
    sequences: the last number that each named sequence returned. own: whether the records belong to one world
    (restored from a serialized snapshot) instead of a scenario; such records move along when the world gets
    another base.
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
        """A base with these records. indexed: collection → members to index."""
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
        """Collection → indexed members."""
        return {name: tuple(members) for name, members in self.indexes.items()}


def hashable(value: Any) -> bool:
    """Whether a JSON value can be indexed. Searching for a list or an object compares every record."""
    return not isinstance(value, (dict, list))


def _index(rows: Mapping[str, Record], member: str) -> dict[Any, tuple[str, ...]]:
    keys_by_value: dict[Any, list[str]] = {}
    for key, record in rows.items():
        if hashable(value := record.get(member)):
            keys_by_value.setdefault(value, []).append(key)
    return {value: tuple(keys) for value, keys in keys_by_value.items()}
