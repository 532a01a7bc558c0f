"""A page of any origin may call the contracts, and none the admin API."""

from __future__ import annotations

from werkzeug.test import Client

from mock_server.app import create_app
from mock_server.settings import Settings

PROVIDERS = "/api-proxy/v1/admin/connector-providers"
ORIGIN = "http://localhost:5173"
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,idempotency-key",
}


def test_a_preflight_is_granted_what_it_asks_for_without_a_credential(mock: Client) -> None:
    granted = mock.options(PROVIDERS, headers=PREFLIGHT)
    assert granted.status_code == 204
    assert granted.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert granted.headers["Access-Control-Allow-Methods"] == "POST"
    assert granted.headers["Access-Control-Allow-Headers"] == "authorization,idempotency-key"


def test_a_refusal_can_be_read_by_the_page_too(mock: Client) -> None:
    refused = mock.get(PROVIDERS, headers={"Origin": ORIGIN})
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "WWW-Authenticate" in refused.headers["Access-Control-Expose-Headers"]
    assert "Origin" in refused.headers["Vary"]


def test_a_request_without_an_origin_gets_no_cors_headers(mock: Client) -> None:
    answer = mock.get(PROVIDERS)
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_a_plain_options_request_is_the_platforms_matter(mock: Client) -> None:
    assert mock.options(PROVIDERS).status_code == 405
    assert mock.options("/api/v1/connectors").status_code == 200


def test_the_admin_api_is_not_shared(mock: Client) -> None:
    for answer in (
        mock.options("/__admin/reset", headers=PREFLIGHT),
        mock.post("/__admin/reset", headers={"Origin": ORIGIN}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_cors_can_be_switched_off() -> None:
    alone = create_app(Settings(cors=False, strict_replies=True, contracts=("aimable",))).test_client()
    assert alone.options(PROVIDERS, headers=PREFLIGHT).status_code == 405
