"""Bodies made from a schema alone: tried with optional members, refused once, with ids of real things."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import (
    Answer,
    Call,
    Server,
    always,
    broken,
    document,
    judged,
    operation,
)

TEXT = {"type": "string"}
BODY = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "colour": TEXT}}
THING = {"type": "object", "properties": {"id": TEXT, "name": TEXT, "colour": TEXT}}
FLOW = {"type": "object", "required": ["flow_id"], "properties": {"flow_id": {**TEXT, "format": "uuid"}}}


def things() -> dict[str, Any]:
    return {
        "/things": {"post": operation("make", 201, 422, answer=THING, body=BODY)},
        "/things/{id}": {
            "get": operation("read", 200, 404, answer=THING, path="id"),
            "delete": operation("delete", 204, 404, path="id"),
        },
    }


class Store:
    """Things in memory; `owed` are the members it refuses to do without."""

    def __init__(self, *owed: str) -> None:
        self.owed = owed
        self.held: dict[str, Any] = {}

    def __call__(self, call: Call) -> Answer:
        key = call.parts[1] if len(call.parts) > 1 else ""
        if call.method == "POST":
            body = call.json
            if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in self.owed):
                return 422, {"detail": "something is missing"}
            self.held[str(len(self.held))] = {**body, "id": str(len(self.held))}
            return 201, list(self.held.values())[-1]
        if key not in self.held:
            return 404, {"detail": "none"}
        if call.method == "DELETE":
            self.held[key] = None
            return 204, None
        return 200, self.held[key]


def test_a_body_refused_at_its_smallest_is_tried_with_optional_members(tmp_path: Path) -> None:
    outcomes = judged(tmp_path, document(things()), Server(Store("name", "colour")), only="make.examples.*")
    assert outcomes["make.examples.success"].verdict is Verdict.PASSED


def test_a_body_that_is_always_refused_is_reported_once(tmp_path: Path) -> None:
    server = Server(Store("something", "else"))
    outcomes = judged(tmp_path, document(things()), server)
    assert broken(outcomes) == []
    reasons = [each.reason for each in outcomes.values() if "give bodies.make" in each.reason]
    assert len(reasons) > 10
    assert len(set(reasons)) == 1
    assert len(server.heard("POST", "/things")) == 2


def test_a_prepared_body_that_is_refused_is_a_finding(tmp_path: Path) -> None:
    server = Server(Store("something"))
    outcomes = judged(
        tmp_path, document(things()), server, only="make.examples.*", bodies={"make": {"name": "a"}}
    )
    assert outcomes["make.examples.success"].verdict is Verdict.FAILED


def test_a_body_names_a_thing_that_was_made_first(tmp_path: Path) -> None:
    flows: list[str] = []

    def answer(call: Call) -> Answer:
        if call.path == "/flows":
            flows.append(f"00000000-0000-4000-8000-{len(flows):012}")
            return 201, {"id": flows[-1]}
        body = call.json
        known = isinstance(body, dict) and body.get("flow_id") in flows
        return (201, {"id": "run"}) if known else (409, {"detail": "no such flow"})

    paths = {
        "/flows": {"post": operation("makeFlow", 201, answer=THING)},
        "/flows/{id}": {"get": operation("readFlow", 200, path="id")},
        "/runs": {"post": operation("makeRun", 201, 409, answer=THING, body=FLOW)},
        "/runs/{id}": {"get": operation("readRun", 200, path="id")},
    }
    outcomes = judged(tmp_path, document(paths), Server(answer), only="makeRun.examples.*")
    assert outcomes["makeRun.examples.success"].verdict is Verdict.PASSED


def test_a_body_that_names_the_thing_it_makes_names_a_new_one(tmp_path: Path) -> None:
    number = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "example": 1}}}
    paths = {
        "/pets": {"post": operation("make", 201, answer=number, body=number)},
        "/pets/{id}": {"get": operation("read", 200, answer=number, path="id")},
    }
    server = Server(lambda call: (201, call.json))
    outcomes = judged(tmp_path, document(paths), server, only="make.examples.*")
    assert outcomes["make.examples.success"].verdict is Verdict.PASSED
    assert all(call.json["id"] > 1000 for call in server.heard("POST", "/pets"))


def test_an_id_that_nothing_has_is_not_invented_for_a_body(tmp_path: Path) -> None:
    paths = {
        "/flows/{id}": {"get": operation("readFlow", 200, path="id")},
        "/runs": {"post": operation("makeRun", 201, 409, body=FLOW)},
    }
    server = Server(always(409, {"detail": "no such flow"}))
    outcomes = judged(tmp_path, document(paths), server, only="makeRun.examples.*")
    assert outcomes["makeRun.examples.success"].verdict is Verdict.SKIPPED
    assert server.calls == []


def test_a_refusal_of_a_value_that_was_made_up_is_no_finding(tmp_path: Path) -> None:
    token = {"name": "page-token", "in": "query", "required": True, "schema": TEXT}
    shown = {**token, "example": "first"}
    for parameter, verdict in ((token, Verdict.INCONCLUSIVE), (shown, Verdict.FAILED)):
        paths = {"/events": {"get": operation("next", 200, 400, parameters=[parameter])}}
        server = Server(always(400, {"detail": "no such token"}))
        outcomes = judged(tmp_path, document(paths), server, only="next.examples.*")
        assert outcomes["next.examples.success"].verdict is verdict


def test_a_documented_refusal_of_a_call_without_values_depends_on_state(tmp_path: Path) -> None:
    for statuses, verdict in (((200, 422), Verdict.INCONCLUSIVE), ((200,), Verdict.FAILED)):
        paths = {"/csrf-token": {"get": operation("token", *statuses)}}
        server = Server(always(422, {"detail": "switched off"}))
        outcomes = judged(tmp_path, document(paths), server, only="token.examples.*")
        assert outcomes["token.examples.success"].verdict is verdict


class TakesNothing(Store):
    """Makes a thing without a name of a request without a body."""

    def __call__(self, call: Call) -> Answer:
        if call.method == "POST" and not call.content:
            key = str(len(self.held))
            self.held[key] = {"id": key}
            return 201, self.held[key]
        return super().__call__(call)


@pytest.mark.parametrize("required", [True, False])
def test_an_empty_body_is_refused_where_the_body_is_required(tmp_path: Path, *, required: bool) -> None:
    paths = things()
    paths["/things"]["post"]["requestBody"]["required"] = required
    server = Server(TakesNothing("name"))
    outcomes = judged(tmp_path, document(paths), server, only="make.robustness.empty-body")
    assert bool(broken(outcomes)) is required


def test_a_known_id_has_the_type_that_the_body_wants(tmp_path: Path) -> None:
    stock = {"type": "object", "required": ["product_id"], "properties": {"product_id": {"type": "integer"}}}
    paths = {
        "/stock/{product_id}": {
            "get": operation("read", 200, 404, answer={"type": "object"}, path="product_id")
        },
        "/adjust": {"post": operation("adjust", 200, 422, answer={"type": "object"}, body=stock)},
    }
    bodies: list[Any] = []

    def answer(call: Call) -> Answer:
        if call.method == "POST":
            bodies.append(call.json)
        return 200, {}

    judged(tmp_path, document(paths), Server(answer), known={"product_id": "1"}, may_change=("adjust",))

    assert {"product_id": 1} in bodies
    assert {"product_id": "1"} not in bodies
