"""The admin API of a server with the shipped contracts, called in process, with strict replies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mock_server.admin.api import AdminApi
from mock_server.admin.guard import Guard
from mock_server.app import admin_context, build_engine
from mock_server.clock import from_rfc3339
from mock_server.engine import Engine
from mock_server.messages import Request, Response
from mock_server.settings import Settings

SETTINGS = Settings(strict_replies=True, start_time=from_rfc3339("2026-11-20T09:00:00Z"), max_worlds=4)
AIMABLE = {"authorization": "Bearer mock-aimable-admin"}


@dataclass(frozen=True)
class Told:
    """What was answered."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def body(self) -> Any:
        return json.loads(self.response.body)

    @property
    def detail(self) -> str:
        return str(self.body["detail"])


@dataclass(frozen=True)
class Admin:
    """One server and its admin API."""

    engine: Engine
    admin_api: AdminApi

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Told:
        """Ask: "/worlds?x=1" below /__admin, the body as JSON where there is one."""
        where, _, query = path.partition("?")
        if body is not None:
            headers = {"content_type": "application/json", **headers}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = body if isinstance(body, bytes) else _json(body)
        return Told(self.admin_api.handle(Request(method, f"/__admin{where}", query, named, sent)))

    def client(self, world: str, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """Ask a contract in a world, as a client does."""
        sent = _json(body)
        named = {"content-type": "application/json", **headers}
        return self.engine.handle(Request(method, path, "", named, sent, world=world))


def _json(body: Any) -> bytes:
    """The bytes of a JSON body; none for None."""
    return b"" if body is None else json.dumps(body).encode()


@pytest.fixture(scope="session")
def served() -> Admin:
    """The server all tests share."""
    engine = build_engine(SETTINGS)
    return Admin(engine, AdminApi(admin_context(engine, SETTINGS), Guard()))


@pytest.fixture
def admin(served: Admin) -> Iterator[Admin]:
    """The same with a world called `mine` beside the default one, and nothing else."""
    _clean(served)
    served("POST", "/worlds", {"name": "mine"})
    yield served
    _clean(served)


def _clean(served: Admin) -> None:
    for world in served("GET", "/worlds").body["items"]:
        served("DELETE", f"/worlds/{world['name']}")
    for snapshot in served("GET", "/snapshots").body["items"]:
        served("DELETE", f"/snapshots/{snapshot['name']}")
    served("POST", "/reset")
