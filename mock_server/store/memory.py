"""A store in memory: a frozen base that many may share, and an overlay with what has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from mock_server.store.base import Base
from mock_server.store.overlay import Overlay
from mock_server.store.saved import Saved
from mock_server.store.transaction import MemoryTransaction

if TYPE_CHECKING:
    from mock_server.store.protocol import Dropped, Keep, Transaction


class MemoryStore:
    """The whole state of one world in memory.

    A reset forgets the overlay, so it costs the same whatever lies below. Transactions run one after the
    other, readers included: a request sees the state as it is between two others.
    """

    def __init__(self, base: Base | None = None) -> None:
        self._base = base or Base()
        self._lock = Lock()
        self._overlay = Overlay()

    @property
    def base(self) -> Base:
        return self._base

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin; commit when the block ends, undo everything when it raises."""
        with self._lock:
            work = MemoryTransaction(self._base, self._overlay)
            try:
                yield work
            except BaseException:
                work.undo()
                raise
            work.commit()

    def reset(self, base: Base | None = None) -> None:
        """Back to the base, or to another one."""
        with self._lock:
            self._base, self._overlay = base or self._base, Overlay()

    def save(self) -> Saved:
        """The state as it is now, for good."""
        with self._lock:
            return Saved(self._base, self._overlay.copy())

    def restore(self, saved: Saved) -> None:
        """Back to a saved state; its base becomes this store's."""
        overlay = saved.overlay.copy()
        with self._lock:
            self._base, self._overlay = saved.base, overlay

    def fork(self) -> MemoryStore:
        """A store that begins with the same state and goes its own way."""
        other = MemoryStore()
        other.restore(self.save())
        return other

    def rebase(self, base: Base, keep: Keep) -> list[Dropped]:
        """Lay the state on another base; returns the records that keep gave a reason against."""
        with self._lock:
            saved, dropped = Saved(self._base, self._overlay).rebased(base, keep)
            self._base, self._overlay = saved.base, saved.overlay
        return dropped

    def dump(self) -> dict[str, Any]:
        """Every record by collection and key, in order of creation, and every sequence."""
        saved = self.save()
        kept = {name: dict(saved.items(name)) for name in saved.collections}
        return {
            "collections": {name: rows for name, rows in kept.items() if rows},
            "sequences": saved.sequences,
        }


__all__ = ["Base", "MemoryStore", "Saved"]
