"""HTTP as clients use it where a document does not say it in so many words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases.conftest import Mock

REFUSED = {400, 422}


@pytest.fixture
def mock(play) -> Mock:
    """A mock with items and answers."""
    return play("72-http.yaml")


def made(mock: Mock, **members: Any) -> Any:
    return mock.json("POST", "/items", status=201, json=members)


def test_an_idempotency_key_counts_without_being_declared(mock):
    first, again, other = (
        mock.json("POST", "/items", status=201, json={"price": 1}, headers={"Idempotency-Key": key})
        for key in ("a", "a", "b")
    )
    assert first == again
    assert first["id"] != other["id"]


def test_base64_is_checked(mock):
    assert made(mock, content="aGVsbG8=")["content"] == "aGVsbG8="
    refused = mock.send("POST", "/items", json={"content": "not base64!"})
    assert refused.status_code in REFUSED
    assert set(refused.json["error"]) >= {"code", "message"}


@pytest.mark.parametrize("text", ["5", "5.5", "9007199254740993"])
def test_numbers_stay_as_they_were_sent(mock, text):
    member = "price" if "." in text else "created"
    sent = mock.send(
        "POST", "/items", data=f'{{"{member}": {text}}}', headers={"Content-Type": "application/json"}
    )
    assert f'"{member}":{text}' in sent.text.replace(" ", "")


def test_true_is_spelled_as_old_clients_spell_it(mock):
    item = mock.json("POST", "/items", status=201, data={"active": "True"})
    assert item["active"] is True
    active = mock.json("GET", "/items?active=True")
    assert item in active
    assert all(each["active"] for each in active)


def test_suffixes_set_bounds(mock):
    cheap, dear = made(mock, price=77_001, created=88_001), made(mock, price=77_002, created=88_002)
    assert cheap not in mock.json("GET", "/items?price_gt=77001")
    assert dear in mock.json("GET", "/items?price_gt=77001")
    assert mock.json("GET", "/items?created[gte]=88001&created[lt]=88002") == [cheap]


def test_a_member_of_the_body_asks_for_events(mock):
    answer = mock.send("POST", "/answers", json={"question": "Why?", "stream": True})
    assert answer.mimetype == "text/event-stream"
    assert answer.text.startswith("data: {")
    plain = mock.send("POST", "/answers", json={"question": "Why?"})
    assert plain.mimetype == "application/json"
    by_accept = mock.send(
        "POST", "/answers", json={"question": "Why?"}, headers={"Accept": "text/event-stream"}
    )
    assert by_accept.mimetype == "text/event-stream"


def test_metadata_merges_key_by_key_and_an_empty_value_removes_one(mock):
    item = f"/items/{made(mock, metadata={'a': '1', 'b': '2'})['id']}"
    changed = mock.json("PATCH", item, json={"metadata": {"b": "3", "c": "4"}})
    assert changed["metadata"] == {"a": "1", "b": "3", "c": "4"}
    assert mock.json("PATCH", item, json={"metadata": {"a": ""}})["metadata"] == {"b": "3", "c": "4"}


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_every_refusal_has_the_one_error_schema(mock, method):
    sent = {"json": {"price": 1}} if method == "PATCH" else {}
    refused = mock.json(method, "/items/no-such-item", status=404, **sent)
    assert set(refused["error"]) >= {"code", "message"}
