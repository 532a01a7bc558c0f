"""Who is let in, by which credential."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from mock_server.app import create_app
from mock_server.settings import Settings

PROVIDERS = "/api-proxy/v1/admin/connector-providers"
FETCH = "/internal/v1/instances/497f6eca-6276-4993-bfeb-53cbbbba6f08/connections?provider=gmail"
KEY, TOKEN = "mock-aimable-admin-key", "Bearer mock-aimable-admin"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "mock-aimable-admin"}, 401),
        ({"Authorization": "Basic mock-aimable-admin"}, 401),
        ({"Authorization": "Bearer nobody"}, 401),
        ({"Authorization": f"Bearer {KEY}"}, 401),
        ({"X-API-Key": "mock-aimable-admin"}, 401),
        ({"Authorization": "Bearer mock-aimable-expired"}, 401),
        ({"X-API-Key": "mock-aimable-expired-key"}, 401),
        ({"Authorization": "Bearer mock-aimable-member"}, 403),
        ({"Authorization": TOKEN}, 200),
        ({"Authorization": TOKEN.replace("Bearer", "bearer")}, 200),
        ({"X-API-Key": KEY}, 200),
        ({"Authorization": TOKEN, "X-API-Key": "nobody"}, 200),
        ({"Authorization": "Bearer nobody", "X-API-Key": KEY}, 401),
    ],
)
def test_the_bearer_counts_before_the_key(mock: Client, headers: dict[str, str], status: int) -> None:
    answer = mock.get(PROVIDERS, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.get_json() == {"detail": "Not authenticated"}


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("mock-patchworks-manager-key", 200),
        ("Bearer mock-patchworks-manager-key", 200),
        ("Bearer mock-patchworks-admin", 200),
        ("mock-patchworks-admin", 401),
        ("Bearer nobody", 401),
    ],
)
def test_a_raw_key_may_ride_with_or_without_bearer(mock: Client, header: str, status: int) -> None:
    answer = mock.get("/api/v1/connectors", headers={"Authorization": header})
    assert answer.status_code == status
    if status == 401:
        assert answer.get_json() == {"message": "Unauthenticated."}


@pytest.mark.parametrize(
    ("credential", "status"),
    [
        ("mock-proxy-key-1", 200),
        ("mock-proxy-key-2", 401),
        ("mock-hydracore-admin", 401),
        ("mock-hydracore-admin-key", 401),
    ],
)
def test_only_the_instances_own_proxy_key_fetches(mock: Client, credential: str, status: int) -> None:
    answer = mock.get(FETCH, headers={"Authorization": f"Bearer {credential}"})
    assert answer.status_code == status


@pytest.mark.parametrize(("headers", "status"), [({}, 200), ({"X-API-Key": "mock-platform-admin-key"}, 200)])
def test_an_optional_key_may_be_left_out(mock: Client, headers: dict[str, str], status: int) -> None:
    assert mock.get("/v1/admin/connector-providers", headers=headers).status_code == status


def test_auth_any_lets_everybody_do_everything() -> None:
    mock = create_app(Settings(auth="any", strict_replies=True)).test_client()
    for headers in ({}, {"Authorization": "Bearer mock-aimable-expired"}, {"Authorization": "nonsense"}):
        assert mock.get(PROVIDERS, headers=headers).status_code == 200
        assert mock.get(FETCH, headers=headers).status_code == 200
        assert mock.delete("/api/v1/connectors/39", headers=headers).status_code in {200, 404}
