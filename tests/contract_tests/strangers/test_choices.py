"""Choices that no document forbids break no *must*, and what a document does forbid is still found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from contract_tests.session.tracker import MOST_LEFT
from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, document, judged, operation

TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
BODY: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": TEXT,
        "site": {"type": "string", "format": "uri"},
        "owner": {"type": "string", "format": "email"},
        "active": {"type": "boolean"},
        "colour": {"type": "string", "default": "red"},
        "meta": {"type": "object"},
        "code": TEXT,
        "labels": {"type": "array", "items": TEXT},
        "price": {"type": "number"},
        "api_key": TEXT,
        "views": {"type": "integer"},
    },
}
SHOWN = {**BODY["properties"], "id": TEXT, "link": TEXT, "phase": TEXT, "slug": TEXT, "created_at": TIME}
PROJECT = {"type": "object", "required": ["id", "name"], "properties": SHOWN}
EXAMPLE = {
    "name": "Demo",
    "site": "https://Example.com",
    "owner": "Ann@Example.COM",
    "active": False,
    "colour": "red",
    "meta": {"a": 1},
    "code": "Ab1",
    "labels": ["Zeta", "Beta"],
    "price": 3.14159,
    "api_key": "key-12345678",
}
TASK = {"type": "object", "required": ["id"], "properties": {"id": TEXT, "title": TEXT}}
TASK_BODY = {"type": "object", "required": ["title"], "properties": {"title": TEXT}}


STORED: dict[str, dict[str, Callable[[Any], Any]]] = {
    "normalises addresses": {
        "site": lambda site: f"https://{urlsplit(site).netloc.lower()}/",
        "owner": lambda owner: f"{owner.partition('@')[0]}@{owner.partition('@')[2].lower()}",
    },
    "removes markup": {"name": lambda name: re.sub("<[^>]*>", "", name)},
    "adds members to objects": {"meta": lambda meta: {**meta, "changed": datetime.now(UTC).isoformat()}},
    "writes codes in capitals": {"code": str.upper},
    "writes labels in small letters": {"labels": lambda labels: sorted(each.lower() for each in labels)},
    "rounds prices": {"price": lambda price: round(price, 2)},
    "stores seven digits": {"price": lambda price: price * 1.00000001},
    "loses the host": {"site": lambda _: "https://other.example/"},
    "escapes markup": {"name": lambda name: name.replace("<", "&lt;")},
    "writes names in capitals": {"name": str.upper},
    "loses cents": {"price": lambda price: price + 1},
}
"""What a server stores instead of what was sent, by choice and member."""


def paths(parent: str = "id") -> dict[str, Any]:
    """Projects, and tasks below them whose id is called like that of a project. parent: what the paths of
    tasks call the project."""
    create = operation("make", 201, 422, answer=PROJECT, body=BODY)
    create["requestBody"]["content"]["application/json"]["example"] = EXAMPLE
    listing = operation("list", 200, answer={"type": "array", "items": PROJECT})
    change = {"type": "object", "properties": BODY["properties"]}
    return {
        "/projects": {"post": create, "get": listing},
        "/projects/{id}": {
            "get": operation("read", 200, 404, answer=PROJECT, path="id"),
            "patch": operation("change", 200, 404, 422, answer=PROJECT, body=change, path="id"),
            "delete": operation("delete", 204, 404, path="id"),
        },
        f"/projects/{{{parent}}}/tasks": {
            "post": operation("makeTask", 201, 422, answer=TASK, body=TASK_BODY, path=parent),
            "get": operation("listTasks", 200, answer={"type": "array", "items": TASK}, path=parent),
        },
        f"/projects/{{{parent}}}/tasks/{{task_id}}": {
            "get": operation("readTask", 200, 404, answer=TASK, path=f"{parent} task_id"),
            "delete": operation("deleteTask", 204, 404, path=f"{parent} task_id"),
        },
    }


class Projects:
    """A server that takes one choice, or makes one mistake."""

    def __init__(self, choice: str) -> None:
        self.choice = choice
        self.task_of_its_own = False
        self.projects: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, dict[str, Any]]] = {}

    def __call__(self, call: Call) -> Answer:
        key, *below = [*call.parts[1:], ""]
        if not key:
            return self._create(call.json) if call.method == "POST" else (200, self._listed())
        if below[0] == "tasks" and self.choice == "names projects above tasks by slug":
            key = next((name for name, each in self.projects.items() if each["slug"] == key), "none")
        if key not in self.projects:
            return 404, {"detail": "none"}
        if below[0] == "tasks":
            return self._task(call, self.tasks[key], below[1])
        project = self.projects[key]
        if call.method == "DELETE":
            return self._delete(key)
        if call.method == "PATCH":
            if not _is_valid(call.json):
                return 422, {"detail": "no"}
            project.update(self._stored(call.json, project))
        if self.choice == "reading moves the phase":
            project["phase"] = "read"
        return 200, self._shown(project)

    def _create(self, body: Any) -> Answer:
        if not _is_valid(body) or "name" not in body:
            return 422, {"detail": "no"}
        twin = next((each for each in self.projects.values() if each["name"] == body["name"]), None)
        if twin is not None and self.choice == "answers with the project of that name":
            return 200, self._shown(twin)
        if self.projects and self.choice == "updates the one project it has":
            only = next(iter(self.projects.values()))
            only.update(self._stored(body, only))
            return 200, self._shown(only)
        key = str(uuid4())
        plain = {
            "id": key,
            "slug": f"project-{len(self.tasks)}",
            "active": True,
            "colour": "red",
            "phase": "ready",
            "created_at": datetime.now(UTC).isoformat(),
        }
        self.projects[key] = {**plain, **self._stored(body, {})}
        self.tasks[key] = {"own": {"id": "own", "title": "First"}} if self.task_of_its_own else {}
        status = 200 if self.choice == "creates with 200" else 201
        return status, self._shown(self.projects[key], phase="new")

    def _delete(self, key: str) -> Answer:
        if self.choice == "never deletes":
            return 409, {"detail": "archive it first"}
        if self.choice == "refuses to delete what has tasks" and self.tasks[key]:
            return 409, {"detail": "not empty"}
        del self.projects[key]
        return 204, None

    def _task(self, call: Call, tasks: dict[str, Any], key: str) -> Answer:
        if not key and call.method == "POST":
            title = call.json.get("title") if isinstance(call.json, dict) else None
            if not isinstance(title, str):
                return 422, {"detail": "no"}
            made = {"id": str(uuid4()), "title": title}
            tasks[made["id"]] = made
            return 201, made
        if not key:
            return 200, list(tasks.values())
        if key not in tasks:
            return 404, {"detail": "none"}
        return (204, tasks.pop(key) and None) if call.method == "DELETE" else (200, tasks[key])

    def _stored(self, body: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        stored = {name: value for name, value in body.items() if name in BODY["properties"]}
        for name, change in STORED.get(self.choice, {}).items():
            if name in stored:
                stored[name] = change(stored[name])
        if self.choice == "counts views itself":
            stored.pop("views", None)
        if self.choice == "merges objects" and "meta" in stored:
            stored["meta"] = {**before.get("meta", {}), **stored["meta"]}
        return stored

    def _listed(self) -> list[Any]:
        every = list(self.projects.values())
        if self.choice == "lists only what is active":
            every = [each for each in every if each["active"]]
        return [] if self.choice == "lists nothing" else [self._shown(each) for each in every]

    def _shown(self, project: Mapping[str, Any], *, phase: str = "") -> dict[str, Any]:
        shown = {**project}
        if self.choice == "signs links anew":
            shown["link"] = f"https://files.example/x?signature={uuid4()}"
        if self.choice == "masks keys" and "api_key" in shown:
            shown["api_key"] = f"****{shown['api_key'][-4:]}"
        if self.choice == "shows keys once" and not phase:
            shown.pop("api_key", None)
        if self.choice == "goes on after the creation":
            shown["phase"] = phase or "ready"
        if self.choice == "leaves out defaults":
            shown = {name: value for name, value in shown.items() if value not in (False, "red", {})}
        if self.choice == "fills in another default":
            shown["colour"] = "blue"
        return shown


def _is_valid(body: Any) -> bool:
    types = {"active": bool, "meta": dict, "labels": list, "price": int | float, "views": int}
    return (
        isinstance(body, dict)
        and all(isinstance(body[name], types.get(name, str)) for name in body if name in BODY["properties"])
        and all(isinstance(label, str) for label in body.get("labels", ()))
        and not isinstance(body.get("price"), bool)
        and ("site" not in body or "://" in body["site"])
        and ("owner" not in body or "@" in body["owner"])
    )


def failed(folder: Path, choice: str) -> list[str]:
    parent = "slug" if choice == "names projects above tasks by slug" else "id"
    outcomes = judged(folder, document(paths(parent)), Server(Projects(choice)))
    bad = {Verdict.FAILED, Verdict.ERRORED}
    return [f"{name}: {each.finding}" for name, each in outcomes.items() if each.verdict in bad]


@pytest.mark.parametrize(
    "choice",
    [
        "none",
        "signs links anew",
        "goes on after the creation",
        "leaves out defaults",
        "normalises addresses",
        "removes markup",
        "adds members to objects",
        "lists only what is active",
        "refuses to delete what has tasks",
        "names projects above tasks by slug",
        "counts views itself",
        "answers with the project of that name",
        "writes codes in capitals",
        "writes labels in small letters",
        "rounds prices",
        "stores seven digits",
        "masks keys",
        "shows keys once",
    ],
)
def test_an_honest_choice_breaks_no_must(tmp_path: Path, choice: str) -> None:
    assert failed(tmp_path, choice) == []


@pytest.mark.parametrize(
    ("mistake", "requirement"),
    [
        ("fills in another default", "make.lifecycle.default.colour"),
        ("loses the host", "make.lifecycle.echo.site"),
        ("escapes markup", "make.lifecycle.letters.name"),
        ("merges objects", "change.lifecycle.replaces.meta"),
        ("writes names in capitals", "make.lifecycle.echo.name"),
        ("loses cents", "make.lifecycle.echo.price"),
        ("creates with 200", "make.schema.status"),
        ("lists nothing", "list.lifecycle.listed-once"),
    ],
)
def test_a_mistake_beside_such_a_choice_breaks_a_must(tmp_path: Path, mistake: str, requirement: str) -> None:
    assert any(line.startswith(requirement) for line in failed(tmp_path, mistake))


@pytest.mark.parametrize(
    "choice", ["signs links anew", "goes on after the creation", "reading moves the phase"]
)
def test_a_read_that_changes_what_it_shows_is_distinguished_from_what_moves_by_itself(
    tmp_path: Path, choice: str
) -> None:
    server = Server(Projects(choice))
    outcomes = judged(tmp_path, document(paths()), server, only="read.lifecycle.safe")
    is_found = outcomes["read.lifecycle.safe"].verdict is Verdict.WARNING
    assert is_found is (choice == "reading moves the phase")


def test_a_parent_that_a_second_creation_updates_is_not_taken_for_another_one(tmp_path: Path) -> None:
    broken = failed(tmp_path, "updates the one project it has")

    assert [each for each in broken if ".isolation." in each] == []


def test_what_a_refused_deletion_waits_for_is_deleted_first(tmp_path: Path) -> None:
    projects = Projects("refuses to delete what has tasks")
    projects.task_of_its_own = True
    judged(tmp_path, document(paths()), Server(projects))
    assert not projects.projects


def test_what_cannot_be_deleted_is_not_made_for_ever(tmp_path: Path) -> None:
    projects = Projects("never deletes")
    judged(tmp_path, document(paths()), Server(projects))
    assert len(projects.projects) < 3 * MOST_LEFT
