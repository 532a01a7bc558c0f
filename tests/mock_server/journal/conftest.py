"""The shipped contracts, every exchange of which ends in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from mock_server.app import build_engine
from mock_server.engine import Engine
from mock_server.journal.entry import Entry
from mock_server.messages import Request
from mock_server.settings import Settings


@dataclass(frozen=True, slots=True)
class Recorded:
    """A server played in process."""

    engine: Engine

    def send(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Entry:
        """Play one request and give its entry."""
        self.engine.handle(Request(method, path, query, dict(headers or {}), body))
        return self.engine.world().journal.find(limit=1)[0]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    return Recorded(build_engine(Settings()))
