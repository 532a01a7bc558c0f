"""A mock server for one of the specs beside these tests, called without a network; it checks its own
replies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mock_server.app import build_engine
from mock_server.engine import Engine
from mock_server.messages import Request, Response
from mock_server.settings import Settings

SPECS = Path(__file__).parent / "specs"


@dataclass(frozen=True)
class Client:
    """Sends requests to an engine."""

    engine: Engine
    prefix: str
    headers: dict[str, str]

    def ask(
        self, method: str, path: str, body: Any = None, *, query: str = "", **headers: str
    ) -> tuple[Response, Any]:
        """Return the response and its JSON body. body: bytes are sent unchanged, anything else as JSON."""
        sent = dict(self.headers) | {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            sent.setdefault("content-type", "application/json")
            body = json.dumps(body).encode()
        request = Request(method, self.prefix + path, query=query, headers=sent, body=body or b"")
        response = self.engine.handle(request)
        kind = response.headers.get("Content-Type", "")
        return response, json.loads(response.body) if "json" in kind else response.body


@pytest.fixture
def play() -> Callable[..., Client]:
    """Builds a client for a spec: a name in the folder of specs, or a path."""

    def build(
        spec: str | Path, *, credentials: tuple[str, ...] = (), strict_spec: bool = False, **headers: str
    ) -> Client:
        path = SPECS / f"{spec}.yaml" if isinstance(spec, str) else spec
        settings = Settings(
            contracts=(), specs=(path,), credentials=credentials, strict_spec=strict_spec, strict_replies=True
        )
        engine = build_engine(settings)
        contract = next(iter(engine.context.contracts.values())).contract
        return Client(
            engine,
            contract.prefix,
            {"authorization": "Bearer somebody"}
            | {name.replace("_", "-"): text for name, text in headers.items()},
        )

    return build
