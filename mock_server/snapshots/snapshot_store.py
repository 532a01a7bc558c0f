"""The snapshots one server holds."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mock_server.snapshots.snapshot import Snapshot

MAX_SNAPSHOTS: Final = 100
"""How many snapshots are kept at once: each may hold a whole world."""


class SnapshotStoreFullError(Exception):
    """There is no room for another snapshot."""


class SnapshotStore:
    """Snapshots by name, a bounded number, safe to use from many threads."""

    def __init__(self, limit: int = MAX_SNAPSHOTS) -> None:
        self.limit = limit
        self._lock = Lock()
        self._kept: dict[str, Snapshot] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, snapshot: Snapshot) -> bool:
        """Keep a snapshot, in place of one of the same name; whether there was one. Raises ShelfFullError."""
        with self._lock:
            there = snapshot.name in self._kept
            if not there and len(self._kept) >= self.limit:
                raise SnapshotStoreFullError(
                    f"There are {self.limit} snapshots, as many as this server keeps: delete one first."
                )
            self._kept[snapshot.name] = snapshot
            return there

    def get(self, name: str) -> Snapshot | None:
        """The snapshot of this name, None where there is none."""
        return self._kept.get(name)

    def list(self) -> tuple[Snapshot, ...]:
        """Every snapshot, by name."""
        with self._lock:
            return tuple(self._kept[name] for name in sorted(self._kept))

    def delete(self, name: str) -> bool:
        """Forget a snapshot; whether there was one."""
        with self._lock:
            return self._kept.pop(name, None) is not None
