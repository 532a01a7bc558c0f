"""What an entry tells: enough to see what happened, masked where a secret could be."""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.app import build_engine
from mock_server.messages import Request
from mock_server.redaction import MASKED
from mock_server.settings import Settings
from tests.mock_server.journal.conftest import Recorded

ADMIN = {"authorization": "Bearer mock-aimable-admin", "content-type": "application/json"}
SPACE = "7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
COLLECTION = "9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f"
CONNECTORS = f"/api-proxy/v1/spaces/{SPACE}/collections/{COLLECTION}/connectors"
PATCHWORKS = {"authorization": "Bearer mock-patchworks-admin", "content-type": "application/json"}


@cache
def _server() -> Recorded:
    return Recorded(build_engine(Settings()))


def test_a_creation_tells_who_did_it_and_what_was_written(recorded: Recorded) -> None:
    body = {"provider_slug": "slack", "credential": {"access_token": "s"}, "scope_config": {"a": "b"}}
    headers = {**ADMIN, "idempotency-key": "one"}
    entry = recorded.send("POST", CONNECTORS, headers=headers, body=json.dumps(body).encode())
    assert (entry.status, entry.contract, entry.operation) == (201, "aimable", "createCollectionConnector")
    assert entry.bound == {"space_id": SPACE, "collection_id": COLLECTION}
    assert (entry.auth.decision, entry.auth.principal, entry.auth.schemes) == (
        "allowed",
        "admin",
        ("bearer",),
    )
    assert json.loads(entry.request.body or "") == {
        "provider_slug": "slack",
        "credential": MASKED,
        "scope_config": {"a": "b"},
    }
    (change,) = [one for one in entry.changes if one.collection == "aimable/connectors"]
    assert change.kind == "created"
    assert change.fields["provider_slug"] == [None, "slack"]
    assert change.fields["credential"] == [None, MASKED]
    assert change.fields["scope_config"] == [None, {"a": "b"}]
    assert json.loads(entry.response.body or "")["data"]["provider_slug"] == "slack"


def test_what_was_sent_empty_is_not_marked_as_masked(recorded: Recorded) -> None:
    body = {"provider_slug": "slack", "credential": {"access_token": "s"}, "scope_config": {}}
    headers = {**ADMIN, "idempotency-key": "two"}
    entry = recorded.send("POST", CONNECTORS, headers=headers, body=json.dumps(body).encode())
    assert json.loads(entry.request.body or "")["scope_config"] == {}
    (change,) = [one for one in entry.changes if one.collection == "aimable/connectors"]
    assert change.fields["scope_config"] == [None, {}]


def test_a_change_tells_the_fields_that_differ_before_and_after(recorded: Recorded) -> None:
    entry = recorded.send(
        "PUT",
        "/api/v1/connectors/1",
        headers=PATCHWORKS,
        body=json.dumps({"rate_limit_duration": 77}).encode(),
    )
    (change,) = entry.changes
    assert change.kind == "changed"
    assert {*change.fields} == {"rate_limit_duration", "updated_at"}
    assert change.fields["rate_limit_duration"][1] == 77


def test_a_deletion_tells_everything_that_went(recorded: Recorded) -> None:
    created = recorded.send(
        "POST",
        "/api/v1/connectors",
        headers=PATCHWORKS,
        body=json.dumps(
            {
                "name": "Short-lived",
                "authentication_implementation_id": 1,
                "timezone": "UTC",
                "date_format": "c",
                "rate_limit_unit": "minute",
                "rate_limit_duration": 60,
                "variables": [{"key": "k", "label": "l", "value": "v"}],
            }
        ).encode(),
    )
    assert [one.kind for one in created.changes] == ["created", "created"]
    key = next(one.key for one in created.changes if one.collection == "patchworks/connectors")
    gone = recorded.send("DELETE", f"/api/v1/connectors/{key}", headers=PATCHWORKS)
    assert {(one.collection, one.kind) for one in gone.changes} == {
        ("patchworks/connectors", "deleted"),
        ("patchworks/variables", "deleted"),
    }


def test_a_refused_request_changes_nothing_and_tells_the_broken_rules(recorded: Recorded) -> None:
    entry = recorded.send("POST", "/api/v1/connectors", headers=PATCHWORKS, body=b'{"name": 5}')
    assert (entry.status, entry.error, entry.changes) == (422, "invalid", ())
    assert ("body", "timezone", "required") in {(one.where, one.place, one.rule) for one in entry.violations}


@pytest.mark.parametrize(
    ("headers", "decision", "reason"),
    [
        ({}, "unauthenticated", "no credential was sent"),
        ({"authorization": "Bearer nobody-knows"}, "unauthenticated", "the credential is unknown"),
        (
            {"authorization": "Bearer mock-aimable-expired"},
            "unauthenticated",
            "the credential of expired expired at 2026-01-01T00:00:00Z by the clock of this world",
        ),
        ({"authorization": "Bearer mock-aimable-guest"}, "lacks_role", ""),
        (
            {"authorization": "Bearer mock-aimable-outsider"},
            "out_of_reach",
            "space_id outside what outsider may use",
        ),
        ({"authorization": "Bearer mock-aimable-read-only"}, "allowed", ""),
        ({"x-api-key": "mock-aimable-admin-key"}, "allowed", ""),
    ],
)
def test_the_decision_on_who_may_ask_is_reported(
    recorded: Recorded, headers: dict[str, str], decision: str, reason: str
) -> None:
    auth = recorded.send("GET", CONNECTORS, headers=headers).auth
    assert (auth.decision, auth.reason) == (decision, reason)


def test_roles_that_are_missing_are_named(recorded: Recorded) -> None:
    auth = recorded.send("GET", CONNECTORS, headers={"authorization": "Bearer mock-aimable-guest"}).auth
    assert (auth.principal, auth.roles, auth.lacking) == ("guest", ("read",), ("read",))


def test_a_request_that_matched_nothing_has_no_operation(recorded: Recorded) -> None:
    entry = recorded.send("GET", "/nowhere")
    assert (entry.status, entry.contract, entry.operation, entry.answered_by) == (404, "", "", "router")
    assert entry.auth.decision == "not_asked"


def test_a_preference_is_reported_as_such(recorded: Recorded) -> None:
    entry = recorded.send("GET", CONNECTORS, headers={"prefer": "code=401"})
    assert (entry.status, entry.answered_by, entry.request.headers["prefer"]) == (401, "override", "code=401")
    assert entry.override == {"code": 401}


def test_reads_name_the_rows_that_were_looked_at(recorded: Recorded) -> None:
    entry = recorded.send("GET", "/api/v1/connectors/1", headers=PATCHWORKS)
    assert ("patchworks/connectors", "1") in entry.reads


def test_a_long_body_is_kept_by_its_size(recorded: Recorded) -> None:
    body = json.dumps({"name": "n" * 20_000}).encode()
    entry = recorded.send("POST", "/api/v1/connectors", headers=PATCHWORKS, body=body)
    assert (entry.request.size, entry.request.body) == (len(body), None)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"]),
    path=st.sampled_from([CONNECTORS, "/api/v1/connectors", "/v1/customers/x/connections"]) | st.text(),
    query=st.text(max_size=40),
    headers=st.dictionaries(
        st.sampled_from(["authorization", "cookie", "content-type", "host", "prefer", "x-api-key"]),
        st.text(max_size=40) | st.sampled_from(["application/json", "Bearer mock-aimable-admin"]),
    ),
    body=st.binary(max_size=60) | st.sampled_from([b"{}", b'{"a":"\\ud800"}', b"[1e999]", b"null"]),
)
def test_any_bytes_can_be_recorded(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    path = "/" + path.lstrip("/").encode("utf-8", "replace").decode()
    _server().engine.handle(Request(method, path, query, headers, body))


@pytest.mark.parametrize(
    ("name", "value", "is_shown"),
    [
        ("content-type", "application/json; charset=utf-8", True),
        ("host", "service.example.com", True),
        ("user-agent", "acme-sdk/1.2.3 (linux; x86_64)", True),
        ("idempotency-key", "7c9e6679-7425-40de-944b-e07fc1f90ae7", True),
        ("x-request-id", "0af7651916cd43dd8448eb211c80319c", True),
        ("x-anything", "1", True),
        ("authorization", "Bearer x", False),
        ("cookie", "a=b", False),
        ("x-auth-token", "x", False),
        ("x-proxy-key", "x", False),
    ],
)
def test_a_header_is_shown_unless_it_carries_a_credential(
    recorded: Recorded, name: str, value: str, is_shown: bool
) -> None:
    entry = recorded.send("GET", CONNECTORS, headers={name: value})
    assert entry.request.headers[name] == (value if is_shown else MASKED)
