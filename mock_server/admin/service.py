"""What the admin API steers: one server with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from mock_server.engine import Engine
from mock_server.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """One server."""

    engine: Engine
    settings: Settings
