"""What one thing has and another may not have, and files that come back as they were sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, document, judged, operation

TEXT = {"type": "string"}
MEMBERS = {"email": {"type": "string", "format": "email"}, "team": TEXT}
USER = {"type": "object", "required": ["email", "team"], "properties": MEMBERS}
SHOWN = {"type": "object", "properties": {"id": TEXT, **MEMBERS}}


def users(refusal: str) -> dict[str, Any]:
    make = operation("make", 201, 409, answer=SHOWN, body=USER)
    make["responses"]["409"]["description"] = refusal
    return {"/users": {"post": make}, "/users/{id}": {"get": operation("read", 200, path="id", answer=SHOWN)}}


class Users:
    """Users whose addresses are unique. lax: they need not be; merges: a second one replaces the first."""

    def __init__(self, *, lax: bool = False, merges: bool = False) -> None:
        self._ids: dict[str, str] = {}
        self._users: dict[str, Any] = {}
        self._lax, self._merges = lax, merges

    def __call__(self, call: Call) -> Answer:
        if call.method == "GET":
            return (200, self._users[call.parts[1]]) if call.parts[1] in self._users else (404, {})
        email = call.json["email"]
        if email in self._ids and not (self._lax or self._merges):
            return 409, {"message": "taken"}
        key = self._ids[email] if self._merges and email in self._ids else str(len(self._users))
        self._ids[email] = key
        return 201, self._users.setdefault(key, {**call.json, "id": key})


@pytest.mark.parametrize(
    ("server", "verdict"),
    [
        (Users(), Verdict.PASSED),
        (Users(lax=True), Verdict.FAILED),
        (Users(merges=True), Verdict.PASSED),
    ],
)
def test_an_address_that_the_document_calls_taken_is_refused(
    tmp_path: Path, server: Users, verdict: Verdict
) -> None:
    paths = users("Another user has this e-mail address.")
    found = judged(tmp_path, document(paths), Server(server), only="make.lifecycle.taken.*")
    assert {name: each.verdict for name, each in found.items()} == {"make.lifecycle.taken.email": verdict}


@pytest.mark.parametrize(
    "refusal",
    ["The team does not exist.", "Another request has this email.", "There is such a user already."],
)
def test_no_member_is_called_taken(tmp_path: Path, refusal: str) -> None:
    assert judged(tmp_path, document(users(refusal)), Server(Users()), only="make.lifecycle.taken.*") == {}


@pytest.mark.parametrize(
    ("media", "changed", "verdict"),
    [
        ("application/octet-stream", False, Verdict.PASSED),
        ("application/octet-stream", True, Verdict.FAILED),
        ("image/png", True, Verdict.WARNING),
    ],
)
def test_a_file_comes_back_as_it_was_sent(
    tmp_path: Path, media: str, verdict: Verdict, *, changed: bool
) -> None:
    files: dict[str, bytes] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        call = Call(environ)
        if call.method == "PUT":
            files[call.path] = call.content.rstrip(b"t") if changed else call.content
            start_response("204 No Content", [])
            return []
        is_there = call.path in {*files, "/pages/1"}
        start_response("200 OK" if is_there else "404 Not Found", [("Content-Type", media)])
        return [files.get(call.path, b"")]

    content = {media: {"schema": {"type": "string", "format": "binary"}}}
    show, put = operation("show", 200, 404, path="id"), operation("put", 204, path="id")
    show["responses"]["200"]["content"] = content
    put["requestBody"] = {"required": True, "content": content}
    paths = {
        "/pages/{id}": {"get": operation("read", 200, path="id")},
        "/pages/{id}/picture": {"get": show, "put": put, "delete": operation("drop", 204, 404, path="id")},
    }
    mine: dict[str, Any] = {"known": {"id": "1"}, "may_change": ("*",)}
    found = judged(tmp_path, document(paths), application, only="show.lifecycle.same-file", **mine)
    assert found["show.lifecycle.same-file"].verdict is verdict


@pytest.mark.parametrize(
    ("key", "statuses", "verdict"),
    [
        ({"type": "integer"}, (200, 404), Verdict.FAILED),
        ({"type": "integer"}, (200, 400, 404), Verdict.PASSED),
        ({"type": "string"}, (200, 404), Verdict.PASSED),
    ],
)
def test_400_stands_for_a_documented_404_where_the_id_may_be_wrong(
    tmp_path: Path, key: dict[str, Any], statuses: tuple[int, ...], verdict: Verdict
) -> None:
    def answer(call: Call) -> Answer:
        return (200, {"id": 7}) if call.parts[1] == "7" else (400, {"message": "no such user"})

    read = operation("read", *statuses, path="id")
    read["parameters"][0]["schema"] = key
    found = judged(
        tmp_path,
        document({"/users/{id}": {"get": read}}),
        Server(answer),
        only="read.errors.unknown.id",
        known={"id": "7"},
    )
    assert found["read.errors.unknown.id"].verdict is verdict
