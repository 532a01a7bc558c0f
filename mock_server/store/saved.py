"""A state that stays as it was: what a store had on its base at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mock_server.store.base import Base
from mock_server.store.overlay import DELETED, Overlay
from mock_server.store.protocol import Dropped
from mock_server.store.transaction import MemoryTransaction
from mock_server.store.view import View

if TYPE_CHECKING:
    from mock_server.store.protocol import Keep, Record


@dataclass(frozen=True, slots=True)
class Saved:
    """A base and what had been written on it, never changed afterwards: it may be read from any thread."""

    base: Base
    overlay: Overlay = field(default_factory=Overlay)

    @property
    def collections(self) -> list[str]:
        """The names of the collections that have had a record, sorted."""
        return self._view.names()

    @property
    def sequences(self) -> dict[str, int]:
        """The last number of every sequence, sorted by name."""
        return self._view.sequences()

    def get(self, collection: str, key: str) -> Record | None:
        """The record with this key, or None."""
        return self._view.record(collection, key)

    def items(self, collection: str) -> Iterator[tuple[str, Record]]:
        """Keys and records in the order they were created."""
        return self._view.items(collection)

    def written(self, collection: str) -> list[str]:
        """The keys under which something other than the base's own record may stand."""
        altered = self.overlay.collections.get(collection)
        return [] if altered is None else list(altered.records)

    def rebased(self, base: Base, keep: Keep) -> tuple[Saved, list[Dropped]]:
        """The same state on another base, as Store.rebase promises.

        The records of a base that is the world's own go through keep like those written since.
        """
        dropped: list[Dropped] = []
        if self.base.own:
            return self._sifted(base, keep, dropped), dropped
        overlay = Overlay()
        work = MemoryTransaction(base, overlay)
        for collection, altered in self.overlay.collections.items():
            places = {**self.base.places.get(collection, {}), **altered.places}
            for key in sorted(altered.records, key=places.__getitem__):
                record = altered.records[key]
                reason = None if record is DELETED else keep(collection, key, record)
                if reason is not None:
                    dropped.append(Dropped(collection, key, reason))
                    continue
                if (record is DELETED or key in altered.places) and work.get(collection, key) is not None:
                    work.delete(collection, key)
                if record is not DELETED:
                    work.put(collection, key, record)
        for sequence, number in self.overlay.sequences.items():
            overlay.sequences[sequence] = max(number, base.sequences.get(sequence, 0))
        return Saved(base, overlay), dropped

    def _sifted(self, base: Base, keep: Keep, dropped: list[Dropped]) -> Saved:
        rows: dict[str, dict[str, Record]] = {}
        for collection in self.collections:
            rows[collection] = {}
            for key, record in self.items(collection):
                reason = keep(collection, key, record)
                if reason is None:
                    rows[collection][key] = record
                else:
                    dropped.append(Dropped(collection, key, reason))
        return Saved(Base.build(rows, indexed=base.indexed, sequences=self.sequences, own=True))

    @property
    def _view(self) -> View:
        return View(self.base, self.overlay)
