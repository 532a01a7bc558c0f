"""The journal tells the truth: exact counts, and nothing masked that is no secret."""

from __future__ import annotations

import gc
import json
import random
import tracemalloc
from collections import Counter
from dataclasses import replace

import pytest

from mock_server.app import build_engine
from mock_server.journal.journal import RequestQuery
from mock_server.messages import Request
from mock_server.redaction import MASKED
from mock_server.settings import Settings
from tests.mock_server.journal.conftest import Recorded

ADMIN = {"authorization": "Bearer mock-aimable-admin", "content-type": "application/json"}
SPACE = "7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
COLLECTION = "9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f"
CONNECTORS = f"/api-proxy/v1/spaces/{SPACE}/collections/{COLLECTION}/connectors"

_TEXT = """
x a 1 0 no ok yes true null none id key name slack gmail active pending 200 404 GET POST api v1
en-GB utf-8 admin user test demo json text default status type error detail body items page
application localhost 127.0.0.1 connectors 2026-11-30
"""
INNOCENT = tuple(_TEXT.split())
"""Short values that people use for credentials while they try things."""


@pytest.mark.parametrize("value", INNOCENT)
def test_a_short_credential_masks_nothing_but_itself(recorded: Recorded, value: str) -> None:
    headers = {**ADMIN, "x-auth-token": value, "cookie": f"session={value}", "x-note": f"is {value}"}
    body = {"provider_slug": value, "credential": {"access_token": value}, "scope_config": {"note": value}}
    entry = recorded.send(
        "POST",
        f"{CONNECTORS}/{value}" if value.isalpha() else CONNECTORS,
        f"include={value}&{value}=1&access_token={value}",
        {**headers, "idempotency-key": f"key-{value}"},
        json.dumps(body).encode(),
    )
    assert entry.request.headers["x-auth-token"] == MASKED
    assert entry.request.headers["cookie"] == MASKED
    assert entry.request.headers["x-note"] == f"is {value}"
    assert entry.request.headers["content-type"] == "application/json"
    assert entry.request.headers["idempotency-key"] == f"key-{value}"
    assert entry.query[0] == ("include", value)
    assert entry.query[1][0] == value
    assert entry.query[2] == ("access_token", MASKED)
    assert MASKED not in entry.path
    shown = json.loads(entry.request.body or "")
    assert shown == {"provider_slug": value, "credential": MASKED, "scope_config": {"note": value}}
    assert MASKED not in "".join(entry.response.headers.values())
    replied = json.dumps(json.loads(entry.response.body or "null"))
    assert replied.count(MASKED) == replied.count(f'"credential": "{MASKED}"')


def test_the_body_of_a_404_is_shown(recorded: Recorded) -> None:
    entry = recorded.send("POST", "/nowhere", headers=ADMIN, body=b'{"name": "n", "password": "p"}')
    assert entry.status == 404
    assert json.loads(entry.request.body or "") == {"name": "n", "password": MASKED}
    assert json.loads(entry.response.body or "") == {"detail": "Not Found"}


def test_what_a_refusal_quotes_is_shown(recorded: Recorded) -> None:
    sent = {"provider_slug": 17, "credential": {"access_token": "not-to-be-seen"}}
    headers = {**ADMIN, "idempotency-key": "quoted"}
    entry = recorded.send("POST", CONNECTORS, headers=headers, body=json.dumps(sent).encode())
    assert entry.status == 422
    quoted = {error["loc"][-1]: error["input"] for error in json.loads(entry.response.body or "")["detail"]}
    assert quoted["provider_slug"] == 17
    assert "not-to-be-seen" not in str(entry)


def test_uuids_and_cursors_are_shown_wherever_they_stand(recorded: Recorded) -> None:
    uuid, cursor = "7c9e6679-7425-40de-944b-e07fc1f90ae7", "eyJpZCI6MTIzNDU2Nzg5MH0="
    entry = recorded.send(
        "GET",
        f"{CONNECTORS}/{uuid}",
        f"cursor={cursor}&page_token={cursor}&{uuid}",
        {**ADMIN, "x-request-id": uuid, "x-auth-token": uuid},
    )
    assert entry.path == f"{CONNECTORS}/{uuid}"
    assert entry.query == (("cursor", cursor), ("page_token", cursor), (uuid, ""))
    assert entry.request.headers["x-request-id"] == uuid


def test_counts_are_exact_whatever_was_forgotten() -> None:
    engine = build_engine(Settings(journal_entries=50))
    rng = random.Random(7)  # noqa: S311 - chooses requests
    sent: Counter[tuple[str, int]] = Counter()
    for number in range(10_000):
        method = rng.choice(("GET", "POST", "DELETE", "BREW"))
        path = rng.choice((CONNECTORS, "/api/v1/connectors/1", "/nowhere", f"/api/v1/connectors/{number}"))
        body = rng.choice((b"", b"{}", b"[", b'{"name": "' + b"n" * 300 + b'"}'))
        response = engine.handle(Request(method, path, "", ADMIN if number % 3 else {}, body))
        sent[method, response.status] += 1
    journal = engine.world().journal
    counted: Counter[tuple[str, int]] = Counter()
    for (_contract, _operation, method, status), count in journal.counts().items():
        counted[method, status] += count
    assert counted == sent
    for (method, status), count in sent.items():
        assert journal.count(RequestQuery(method=method, status=status)) == count
    assert journal.count(RequestQuery(matched=True)) + journal.count(RequestQuery(matched=False)) == 10_000
    assert (journal.kept, journal.forgotten, journal.count()) == (50, 9_950, 10_000)


def test_what_is_recorded_does_not_change_when_records_do(recorded: Recorded) -> None:
    headers = {"authorization": "Bearer mock-patchworks-admin", "content-type": "application/json"}
    path = "/api/v1/connectors/1"
    first = recorded.send("PUT", path, headers=headers, body=b'{"rate_limit_duration": 71}')
    recorded.send("PUT", path, headers=headers, body=b'{"rate_limit_duration": 72}')
    again = recorded.engine.world().journal.get(first.id)
    assert again == first
    assert first.changes[0].fields["rate_limit_duration"][1] == 71


def test_the_journal_takes_no_more_memory_than_it_counts() -> None:
    engine = build_engine(Settings(contracts=("patchworks",), journal_entries=10_000))
    journal = engine.world().journal
    headers = {"authorization": "Bearer mock-patchworks-admin", "content-type": "application/json"}
    deep = json.dumps({"name": [[{"a": number}] for number in range(500)]}).encode()
    requests = [
        Request("GET", "/api/v1/connectors", "", headers),
        Request("GET", "/nowhere", "", headers),
        Request("POST", "/api/v1/connectors", "", headers, deep),
        Request("PUT", "/api/v1/connectors/1", "", headers, b'{"rate_limit_duration": 71}'),
        Request("PUT", "/api/v1/connectors/1", "", headers, b'{"rate_limit_duration": 72}'),
    ]
    for request in requests:
        engine.handle(request)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(300):
            sent = requests[number % len(requests)]
            engine.handle(replace(sent, headers={name: f"{value} "[:-1] for name, value in headers.items()}))
        gc.collect()
        assert journal.forgotten == 0
        # Also what is shared by requests is measured here.
        assert tracemalloc.get_traced_memory()[0] - before < journal.bytes * 1.5
    finally:
        tracemalloc.stop()
