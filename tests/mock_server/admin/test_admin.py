"""The admin API: health and reset."""

from __future__ import annotations

from werkzeug.test import Client

ADMIN = {"Authorization": "Bearer mock-patchworks-admin"}


def test_health_names_what_is_played(mock: Client) -> None:
    told = mock.get("/__admin/health").get_json()
    assert (told["status"], told["contracts"]) == (
        "ok",
        ["aimable", "fastapi_platform", "hydracore", "patchworks"],
    )


def test_reset_brings_back_what_was_deleted(mock: Client) -> None:
    connector = "/api/v1/connectors/40"
    assert mock.delete(connector, headers=ADMIN).status_code == 200
    assert mock.get(connector, headers=ADMIN).status_code == 404
    reset = mock.post("/__admin/reset")
    assert (reset.status_code, reset.data) == (204, b"")
    assert mock.get(connector, headers=ADMIN).status_code == 200


def test_what_the_admin_api_does_not_know_is_reported_in_json(mock: Client) -> None:
    unknown, wrong = mock.get("/__admin/nothing"), mock.get("/__admin/reset")
    assert (unknown.status_code, unknown.get_json()) == (
        404,
        {"type": "about:blank", "title": "Not Found", "status": 404},
    )
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "POST")
