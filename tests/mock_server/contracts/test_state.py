"""The state of every contract: a refused request changes nothing, a reset restores everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.mock_server.state import dump_state

from .conftest import Client

CONNECTORS = (
    "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
    "/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
)
CONNECTIONS = "/v1/customers/160c0c4b-9966-4dc1-a916-8407eb10d74e/connections"
DOCUMENTED = f"{CONNECTIONS}/d3547de1-d1f2-4344-b4c2-17169b7526f9"
STORED = {
    "name": "n",
    "authentication_implementation_id": 1,
    "timezone": "UTC",
    "date_format": "c",
    "rate_limit_unit": "day",
    "rate_limit_duration": 1,
}
UNKNOWN_VARIABLE = {"name": "changed", "variables": [{"key": "k", "label": "l"}, {"id": "999"}]}
GRANTED = {"instance_id": "497f6eca-6276-4993-bfeb-53cbbbba6f08", "capabilities": []}

WRITES = [
    (
        "aimable-admin",
        "POST",
        "/api-proxy/v1/admin/connector-providers/google-workspace/setup",
        {"client_id": "a", "client_secret": "b"},
    ),
    ("aimable-admin", "DELETE", "/api-proxy/v1/admin/connector-providers/google-workspace/setup", None),
    ("aimable-admin", "POST", CONNECTORS, {"provider_slug": "slack", "credential": {}}),
    ("aimable-admin", "POST", f"{CONNECTORS}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e/sync", None),
    (
        "aimable-admin",
        "PATCH",
        f"{CONNECTORS}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e",
        {"scope_config": {"x": [1]}},
    ),
    ("aimable-admin", "DELETE", f"{CONNECTORS}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e", None),
    ("hydracore-admin", "POST", CONNECTIONS, {"provider": "p", "name": "n", "credentials": {}}),
    ("hydracore-admin", "DELETE", DOCUMENTED, None),
    ("patchworks-admin", "POST", "/api/v1/connectors", {**STORED, "variables": [{"key": "k", "label": "l"}]}),
    ("patchworks-admin", "PUT", "/api/v1/connectors/1", {"connection_pool_id": None}),
    ("patchworks-admin", "DELETE", "/api/v1/connectors/7", None),
]
REFUSALS = [
    (
        "aimable-admin",
        "POST",
        "/api-proxy/v1/admin/connector-providers/google-workspace/setup",
        {"client_id": "a"},
        422,
    ),
    ("aimable-admin", "POST", CONNECTORS, {"provider_slug": "none", "credential": {}}, 422),
    ("aimable-read-only", "DELETE", f"{CONNECTORS}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e", None, 403),
    ("aimable-outsider", "DELETE", f"{CONNECTORS}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e", None, 403),
    (
        "hydracore-admin",
        "POST",
        CONNECTIONS,
        {"provider": "gmail", "name": "admin@iqm.com.au", "credentials": {}},
        409,
    ),
    ("hydracore-admin", "POST", f"{DOCUMENTED}/grants", GRANTED, 409),
    ("hydracore-other-tenant", "DELETE", DOCUMENTED, None, 404),
    ("patchworks-admin", "PUT", "/api/v1/connectors/2", UNKNOWN_VARIABLE, 422),
    (
        "patchworks-admin",
        "POST",
        "/api/v1/connectors",
        {**STORED, "certificate_id": "999", "variables": [{"key": "k", "label": "l"}]},
        422,
    ),
    ("patchworks-admin", "DELETE", "/api/v1/connectors/1", None, 409),
]


def send(client: Client, write: tuple[Any, ...]) -> int:
    credential, method, path, body = write[:4]
    return client.as_(f"mock-{credential}").send(method, path, body, idempotency_key="key").status


@pytest.fixture
def client(connect: Callable[[str, str], Client]) -> Client:
    return connect("", "")


def test_a_reset_brings_back_exactly_the_first_state(client: Client) -> None:
    store = client.engine.world().store
    first = dump_state(store)
    assert [status for write in WRITES if (status := send(client, write)) >= 300] == []
    assert dump_state(store) != first
    store.reset()
    assert dump_state(store) == first


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: f"{refusal[1]} {refusal[4]} {refusal[0]}")
def test_a_refused_request_changes_nothing(client: Client, refusal: tuple[Any, ...]) -> None:
    before = dump_state(client.engine.world().store)
    assert send(client, refusal) == refusal[4]
    assert dump_state(client.engine.world().store) == before


def test_equal_sessions_are_answered_byte_for_byte_alike(client: Client) -> None:
    from mock_server.app import build_engine
    from mock_server.settings import Settings

    from .conftest import START

    def session() -> list[Any]:
        fresh = Client(build_engine(Settings(start_time=START, strict_replies=True)))
        for write in WRITES[:5]:
            send(fresh, write)
        admin = fresh.as_("mock-aimable-admin")
        return [
            admin.get(CONNECTORS).body,
            admin.get(f"{CONNECTORS}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e/sync").body,
        ]

    assert session() == session()
