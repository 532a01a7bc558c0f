"""Scenarios of the four shipped contracts, and servers whose worlds begin with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mock_server.app import build_engine
from mock_server.clock import ClockState, from_rfc3339
from mock_server.engine import Engine
from mock_server.messages import Request, Response
from mock_server.pipeline.mounted_contracts import ServerContext
from mock_server.scenarios.context import ScenarioContext
from mock_server.scenarios.scenarios import Scenarios
from mock_server.seeded_random import SeededRandom
from mock_server.settings import Settings
from mock_server.webhooks.webhooks import WebhookConfig
from mock_server.worlds.worlds import Beginnings, Worlds

SETTINGS = Settings(strict_replies=True)
SHIPPED = SETTINGS.fixtures / "scenarios"
FROZEN = ClockState("frozen", from_rfc3339("2026-11-20T12:00:00Z"))


@cache
def server_context() -> ServerContext:
    """The four contracts, ready to be played."""
    return build_engine(SETTINGS).context


def played(*names: str, scale: int = 0) -> ScenarioContext:
    """Those contracts, or all of them, as scenarios see them."""
    contracts = {name: one for name, one in server_context().contracts.items() if not names or name in names}
    return ScenarioContext(
        {name: one.contract for name, one in contracts.items()},
        {name: one.behaviours for name, one in contracts.items()},
        {name: one.principals for name, one in contracts.items()},
        SETTINGS.fixtures,
        scale=scale,
    )


@cache
def shipped() -> Scenarios:
    """The scenarios that come with the package."""
    return Scenarios([SHIPPED], played(), rng=SeededRandom(0))


@dataclass(frozen=True)
class Visitor:
    """Asks a server whose worlds all begin with one scenario, each request in the same frozen moment."""

    engine: Engine
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_(self, credential: str) -> Visitor:
        """The same server, asked with a bearer credential."""
        return Visitor(self.engine, {"authorization": f"Bearer {credential}"})

    def send(self, method: str, url: str, body: Any = None) -> Response:
        """One exchange."""
        address = urlsplit(url)
        headers = {**self.headers, "content-type": "application/json", "idempotency-key": url}
        raw = b"" if body is None else json.dumps(body).encode()
        return self.engine.handle(Request(method, address.path, address.query, headers, raw))

    def get(self, url: str) -> Any:
        """The body of a GET that succeeds."""
        response = self.send("GET", url)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def status(self, url: str) -> int:
        """The status of a GET."""
        return self.send("GET", url).status


def visit(name: str, scenarios: Scenarios | None = None, *, auth: str = "roles") -> Visitor:
    """A new server in this scenario. auth: as in the settings."""
    worlds = Worlds(
        scenarios or shipped(), Beginnings(name, clock=FROZEN), WebhookConfig(()), limit=10, idle=1000
    )
    return Visitor(Engine(replace(server_context(), auth=auth), worlds))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a team's scenario file; the path is relative to a folder of its own."""

    def written(path: str, **document: Any) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"scenario": file.stem, **document}))
        return file

    return written


@pytest.fixture
def own(tmp_path: Path) -> Scenarios:
    """Scenarios of the team's folder and, behind it, the shipped ones."""
    return Scenarios([tmp_path, SHIPPED], played(), rng=SeededRandom(0))
