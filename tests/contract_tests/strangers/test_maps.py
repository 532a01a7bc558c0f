"""A list may be an object of things by their keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, broken, document, judged, operation

TEXT = {"type": "string"}
WATCH = {"type": "object", "properties": {"title": TEXT}}
MADE = {"type": "object", "properties": {"uuid": TEXT}}
BODY = {"type": "object", "required": ["title"], "properties": {"title": TEXT}}
PATHS = {
    "/watch": {
        "post": operation("make", 201, 422, answer=MADE, body=BODY),
        "get": operation("list", 200, answer={"type": "object", "additionalProperties": WATCH}),
    },
    "/watch/{uuid}": {
        "get": operation("read", 200, 404, answer=WATCH, path="uuid"),
        "delete": operation("delete", 204, 404, path="uuid"),
    },
}


class Watches:
    """Watches by key. forgets: whether a deleted one stays in the list."""

    def __init__(self, *, keeps: bool = False) -> None:
        self.keeps = keeps
        self.made = 0
        self.held: dict[str, Any] = {}
        self.listed: dict[str, Any] = {}

    def __call__(self, call: Call) -> Answer:
        key = call.parts[1] if len(call.parts) > 1 else ""
        if call.method == "POST":
            title = call.json.get("title") if isinstance(call.json, dict) else None
            if not isinstance(title, str):
                return 422, {"detail": "a title, please"}
            self.made += 1
            self.held[f"w{self.made}"] = self.listed[f"w{self.made}"] = {"title": title}
            return 201, {"uuid": f"w{self.made}"}
        if not key:
            return 200, self.listed
        if key not in self.held:
            return 404, {"detail": "none"}
        if call.method == "DELETE":
            del self.held[key]
            if not self.keeps:
                del self.listed[key]
            return 204, None
        return 200, self.held[key]


def test_a_map_is_read_as_a_list(tmp_path: Path) -> None:
    outcomes = judged(tmp_path, document(PATHS), Server(Watches()))
    verdicts = {name: each.verdict for name, each in outcomes.items()}
    assert [name for name in verdicts if verdicts[name] in (Verdict.FAILED, Verdict.INCONCLUSIVE)] == []
    assert verdicts["list.lifecycle.listed-once"] is Verdict.PASSED


def test_a_list_may_stand_under_the_plural(tmp_path: Path) -> None:
    paths = {
        "/watch": {"post": PATHS["/watch"]["post"]},
        "/watches": {"get": PATHS["/watch"]["get"]},
        "/watch/{uuid}": PATHS["/watch/{uuid}"],
    }
    outcomes = judged(tmp_path, document(paths), Server(Watches()), only="list.lifecycle.listed-once")
    assert outcomes["list.lifecycle.listed-once"].verdict is Verdict.PASSED


@pytest.mark.parametrize("keeps", [False, True])
def test_a_deleted_thing_in_a_map_is_found(tmp_path: Path, *, keeps: bool) -> None:
    outcomes = judged(tmp_path, document(PATHS), Server(Watches(keeps=keeps)), only="delete.lifecycle.*")
    assert bool(broken(outcomes)) is keeps
