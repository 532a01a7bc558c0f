"""The admin API of a server with the shipped contracts, asked by the typed client in process; the server
judges every reply by its contract."""

from __future__ import annotations

from collections.abc import Iterator

import httpcore  # noqa: F401 - pytester forgets modules that a test run of its own imports first
import httpx
import pytest

import mock_server.yaml_text  # noqa: F401 - as httpcore
from mock_server.app import create_app
from mock_server.clock import from_rfc3339
from mock_server.settings import Settings
from mock_server.testing.client import Admin, WorldAdmin
from mock_server.testing.in_process import BASE_URL, transport

SETTINGS = Settings(strict_replies=True, start_time=from_rfc3339("2026-11-20T09:00:00Z"), max_worlds=8)
PROVIDERS = "/api-proxy/v1/admin/connector-providers"
AIMABLE = {"Authorization": "Bearer mock-aimable-admin"}


@pytest.fixture(scope="session")
def way() -> httpx.WSGITransport:
    """To a server in this process."""
    return transport(create_app(SETTINGS))


@pytest.fixture
def admin(way: httpx.WSGITransport) -> Iterator[Admin]:
    """That server with nothing but its default world."""
    with Admin(BASE_URL, transport=way) as admin:
        yield admin
        for world in admin.worlds()[1:]:
            admin.world(world["name"]).delete()
        for snapshot in admin.snapshots.list():
            admin.snapshots.delete(snapshot["name"])


@pytest.fixture
def mine(admin: Admin) -> WorldAdmin:
    """A fresh world on it."""
    return admin.create("mine")
