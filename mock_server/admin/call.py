"""What an admin handler is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mock_server.handlers.registry import Reply

if TYPE_CHECKING:
    from mock_server.admin.context import AdminContext
    from mock_server.messages import Request
    from mock_server.pipeline.context import MountedContract
    from mock_server.redaction import Secrets
    from mock_server.worlds.world import World


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
    def world(self) -> World:
        """The world that the path names. Raises WorldError (missing)."""
        return self.context.engine.worlds.get(self.path["world"])

    @property
    def contracts(self) -> Mapping[str, MountedContract]:
        """The contracts of the server, by name."""
        return self.context.engine.context.contracts

    @property
    def secrets(self) -> Secrets:
        """Which members of the server's records are secret."""
        return self.context.engine.worlds.webhook_config.catalog.secrets


Handler = Callable[[AdminCall], Reply]
"""Answers one operation of the admin API. May raise ApiError, or one of the errors that `refusals` knows."""
