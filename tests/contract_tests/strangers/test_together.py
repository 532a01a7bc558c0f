"""Requests at once, and what updates and creations keep: defects are found, an honest server is spared."""

from __future__ import annotations

import threading
import time
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, document, judged, operation

TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
BODY: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": TEXT, "note": TEXT, "tags": {"type": "array", "items": TEXT}},
}
SHOWN = {**BODY["properties"], "id": TEXT, "created_at": TIME, "updated_at": TIME}
THING = {"type": "object", "required": ["id", "name"], "properties": SHOWN}
CHANGE = {"type": "object", "properties": BODY["properties"]}
PATHS = {
    "/things": {
        "post": operation("make", 201, 422, answer=THING, body=BODY),
        "get": operation("list", 200, answer={"type": "array", "items": THING}),
    },
    "/things/{id}": {
        "get": operation("read", 200, 404, answer=THING, path="id"),
        "patch": operation("change", 200, 404, 422, answer=THING, body=CHANGE, path="id"),
        "delete": operation("delete", 204, 404, path="id"),
    },
}
PAUSE = 0.05
"""Seconds between reading and writing in a server without a lock."""


class Things:
    """A server with one defect, or none."""

    def __init__(self, defect: str) -> None:
        self.defect = defect
        self.held: dict[str, dict[str, Any]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> Answer:
        key = call.parts[1] if len(call.parts) > 1 else ""
        if call.method in ("POST", "PATCH") and not _is_valid(call.json, owed=call.method == "POST"):
            return 422, {"detail": "no"}
        if call.method == "POST":
            return 201, self._make(call.json)
        if not key:
            return 200, list(self.held.values())
        if key not in self.held:
            return 404, {"detail": "none"}
        if call.method == "DELETE":
            del self.held[key]
            return 204, None
        return 200, self._change(key, call.json) if call.method == "PATCH" else self.held[key]

    def _make(self, body: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._count += 1
            key = str(self._count)
        if self.defect == "gives an id twice":
            key = str(len(self.held) + 1)
            time.sleep(PAUSE)
        now = datetime.now(UTC).isoformat()
        self.held[key] = {**self._stored(body), "id": key, "created_at": now, "updated_at": now}
        return self.held[key]

    def _change(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.defect == "loses an update":
            before = dict(self.held[key])
            time.sleep(PAUSE)
            self.held[key] = {**before, **self._stored(body)}
        with self._lock:
            self.held[key].update(self._stored(body))
        if self.defect != "keeps the time of change":
            self.held[key]["updated_at"] = datetime.now(UTC).isoformat()
        if self.defect == "changes the notes of all" and "note" in body:
            for each in self.held.values():
                each["note"] = body["note"]
        return self.held[key]

    def _stored(self, body: dict[str, Any]) -> dict[str, Any]:
        stored = {name: value for name, value in body.items() if name in BODY["properties"]}
        if self.defect == "keeps the first tag only" and "tags" in stored:
            stored["tags"] = stored["tags"][:1]
        if self.defect == "composes letters":
            stored["name"] = unicodedata.normalize("NFC", stored.get("name", ""))
        return stored


def _is_valid(body: Any, *, owed: bool) -> bool:
    if not isinstance(body, dict) or (owed and "name" not in body):
        return False
    texts = [body[name] for name in ("name", "note") if name in body]
    tags = body.get("tags", [])
    return isinstance(tags, list) and all(isinstance(each, str) for each in (*texts, *tags))


def found(folder: Path, defect: str) -> dict[str, Verdict]:
    prepared = {"make": {"name": "{unique}", "note": "as it was", "tags": ["a"]}}
    outcomes = judged(folder, document(PATHS), Server(Things(defect)), bodies=prepared)
    bad = {Verdict.FAILED, Verdict.WARNING, Verdict.ERRORED}
    return {
        name: each.verdict
        for name, each in outcomes.items()
        if each.verdict in bad and not name.endswith("content-type")
    }


def test_an_honest_server_is_left_alone(tmp_path: Path) -> None:
    assert found(tmp_path, "none") == {}


@pytest.mark.parametrize(
    ("defect", "requirement", "verdict"),
    [
        ("gives an id twice", "make.lifecycle.together", Verdict.WARNING),
        ("loses an update", "change.lifecycle.together", Verdict.WARNING),
        ("keeps the time of change", "change.lifecycle.moves-time", Verdict.WARNING),
        ("changes the notes of all", "change.isolation.siblings", Verdict.FAILED),
        ("keeps the first tag only", "make.lifecycle.elements.tags", Verdict.WARNING),
        ("composes letters", "make.lifecycle.decomposed.name", Verdict.WARNING),
    ],
)
def test_a_defect_is_found(tmp_path: Path, defect: str, requirement: str, verdict: Verdict) -> None:
    assert found(tmp_path, defect).get(requirement) is verdict
