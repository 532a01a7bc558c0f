"""A secret that was sent is never quoted, not even in the refusal of the request it came with."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import Client

from mock_server.redaction import MASKED, Quotation

SECRET = "canary-5b1f"
CONNECTORS = (
    "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c/collections/"
    "9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
)
SETUP = "/api-proxy/v1/admin/connector-providers/google-workspace/setup"
CONNECTIONS = "/v1/customers/160c0c4b-9966-4dc1-a916-8407eb10d74e/connections"
HEADERS = {
    "/api-proxy": {"Authorization": "Bearer mock-aimable-admin", "Idempotency-Key": "key"},
    "/v1/custom": {"Authorization": "Bearer mock-hydracore-admin"},
}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CONNECTORS, {"credential": {"token": SECRET}}),
        (CONNECTORS, {"provider_slug": 5, "credential": SECRET}),
        (CONNECTORS, {"provider_slug": "slack", "credential": [SECRET]}),
        (CONNECTORS, {"provider_slug": "slack", "Credential": {"token": SECRET}}),
        (CONNECTORS, [{"credential": SECRET}]),
        (CONNECTORS, SECRET),
        (CONNECTORS, {"provider_slug": {"credential": SECRET}, "credential": {}}),
        (SETUP, {"client_secret": SECRET}),
        (SETUP, {"client_id": 5, "client_secret": SECRET}),
        (SETUP, {"client_secret": {"x": SECRET}}),
        (SETUP, [SECRET]),
        (CONNECTIONS, {"provider": "gmail", "credentials": {"token": SECRET}}),
        (CONNECTIONS, {"provider": "gmail", "name": "n" * 300, "credentials": {"token": SECRET}}),
        (CONNECTIONS, {"provider": "gmail", "name": "n", "credentials": SECRET}),
        (CONNECTIONS, {"provider": "gmail", "name": "n", "credentials": [{"token": SECRET}]}),
    ],
    ids=lambda value: json.dumps(value)[:50],
)
def test_a_refused_body_is_quoted_without_its_secrets(mock: Client, path: str, body: Any) -> None:
    for content_type in ("application/json", "text/plain"):
        sent = {**HEADERS[path[:10]], "Content-Type": content_type}
        answer = mock.post(path, data=json.dumps(body), headers=sent)
        assert answer.status_code == 422
        assert SECRET not in answer.text


def test_what_is_no_secret_is_quoted(mock: Client) -> None:
    body = {"provider": "p" * 51, "name": "mailbox", "credentials": {"token": SECRET}}
    answer = mock.post(CONNECTIONS, json=body, headers=HEADERS["/v1/custom"])
    assert answer.get_json()["detail"][0]["input"] == "p" * 51


def test_a_masked_object_keeps_the_names_the_schema_knows(mock: Client) -> None:
    body = {"credential": {"token": SECRET}, "surprise": "x"}
    answer = mock.post(CONNECTORS, json=body, headers=HEADERS["/api-proxy"])
    assert answer.get_json()["detail"][0]["input"] == {"credential": {}, "surprise": "**********"}


SCHEMAS: dict[str, Any] = {
    "Node": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "password": {"type": "string", "writeOnly": True},
            "below": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    },
}


def test_a_body_without_secrets_is_quoted_whole() -> None:
    quotation = Quotation({"type": "object", "properties": {"a": {"type": "string"}}}, {})
    assert quotation.quote({"a": "x", "b": "y"}, ()) == {"a": "x", "b": "y"}


def test_write_only_and_unknown_members_are_masked() -> None:
    quotation = Quotation({"$ref": "#/components/schemas/Node"}, SCHEMAS)
    body = {"name": "n", "password": "p", "pasword": "p", "below": [{"password": "p", "name": "m"}]}
    assert quotation.quote(body, ()) == {
        "name": "n",
        "password": MASKED,
        "pasword": MASKED,
        "below": [{"password": MASKED, "name": "m"}],
    }
    assert quotation.quote("p", ("password",)) == MASKED
    assert quotation.quote("p", ("below", 0, "password", "deeper")) == MASKED
    assert quotation.quote(["p"], ()) == [MASKED]
