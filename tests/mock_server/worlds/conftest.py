"""A server whose worlds begin at a moment that stays, asked in process by clients and administrators."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.world_model import SCENARIO, Answer, Ask
from mock_server.admin.api import AdminApi
from mock_server.admin.guard import Guard
from mock_server.app import admin_context, build_engine
from mock_server.engine import Engine
from mock_server.messages import Request, Response
from mock_server.settings import Settings


@dataclass(frozen=True)
class Server:
    """One server and its admin API."""

    engine: Engine
    admin_api: AdminApi

    def send(
        self, world: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """One exchange in a world."""
        where, _, query = path.partition("?")
        named = {name.lower(): value for name, value in (headers or {}).items()}
        sent = b"" if body is None else json.dumps(body).encode()
        if sent:
            named["content-type"] = "application/json"
        return self.engine.handle(Request(method, where, query, named, sent, world=world))

    def ask(self, world: str) -> Ask:
        """How a visitor asks this world."""

        def ask(method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
            response = self.send(world, method, path, body, headers)
            answered, _, number = response.headers["X-Mock-Request-Id"].rpartition(".")
            said = json.loads(response.body) if response.body else None
            return Answer(response.status, answered, int(number), said)

        return ask

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """An admin call that has to succeed."""
        where, _, query = path.partition("?")
        headers = {} if body is None else {"content-type": "application/json"}
        sent = b"" if body is None else json.dumps(body).encode()
        response = self.admin_api.handle(Request(method, f"/__admin{where}", query, headers, sent))
        assert response.status < 300, (method, path, response.body)
        return json.loads(response.body) if response.body else None

    def clean(self) -> None:
        """Nothing but the default world as it begins."""
        worlds = self.engine.worlds
        for world in worlds.known()[1:]:
            worlds.remove(world.name)
        worlds.reset("default")
        for snapshot in self.admin_api.context.snapshots.list():
            self.admin_api.context.snapshots.delete(snapshot.name)


def started(folder: Path, *, text: str = SCENARIO, **changes: Any) -> Server:
    """A server whose worlds begin with this scenario."""
    scenario = folder / "at-noon.yaml"
    scenario.write_text(text)
    settings = Settings(strict_replies=True, scenario=str(scenario), **changes)
    engine = build_engine(settings)
    return Server(engine, AdminApi(admin_context(engine, settings), Guard()))


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The server all tests share."""
    return started(tmp_path_factory.mktemp("scenarios"))


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """The same with the default world alone, as it begins."""
    running.clean()
    yield running
    running.clean()
