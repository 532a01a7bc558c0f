"""What is asserted of a thing goes no further than what its document shows of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, broken, document, judged, operation

TEXT = {"type": "string"}
WATCH = {"type": "object", "properties": {"title": TEXT, "colour": {**TEXT, "default": "red"}}}


class Watches:
    """Things whose creation answers an undocumented id. forgets: whether a read shows another title."""

    def __init__(self, *, forgets: bool = False) -> None:
        self.forgets = forgets
        self.held: dict[str, Any] = {}

    def __call__(self, call: Call) -> Answer:
        if call.method == "POST":
            key = f"key-{len(self.held)}"
            self.held[key] = {"colour": "red", **call.json} if isinstance(call.json, dict) else {}
            return 201, {"uuid": key}
        key = call.parts[-1]
        shown = self.held.get(key)
        if shown is None:
            return 404, {}
        if call.method == "DELETE":
            self.held[key] = None
        return 200, {**shown, **({"title": "another"} if self.forgets else {})}


def outcomes(folder: Path, server: Watches) -> list[str]:
    paths = {
        "/watch": {"post": operation("make", 201, body=WATCH)},
        "/watch/{uuid}": {
            "get": operation("read", 200, 404, answer=WATCH, path="uuid"),
            "delete": operation("delete", 200, 404, path="uuid"),
        },
    }
    prepared = {"make": {"title": "{unique}"}}
    return broken(judged(folder, document(paths), Server(server), only="make.lifecycle.*", bodies=prepared))


def test_an_answer_of_an_id_alone_owes_no_other_member(tmp_path: Path) -> None:
    assert outcomes(tmp_path, Watches()) == []


def test_a_member_that_a_read_shows_otherwise_is_a_finding(tmp_path: Path) -> None:
    found = outcomes(tmp_path, Watches(forgets=True))
    assert any(line.startswith("make.lifecycle.echo.title") for line in found)


def test_a_list_of_names_that_is_shown_as_objects_is_not_held_to_what_was_sent(tmp_path: Path) -> None:
    """Sent: the addresses. Shown: what they have become, and after a read nothing of the plan."""
    sent = {"type": "object", "properties": {"origins": {"type": "array", "items": TEXT}, "plan": TEXT}}
    origin = {"type": "object", "properties": {"domain": TEXT}}
    read = {"type": "object", "properties": {"id": TEXT, "origins": {"type": "array", "items": origin}}}
    made = {"type": "object", "properties": {**read["properties"], "plan": TEXT}}
    held: dict[str, Any] = {}

    def answer(call: Call) -> Answer:
        if call.method == "POST":
            key = f"key-{len(held)}"
            held[key] = {"id": key, "origins": [{"domain": each} for each in call.json.get("origins", [])]}
            return 201, {**held[key], "plan": call.json.get("plan", "free")}
        return (200, held[call.parts[-1]]) if call.parts[-1] in held else (404, {})

    paths = {
        "/keys": {"post": operation("make", 201, body=sent, answer=made)},
        "/keys/{id}": {"get": operation("read", 200, 404, answer=read, path="id")},
    }
    prepared = {"make": {"origins": ["https://example.com"], "plan": "gold"}}
    found = judged(tmp_path, document(paths), Server(answer), only="make.lifecycle.*", bodies=prepared)
    assert broken(found) == []


def test_a_list_that_must_be_asked_for_one_parent_is_asked_for_that_of_the_new_thing(tmp_path: Path) -> None:
    lock = {"type": "object", "properties": {"id": TEXT, "folder": {"type": "object"}}}
    held: list[dict[str, Any]] = []

    def answer(call: Call) -> Answer:
        if call.method == "POST":
            held.append({"id": f"lock-{len(held)}", "folder": {"id": f"folder-{len(held)}"}})
            return 201, held[-1]
        if call.path == "/locks":
            wanted = dict(call.query).get("folder_id")
            return 200, [each for each in held if each["folder"]["id"] == wanted]
        found = [each for each in held if each["id"] == call.parts[-1]]
        return (200, found[0]) if found else (404, {})

    folder = {"name": "folder_id", "in": "query", "required": True, "schema": TEXT, "example": "12"}
    paths = {
        "/locks": {
            "post": operation("make", 201, body={"type": "object"}, answer=lock),
            "get": operation("list", 200, answer={"type": "array", "items": lock}, parameters=[folder]),
        },
        "/locks/{id}": {"get": operation("read", 200, 404, answer=lock, path="id")},
    }
    found = judged(tmp_path, document(paths), Server(answer), only="*.lifecycle.*")
    assert broken(found) == []
    assert found["list.lifecycle.listed-once"].verdict is Verdict.PASSED
