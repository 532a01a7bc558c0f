"""Small contracts, played in process: what a test of the pipeline needs and nothing more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from mock_server.app import create_app
from mock_server.clock import from_rfc3339
from mock_server.settings import Settings

Play = Callable[..., Client]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Play a spec with its behaviour and fixture files (by path below the contract's folder), replies
    strict."""

    def start(
        spec: Mapping[str, Any],
        behaviour: Mapping[str, Any],
        fixtures: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> Client:
        name = behaviour["contract"]
        openapi, data = tmp_path / "openapi", tmp_path / "fixtures" / name
        openapi.mkdir(exist_ok=True)
        data.mkdir(parents=True, exist_ok=True)
        (openapi / f"{name}.yaml").write_text(json.dumps(spec))
        (openapi / f"{name}.behaviour.yaml").write_text(json.dumps(behaviour))
        for file, content in (fixtures or {}).items():
            (data / file).write_text(json.dumps(content))
        chosen: dict[str, Any] = {"strict_replies": True, "contracts": (name,), **settings}
        app = create_app(Settings(openapi=openapi, fixtures=tmp_path / "fixtures", **chosen))
        return app.test_client()

    return start


@pytest.fixture(scope="session")
def shipped() -> Flask:
    """The four shipped contracts with their fixtures, replies strict, the clock stepped."""
    return create_app(Settings(strict_replies=True, start_time=from_rfc3339("2026-11-20T09:00:00Z")))


@pytest.fixture
def mock(shipped: Flask) -> Client:
    """The shipped contracts with their state as new."""
    shipped.extensions["mock_server"].worlds.reset("default")
    return shipped.test_client()
