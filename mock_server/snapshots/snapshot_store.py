"""The snapshots of one server."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mock_server.snapshots.snapshot import Snapshot

MAX_SNAPSHOTS: Final = 100
"""The default maximum number of snapshots: each can contain a whole world."""


class SnapshotStoreFullError(Exception):
    """The maximum number of snapshots is reached."""


class SnapshotStore:
    """Snapshots by name, limited in number, safe to use from several threads."""

    def __init__(self, limit: int = MAX_SNAPSHOTS) -> None:
        self.limit = limit
        self._lock = Lock()
        self._snapshots: dict[str, Snapshot] = {}

    def __len__(self) -> int:
        return len(self._snapshots)

    def put(self, snapshot: Snapshot) -> bool:
        """Store a snapshot; returns whether it replaced one with the same name. Raises
        SnapshotStoreFullError."""
        with self._lock:
            exists = snapshot.name in self._snapshots
            if not exists and len(self._snapshots) >= self.limit:
                raise SnapshotStoreFullError(
                    f"This server has {self.limit} snapshots, its maximum: delete some, or start it with a "
                    "larger --max-snapshots."
                )
            self._snapshots[snapshot.name] = snapshot
            return exists

    def get(self, name: str) -> Snapshot | None:
        """The snapshot with this name, or None."""
        return self._snapshots.get(name)

    def list(self) -> tuple[Snapshot, ...]:
        """All snapshots, sorted by name."""
        with self._lock:
            return tuple(self._snapshots[name] for name in sorted(self._snapshots))

    def delete(self, name: str) -> bool:
        """Delete a snapshot; returns whether it existed."""
        with self._lock:
            return self._snapshots.pop(name, None) is not None
