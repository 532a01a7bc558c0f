"""Reading a base with an overlay on it, as if it were one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mock_server.store.base import hashable
from mock_server.store.json_equality import same

if TYPE_CHECKING:
    from mock_server.store.base import Base
    from mock_server.store.overlay import Overlay
    from mock_server.store.protocol import Record


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
