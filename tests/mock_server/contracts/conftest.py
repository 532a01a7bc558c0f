"""The four contracts as they are shipped, played without a web server; every reply must fit its contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest

from mock_server.app import build_engine
from mock_server.engine import Engine
from mock_server.messages import Request
from mock_server.settings import Settings

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """A response with its body read."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def data(self) -> Any:
        """The value of `data` in the body."""
        return self.body["data"]


@dataclass
class Client:
    """Sends requests to an engine as one caller. Each request is a second later than the one before."""

    engine: Engine
    base: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def as_(self, credential: str, *, header: str = "authorization", scheme: str = "Bearer ") -> Client:
        """The same server, another caller."""
        return Client(self.engine, self.base, {header: scheme + credential})

    def under(self, path: str) -> Client:
        """The same caller, below a path."""
        return Client(self.engine, self.base + path, self.headers)

    def send(
        self, method: str, path: str = "", body: Any = None, *, query: Any = (), **headers: str
    ) -> Answer:
        """One exchange. Keyword arguments are headers, with underscores for hyphens."""
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        raw = b""
        if body is not None:
            raw, sent["content-type"] = json.dumps(body).encode(), "application/json"
        request = Request(method, self.base + path, urlencode(query), sent, raw)
        response = self.engine.handle(request)
        parsed = json.loads(response.body) if response.body else None
        return Answer(response.status, dict(response.headers), parsed)

    def get(self, path: str = "", **query: Any) -> Answer:
        """GET with query parameters."""
        return self.send("GET", path, query=query)


@cache
def _engine() -> Engine:
    return build_engine(Settings(start_time=START, strict_replies=True))


@pytest.fixture
def engine() -> Engine:
    """A server in its first state."""
    engine = _engine()
    engine.worlds.reset("default")
    return engine


@pytest.fixture
def connect(engine: Engine) -> Callable[[str, str], Client]:
    """A client for a path prefix and a bearer credential."""
    return lambda base, credential: Client(engine, base).as_(credential)
