"""What the admin API steers: one server with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mock_server.engine import Engine
from mock_server.journal.citations import Citations
from mock_server.reloading.reloader import Reloader
from mock_server.settings import Settings
from mock_server.snapshots.snapshot_store import SnapshotStore


@dataclass(frozen=True, slots=True)
class AdminContext:
    """One server. reloader: reads its files again. citations: what its contracts rest on, read when somebody
    asks. snapshots: the saved worlds."""

    engine: Engine
    settings: Settings
    reloader: Reloader[Any]
    citations: Citations
    snapshots: SnapshotStore = field(default_factory=SnapshotStore)
