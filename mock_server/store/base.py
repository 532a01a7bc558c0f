"""Records, and the immutable, indexed set of records that many stores may share as their base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mock_server.store.index import MAX_INDEXES, Groups, Index
from mock_server.store.record import Record


@dataclass(frozen=True, slots=True)
class Base:
    """An immutable set of records.

    records: collection → key → record, in the order of creation. sequences: the last number that each named
    sequence returned. own: whether the records belong to one world (restored from a serialized snapshot)
    instead of a scenario; such records move along when the world gets another base. version: stands for this
    very content.
    """

    records: Mapping[str, Mapping[str, Record]] = field(default_factory=dict)
    sequences: Mapping[str, int] = field(default_factory=dict)
    own: bool = False
    version: object = field(default_factory=object, repr=False, compare=False)
    # Both are built when they are first needed, once for all worlds.
    _indexes: dict[str, dict[Index, Groups]] = field(default_factory=dict, repr=False, compare=False)
    _places: dict[str, Mapping[str, int]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def build(
        cls,
        records: Mapping[str, Mapping[str, Record]],
        *,
        sequences: Mapping[str, int] | None = None,
        own: bool = False,
    ) -> Base:
        """A base with these records."""
        return cls(
            records={name: MappingProxyType(dict(rows)) for name, rows in records.items()},
            sequences=dict(sequences or {}),
            own=own,
        )

    @property
    def size(self) -> int:
        """The number of records."""
        return sum(map(len, self.records.values()))

    def groups(self, collection: str, index: Index) -> Groups:
        """The groups of an index. Building it at first use takes time in proportion to the records."""
        kept = self._indexes.get(collection)
        groups = None if kept is None else kept.get(index)
        if groups is not None:
            return groups
        groups = index.build(self.rows(collection))
        kept = self._indexes.setdefault(collection, {})
        if len(kept) < MAX_INDEXES:
            kept[index] = groups
        return groups

    def rows(self, collection: str) -> Iterator[tuple[str, int, Record]]:
        """Key, place and record of every record, in the order of creation."""
        rows = self.records.get(collection, {})
        return ((key, place, record) for place, (key, record) in enumerate(rows.items()))

    def place(self, collection: str, key: str) -> int:
        """The position of a record in the order of creation. Raises KeyError."""
        places = self._places.get(collection)
        if places is None:
            places = {key: place for place, key in enumerate(self.records.get(collection, {}))}
            self._places[collection] = places
        return places[key]
