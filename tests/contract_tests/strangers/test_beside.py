"""What a creation makes besides, in another collection, is found and deleted as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.requirements.results import RunResult
from contract_tests.target.target_file import ContractTarget, Target
from tests.contract_tests.strangers.stores import Answer, Call, Server, document, operation

TEXT = {"type": "string"}
NAMED = {"type": "object", "required": ["name"], "properties": {"id": TEXT, "name": TEXT}}


def _crud(name: str) -> dict[str, Any]:
    return {
        f"/{name}": {
            "post": operation(f"make-{name}", 201, 422, answer=NAMED, body=NAMED),
            "get": operation(f"list-{name}", 200, answer={"type": "array", "items": NAMED}),
        },
        f"/{name}/{{{name}_id}}": {
            "get": operation(f"read-{name}", 200, 404, answer=NAMED, path=f"{name}_id"),
            "delete": operation(f"delete-{name}", 204, 404, path=f"{name}_id"),
        },
    }


class Watches:
    """Each watch makes a tag of its name, or one of a name of the server's own."""

    def __init__(self, *, own_name: bool = False) -> None:
        self.own_name = own_name
        self.count = 0
        self.held: dict[str, dict[str, Any]] = {"watch": {}, "tag": {"t": {"id": "t", "name": "theirs"}}}

    def __call__(self, call: Call) -> Answer:
        kind, key = call.parts[0], call.parts[1] if len(call.parts) > 1 else ""
        things = self.held[kind]
        if call.method == "POST":
            name = call.json.get("name") if isinstance(call.json, dict) else None
            if not isinstance(name, str):
                return 422, {"detail": "a name, please"}
            if kind == "watch":
                self._make("tag", f"queue {self.count}" if self.own_name else name)
            return 201, self._make(kind, name)
        if not key:
            return 200, list(things.values())
        if key not in things:
            return 404, {"detail": "none"}
        return (204, things.pop(key) and None) if call.method == "DELETE" else (200, things[key])

    def _make(self, kind: str, name: str) -> dict[str, Any]:
        self.count += 1
        made = {"id": f"{kind}-{self.count}", "name": name}
        self.held[kind][made["id"]] = made
        return made


def _run(folder: Path, watches: Watches) -> RunResult:
    spec = folder / "watches.json"
    spec.write_text(json.dumps(document({**_crud("watch"), **_crud("tag")})), encoding="utf-8")
    target = Target(contracts={"watches": ContractTarget(wsgi=Server(watches), spec=spec)})
    return run(target, selection=Selection(requirements=("watches.make-watch.lifecycle.unique-id",)))


def test_a_tag_of_a_name_of_the_run_is_deleted(tmp_path: Path) -> None:
    watches = Watches()
    result = _run(tmp_path, watches)
    assert list(watches.held["tag"]) == ["t"]
    assert not result.leftovers


def test_a_new_object_of_another_name_is_reported_and_left_alone(tmp_path: Path) -> None:
    watches = Watches(own_name=True)
    result = _run(tmp_path, watches)
    assert len(watches.held["tag"]) > 1
    assert any("new since the start of the run" in line for line in result.undeletable)


class Letters:
    """Letters without a list. keeps: whether a deletion succeeds and deletes nothing."""

    def __init__(self, *, keeps: bool) -> None:
        self.keeps = keeps
        self.held: dict[str, dict[str, Any]] = {}

    def __call__(self, call: Call) -> Answer:
        if call.method == "POST":
            name = call.json.get("name") if isinstance(call.json, dict) else None
            if not isinstance(name, str):
                return 422, {"detail": "a name, please"}
            key = f"letter-{len(self.held)}"
            self.held[key] = {"id": key, "name": name}
            return 201, self.held[key]
        key = call.parts[-1]
        if key not in self.held or self.held[key].get("gone"):
            return 404, {"detail": "none"}
        if call.method == "DELETE":
            if not self.keeps:
                self.held[key]["gone"] = True
            return 204, None
        return 200, self.held[key]


@pytest.mark.parametrize("keeps", [False, True])
def test_a_deletion_without_effect_leaves_a_leftover_where_there_is_no_list(
    tmp_path: Path, *, keeps: bool
) -> None:
    paths = _crud("letter")
    del paths["/letter"]["get"]
    spec = tmp_path / "letters.json"
    spec.write_text(json.dumps(document(paths)), encoding="utf-8")
    target = Target(contracts={"letters": ContractTarget(wsgi=Server(Letters(keeps=keeps)), spec=spec)})
    result = run(target, selection=Selection(requirements=("letters.make-letter.examples.*",)))
    assert bool(result.leftovers) is keeps
