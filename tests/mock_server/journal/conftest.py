"""The shipped contracts, with a recorder at the end of every exchange."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

import mock_server.engine
from mock_server.app import build_engine
from mock_server.engine import Engine
from mock_server.journal.entry import Entry
from mock_server.messages import Request, Response
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.record import Recorder
from mock_server.settings import Settings

STARTED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Recorded:
    """A server whose exchanges are recorded; `last` is the newest of them."""

    engine: Engine
    recorder: Recorder
    entries: list[Entry] = field(default_factory=list)

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
        return self.entries[-1]

    def after(self, exchange: Exchange, response: Response) -> Response:
        """The last step: record."""
        self.entries.append(self.recorder.record(exchange, response, duration=0.0015, started=STARTED))
        return response


@pytest.fixture(scope="module")
def recorded() -> Iterator[Recorded]:
    engine = build_engine(Settings())
    server = Recorded(engine, Recorder(engine.parts))
    with pytest.MonkeyPatch.context() as patch:
        steps = (*getattr(mock_server.engine, "AFTER"), server.after)  # noqa: B009 - it is not exported
        patch.setattr(mock_server.engine, "AFTER", steps)
        yield server
