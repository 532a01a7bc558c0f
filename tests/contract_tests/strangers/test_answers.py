"""No answer and no document ends in an error of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, always, document, judged, operation

ANYTHING: dict[str, Any] = {"type": "object", "properties": {"note": {"type": "string"}}}
THING = {"type": "object", "properties": {"id": {"type": "string"}, "note": {"type": "string"}}}
PATHS = {
    "/things": {
        "post": operation("make", 201, answer=THING, body=ANYTHING),
        "get": operation("list", 200, answer={"type": "array", "items": THING}),
    },
    "/things/{id}": {
        "get": operation("read", 200, answer=THING, path="id"),
        "delete": operation("delete", 204, path="id"),
    },
}


@pytest.mark.parametrize(
    "body",
    [
        b'"\\ud800"',
        b'{"id": "\\udfff"}',
        b'{"id": "a", "note": "\\ud83d"}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"a":' * 400 + b"1" + b"}" * 400,
        b"\xff\xfe",
        b"",
        b"[null, 1, []]",
        b'{"id": {"id": []}}',
    ],
)
def test_an_odd_answer_is_judged(body: bytes, tmp_path: Path) -> None:
    outcomes = judged(tmp_path, document(PATHS), Server(always(200, body)))
    assert [each.reason for each in outcomes.values() if each.verdict is Verdict.ERRORED] == []


def test_an_echo_of_the_request_is_judged(tmp_path: Path) -> None:
    def echo(call: Call) -> Answer:
        return (422 if call.method == "POST" else 404), call.content or b"{}"

    outcomes = judged(tmp_path, document(PATHS), Server(echo), any_text=True)
    assert [each.reason for each in outcomes.values() if each.verdict is Verdict.ERRORED] == []


def test_things_that_need_each_other_are_not_made_for_ever(tmp_path: Path) -> None:
    body = {"type": "object", "required": ["b_id"], "properties": {"b_id": {"type": "string"}}}
    other = {"type": "object", "required": ["a_id"], "properties": {"a_id": {"type": "string"}}}
    paths = {
        "/a": {"post": operation("makeA", 201, answer=THING, body=body)},
        "/a/{uuid}": {"get": operation("readA", 200, answer=THING, path="uuid")},
        "/b": {"post": operation("makeB", 201, answer=THING, body=other)},
        "/b/{uuid}": {"get": operation("readB", 200, answer=THING, path="uuid")},
    }
    server = Server(always(201, {"id": "x"}))
    outcomes = judged(tmp_path, document(paths), server)
    assert [each.reason for each in outcomes.values() if each.verdict is Verdict.ERRORED] == []
    assert len(server.calls) < 500


def test_a_prepared_body_may_hold_half_a_surrogate_pair(tmp_path: Path) -> None:
    server = Server(always(201, {"id": "x"}))
    judged(tmp_path, document(PATHS), server, only="make.examples.*", bodies={"make": {"note": "\ud800"}})
    call = server.heard("POST", "/things")[0]
    assert json.loads(call.content) == {"note": "\ud800"}
