"""What admin handlers are given, and the form of the lists they answer with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mock_server.handlers.registry import Reply
from mock_server.snapshots.snapshot_store import SnapshotStore

if TYPE_CHECKING:
    from mock_server.engine import Engine
    from mock_server.journal.citations import Citations
    from mock_server.journal.journal import JournalWait
    from mock_server.messages import Request
    from mock_server.pipeline.mounted_contracts import MountedContract
    from mock_server.redaction import Secrets
    from mock_server.reloading.reloader import Reloader
    from mock_server.settings import Settings
    from mock_server.worlds.world import World
    from mock_server.worlds.worlds import Worlds


@dataclass(frozen=True, slots=True)
class AdminContext:
    """What the admin API controls: one server.

    reloader: reads its files again. citations: the facts its contracts rest on, read when first needed.
    """

    engine: Engine
    settings: Settings
    reloader: Reloader[Any]
    citations: Citations
    snapshots: SnapshotStore = field(default_factory=SnapshotStore)


@dataclass(frozen=True, slots=True)
class AdminCall:
    """A valid admin request.

    path, query: declared parameters, coerced, with defaults. body: the parsed JSON, or None.
    """

    context: AdminContext
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any
    request: Request

    @property
    def worlds(self) -> Worlds:
        """The worlds of the server."""
        return self.context.engine.worlds

    @property
    def world(self) -> World:
        """The world that the path names. Raises WorldError (missing)."""
        return self.worlds.get(self.path["world"])

    @property
    def contracts(self) -> Mapping[str, MountedContract]:
        """The contracts of the server, by name."""
        return self.context.engine.context.contracts

    @property
    def secrets(self) -> Secrets:
        """Which members of the server's records are secret."""
        return self.worlds.webhook_config.catalog.secrets


@dataclass(frozen=True, slots=True)
class AwaitedReply(Reply):
    """A reply that is not final until a wait is over. data: as it is now.

    begun: what is waited for. timeout: in seconds. final: the final data, by the number of exchanges seen.
    release: to be called at the end of the wait.
    """

    begun: JournalWait = field(kw_only=True)
    timeout: float = field(kw_only=True)
    final: Callable[[int], Any] = field(kw_only=True)
    release: Callable[[], None] = field(kw_only=True)


Handler = Callable[[AdminCall], Reply]
"""Answers one operation of the admin API. May raise ApiError, or one of the errors that `refusals` knows."""


def listed(items: Iterable[Any], *, total: int | None = None) -> Reply:
    """A list in the form that all lists of the admin API have.

    total: how many items there are, where these are not all.
    """
    page = list(items)
    return Reply({"items": page, "total": len(page) if total is None else total})
