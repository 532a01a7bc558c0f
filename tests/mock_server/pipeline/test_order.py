"""Several things are wrong with one request: which of them is reported is the platform's own order."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

SPACE, OTHER_SPACE = "7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c", "58d4647f-9809-4071-a5a6-28aca1f816cd"
COLLECTION = "9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f"
NOBODY = "00000000-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}


def connectors(space: str = SPACE, collection: str = COLLECTION) -> str:
    return f"/api-proxy/v1/spaces/{space}/collections/{collection}/connectors"


def as_(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer mock-aimable-{name}"}


@pytest.mark.parametrize(
    ("headers", "path", "body", "status"),
    [
        ({}, connectors(), b"{", 422),
        ({}, connectors(), b"\xff", 400),
        ({}, connectors("no-uuid"), b"{}", 401),
        (as_("expired"), connectors(), b"{}", 401),
        (as_("read-only"), connectors(NOBODY), b"{}", 422),
        (as_("read-only"), connectors(NOBODY), b'{"provider_slug":"slack","credential":{}}', 403),
        (as_("member"), connectors(NOBODY), b'{"provider_slug":"slack","credential":{}}', 404),
        (as_("member"), connectors(OTHER_SPACE), b'{"provider_slug":"slack","credential":{}}', 403),
        (as_("admin"), connectors(NOBODY), b'{"provider_slug":"slack","credential":{}}', 404),
    ],
)
def test_fastapi_reads_the_body_then_asks_who_then_validates_then_looks(
    mock: Client, headers: dict[str, str], path: str, body: bytes, status: int
) -> None:
    sent = {**JSON, **headers, "Idempotency-Key": "key"}
    assert mock.post(path, data=body, headers=sent).status_code == status


@pytest.mark.parametrize(
    ("credential", "path", "body", "status"),
    [
        (None, "/api/v1/connectors/999", b"{", 401),
        ("mock-patchworks-read-only", "/api/v1/connectors/999", b"{}", 404),
        ("mock-patchworks-read-only", "/api/v1/connectors/abc", b"{}", 404),
        ("mock-patchworks-read-only", "/api/v1/connectors/1", b'{"name": 5}', 403),
        ("mock-patchworks-admin", "/api/v1/connectors/999", b'{"name": 5}', 404),
        ("mock-patchworks-admin", "/api/v1/connectors/1", b'{"name": 5}', 422),
    ],
)
def test_laravel_asks_who_then_finds_the_record_then_roles_then_validates(
    mock: Client, credential: str | None, path: str, body: bytes, status: int
) -> None:
    headers = {**JSON, **({"Authorization": f"Bearer {credential}"} if credential else {})}
    assert mock.put(path, data=body, headers=headers).status_code == status


def test_a_refused_write_changes_nothing(mock: Client) -> None:
    admin = {"Authorization": "Bearer mock-patchworks-admin"}
    before = mock.get("/api/v1/connectors/1", headers=admin).data
    mock.put("/api/v1/connectors/1", json={"name": "new", "rate_limit_unit": "fortnight"}, headers=admin)
    assert mock.get("/api/v1/connectors/1", headers=admin).data == before
