"""One transaction on a store in memory: it sees its own writes, and can take them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from mock_server.store.json_equality import same
from mock_server.store.overlay import DELETED, UNTOUCHED, Altered
from mock_server.store.protocol import Change
from mock_server.store.view import View

if TYPE_CHECKING:
    from mock_server.store.base import Base
    from mock_server.store.overlay import Overlay
    from mock_server.store.protocol import Record

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
        found = self._view.matching(collection, where or {})
        room = READS - len(self._reads)
        if room > 0:
            self._reads.update(((collection, key), None) for key, _ in found[:room])
        return iter([record for _, record in found])

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

    def _remembered(self, collection: str, key: str) -> Altered:
        """What is altered in the collection, to be written to: what stands under the key is kept for undo."""
        collections = self._overlay.collections
        if collection not in collections:
            collections[collection] = Altered(next_place=len(self._base.records.get(collection, {})))
        altered = collections[collection]
        self._written.append((collection, key, altered.records.get(key, UNTOUCHED), altered.places.get(key)))
        return altered

    def _write(self, altered: Altered, collection: str, key: str, record: Record | None) -> None:
        altered.write(
            key,
            record,
            in_base=key in self._base.records.get(collection, {}),
            indexed=self._base.indexes.get(collection, {}),
        )

    def _check_open(self) -> None:
        if self._outcome is not None:
            raise RuntimeError("the transaction has ended")
