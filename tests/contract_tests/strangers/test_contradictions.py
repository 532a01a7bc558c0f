"""A server that contradicts itself is found out, and an honest one left alone: one store, one defect each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, broken, document, judged, operation

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}
NOTE: dict[str, Any] = {
    "type": "object",
    "required": ["title", "kind"],
    "properties": {"id": {**TEXT, "readOnly": True}, "title": TEXT, "kind": TEXT, "pages": NUMBER},
}
CHANGE = {"type": "object", "properties": {"title": TEXT, "kind": TEXT, "pages": NUMBER}}
PAGE = {
    "type": "object",
    "required": ["items", "total"],
    "properties": {"items": {"type": "array", "items": NOTE}, "total": NUMBER},
}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


QUERY = [
    _query("filter[title]", TEXT),
    _query("filter[kind]", TEXT),
    _query("page", {"type": "integer", "minimum": 1, "default": 1}),
    _query("per_page", {"type": "integer", "minimum": 1, "maximum": 50, "default": 20}),
]
DOCUMENT = document(
    {
        "/notes": {
            "post": operation("make", 201, 422, answer=NOTE, body=NOTE),
            "get": {**operation("list", 200, answer=PAGE), "parameters": QUERY},
        },
        "/notes/count": {
            "get": operation("count", 200, answer={"type": "object", "properties": {"count": NUMBER}})
        },
        "/notes/{note_id}": {
            "get": operation("read", 200, 404, answer=NOTE, path="note_id"),
            "put": operation("replace", 200, 404, 422, answer=NOTE, body=NOTE, path="note_id"),
            "patch": operation("change", 200, 404, 422, answer=NOTE, body=CHANGE, path="note_id"),
            "delete": operation("delete", 204, 404, path="note_id"),
        },
    }
)


class Notes:
    """Notes in memory; newest last. defect: what it does wrong."""

    def __init__(self, defect: str = "") -> None:
        self.defect = defect
        self.made = 0
        self.held: dict[str, dict[str, Any]] = {}
        self._make({"title": "Old", "kind": "paper", "pages": 3})

    def __call__(self, call: Call) -> Answer:
        if call.method in ("POST", "PUT", "PATCH") and call.media_type != "application/json":
            return 415, {"detail": "JSON, please"}
        if call.path == "/notes":
            return self._create(call) if call.method == "POST" else self._list(dict(call.query))
        if call.path == "/notes/count":
            return 200, {"count": 1 if self.defect == "count-fixed" else len(self.held)}
        key = call.parts[1]
        if self.defect == "beginning-is-enough":
            key = next((each for each in self.held if each.startswith(key)), key)
        if key not in self.held:
            return 404, {"detail": "none"}
        return self._of_one(call, key)

    def _of_one(self, call: Call, key: str) -> Answer:
        note = self.held[key]
        if call.method == "DELETE":
            alike = [each for each in self.held if self.held[each]["title"] == note["title"]]
            for each in alike if self.defect == "deletes-namesakes" else [key]:
                del self.held[each]
            return 204, None
        if call.method in ("PUT", "PATCH"):
            faults = _faults(call.json, [] if call.method == "PATCH" else NOTE["required"])
            if faults:
                return 422, {"detail": faults}
            changed = {**note, **call.json, "id": key}
            is_lost = self.defect == "patch-not-kept" and call.method == "PATCH"
            self.held[key] = note if is_lost else changed
            return 200, changed
        shown = {"access_token": "gT5-4rEWq-99ab"} if self.defect == "shows-a-token" else {}
        return 200, {**note, **shown}

    def _create(self, call: Call) -> Answer:
        faults = _faults(call.json, NOTE["required"])
        if faults:
            return 422, {"detail": faults}
        if self.defect == "makes-two":
            self._make(call.json)
        return 201, self._make(call.json)

    def _make(self, body: dict[str, Any]) -> dict[str, Any]:
        self.made += 1
        key = f"note-{self.made:04d}x"
        shown: dict[str, Any] = {name: body[name] for name in ("title", "kind", "pages") if name in body}
        self.held[key] = {"id": key, **shown}
        return self.held[key]

    def _list(self, query: dict[str, str]) -> Answer:
        filters = {name[7:-1]: value for name, value in query.items() if name.startswith("filter[")}
        if self.defect == "second-filter-lost":
            filters = dict(list(filters.items())[:1])
        notes = [
            note
            for note in self.held.values()
            if all(note.get(name) == value for name, value in filters.items())
        ]
        asked = query.get("page", "1"), query.get("per_page", "20")
        are_numbers = all(each.isascii() and each.isdecimal() and int(each[:9]) > 0 for each in asked)
        if not are_numbers or int(asked[1]) > 50:
            return 422, {"detail": "a page, please"}
        page, size = map(int, asked)
        passed = (page - 1) * size
        total = len(notes) - (passed if self.defect == "total-of-the-rest" else 0)
        return 200, {"items": notes[passed : passed + size], "total": total}


def _faults(body: Any, owed: list[str]) -> list[str]:
    if not isinstance(body, dict):
        return ["an object, please"]
    wrong = [
        name
        for name, kind in (("title", str), ("kind", str), ("pages", int))
        if name in body and type(body[name]) is not kind
    ]
    return [*wrong, *(name for name in owed if name not in body)]


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("count-fixed", "count.listing.counts"),
        ("beginning-is-enough", "read.errors.near.note_id"),
        ("deletes-namesakes", "delete.isolation.namesakes"),
        ("patch-not-kept", "change.lifecycle.changes.title"),
        ("makes-two", "list.lifecycle.listed-once"),
        ("second-filter-lost", "list.listing.filters"),
        ("total-of-the-rest", "list.listing.total-stays"),
        ("shows-a-token", "read.secrets.no-unknown-secret"),
    ],
)
def test_a_contradiction_is_named(defect: str, requirement: str, tmp_path: Path) -> None:
    found = broken(judged(tmp_path, DOCUMENT, Server(Notes(defect)), only=requirement))
    assert [each.partition(":")[0] for each in found] == [requirement]


def test_an_honest_store_is_left_alone(tmp_path: Path) -> None:
    outcomes = judged(tmp_path, DOCUMENT, Server(Notes()))
    assert broken(outcomes) == []
    assert outcomes["list.listing.while-created"].verdict is Verdict.PASSED
