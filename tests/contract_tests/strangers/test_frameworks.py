"""What servers do by the defaults of their framework is not called broken: seen at Django REST framework,
flask-smorest, APIFlask and Litestar."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
SLUG = {"type": "string", "pattern": "^[-a-z0-9_]+$"}
LOAN = {"type": "object", "required": ["id", "slug"], "properties": {"id": TEXT, "slug": SLUG}}
NEW_LOAN = {"type": "object", "required": ["slug"], "properties": {"slug": SLUG}}


def test_a_parser_that_gives_up_at_deep_nesting_is_warned_of(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        if call.content.count(b"[") > 900:
            return 500, {"detail": "maximum recursion depth exceeded"}
        return (201, {"id": "1"}) if isinstance(call.json, dict) else (400, {"detail": "no JSON object"})

    paths = {
        "/things": {"post": operation("make", 201, 400, answer={"type": "object"}, body={"type": "object"})},
        "/things/{id}": {"get": operation("read", 200, 400, path="id")},
    }
    outcomes = judged(tmp_path, document(paths), Server(answer), only="make.robustness.*")
    assert outcomes["make.robustness.no-server-error"].verdict is Verdict.WARNING
    assert Verdict.FAILED not in {each.verdict for each in outcomes.values()}


def test_a_query_value_may_choose_the_media_type_of_the_answer(tmp_path: Path) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        wants_yaml = "format=yaml" in environ["QUERY_STRING"]
        if wants_yaml and "*/*" not in environ["HTTP_ACCEPT"]:
            start_response("406 Not Acceptable", [("Content-Type", "application/json")])
            return [b'{"detail": "Could not satisfy the request Accept header."}']
        media = "application/yaml" if wants_yaml else "application/json"
        start_response("200 OK", [("Content-Type", media)])
        return [b"paths: {}" if wants_yaml else b'{"paths": {}}']

    shown = {"schema": {"type": "object"}}
    choice = {"name": "format", "in": "query", "schema": {"type": "string", "enum": ["json", "yaml"]}}
    node = operation("show", 200, parameters=[choice])
    node["responses"]["200"]["content"] = {"application/json": shown, "application/yaml": shown}
    outcomes = judged(tmp_path, document({"/schema": {"get": node}}), application, only="show.*")
    assert broken(outcomes) == []
    assert outcomes["show.validation.query.format.enum.yaml.accepted"].verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        ({"type": "object", "properties": {"total": {"type": "integer"}}}, '{"total": 0}'),
        ({"type": "object", "properties": {"total": {"type": "integer"}}}, "total,0"),
        ({"type": "object", "properties": {"total": {"type": "integer"}}}, "total=0,pages=1"),
        ({"type": "array", "items": {"type": "integer"}}, "1, 2,3"),
        ({"type": "array", "items": TEXT}, "1,2"),
        ({"type": "number"}, "0.5"),
    ],
)
def test_a_header_is_read_in_the_simple_style_and_as_json(
    *, tmp_path: Path, schema: dict[str, Any], sent: str
) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        del environ
        start_response("200 OK", [("Content-Type", "application/json"), ("X-Pages", sent)])
        return [b"[]"]

    node = operation("list", 200)
    node["responses"]["200"]["headers"] = {"X-Pages": {"schema": schema}}
    outcomes = judged(tmp_path, document({"/things": {"get": node}}), application, only="list.schema.*")
    assert outcomes["list.schema.headers"].verdict is Verdict.PASSED


def test_a_header_of_another_type_is_broken(tmp_path: Path) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        del environ
        start_response("200 OK", [("Content-Type", "application/json"), ("X-Pages", "total,none")])
        return [b"[]"]

    node = operation("list", 200)
    pages = {"type": "object", "properties": {"total": {"type": "integer"}}}
    node["responses"]["200"]["headers"] = {"X-Pages": {"schema": pages}}
    outcomes = judged(tmp_path, document({"/things": {"get": node}}), application, only="list.schema.*")
    assert outcomes["list.schema.headers"].verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ({"page": ["Not a valid integer."]}, Verdict.PASSED),
        ({"query": {"page": ["Not a valid integer."]}}, Verdict.PASSED),
        ({"query": {"other": ["Not a valid integer."]}}, Verdict.WARNING),
    ],
)
def test_a_bag_of_errors_may_name_the_place_first(
    *, tmp_path: Path, errors: dict[str, Any], verdict: Verdict
) -> None:
    def answer(call: Call) -> Answer:
        bad = [value for name, value in call.query if name == "page" and not value.isdecimal()]
        return (422, {"errors": errors}) if bad else (200, [])

    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    node = operation("list", 200, 422, parameters=[page])
    bag = {"type": "object", "properties": {"errors": {"type": "object"}}}
    node["responses"]["422"]["content"] = {"application/json": {"schema": bag}}
    outcomes = judged(tmp_path, document({"/things": {"get": node}}), Server(answer), only="list.errors.*")
    assert outcomes["list.errors.names.query"].verdict is verdict


def test_keys_with_a_pattern_are_drawn_anew_for_each_thing(tmp_path: Path) -> None:
    held: dict[str, dict[str, Any]] = {}

    def answer(call: Call) -> Answer:
        if call.method == "POST":
            slug = call.json["slug"] if isinstance(call.json, dict) and "slug" in call.json else None
            if slug is None or slug in {each["slug"] for each in held.values()}:
                return 400, {"slug": ["loan with this slug already exists."]}
            held[str(len(held))] = {"id": str(len(held)), "slug": slug}
            return 201, [*held.values()][-1]
        return (200, held[call.parts[1]]) if call.parts[1] in held else (404, {"detail": "Not found."})

    paths = {
        "/loans": {"post": operation("make", 201, 400, answer=LOAN, body=NEW_LOAN)},
        "/loans/{id}": {"get": operation("read", 200, 404, answer=LOAN, path="id")},
    }
    outcomes = judged(tmp_path, document(paths), Server(answer), only="make.lifecycle.*")
    assert [each.reason for each in outcomes.values() if "refuses the bodies" in each.reason] == []


def test_an_email_shown_by_the_document_is_sent_as_it_is(tmp_path: Path) -> None:
    shown = {"email": "ada@example.com", "password": "engine"}
    body = {"type": "object", "properties": {"email": TEXT, "password": TEXT}, "example": shown}
    paths = {
        "/sessions": {"post": operation("log_in", 201, answer=LOAN, body=body)},
        "/sessions/{id}": {"get": operation("read", 200, path="id")},
    }
    server = Server(always(201, {"id": "1", "slug": "a"}))
    judged(tmp_path, document(paths), server, only="log_in.examples.*")
    assert {call.json["email"] for call in server.heard("POST", "/sessions")} == {"ada@example.com"}


OPTIONAL = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "null"}]}
SET = {"name": TEXT, "age": OPTIONAL}
HERO = {"type": "object", "required": ["id", "name"], "properties": {"id": TEXT, **SET}}
NEW_HERO = {"type": "object", "required": ["name"], "properties": SET}
CHANGES = {"type": "object", "properties": {"name": {"anyOf": [TEXT, {"type": "null"}]}, "age": OPTIONAL}}


def heroes(body: dict[str, Any] = NEW_HERO) -> dict[str, Any]:
    """A document as a framework writes it from classes: without examples, optional members may be null."""
    return document(
        {
            "/heroes": {"post": operation("make", 200, 422, answer=HERO, body=body)},
            "/heroes/{id}": {
                "get": operation("read", 200, 404, answer=HERO, path="id"),
                "patch": operation("change", 200, 404, 422, answer=HERO, body=CHANGES, path="id"),
            },
        }
    )


class Heroes:
    """Heroes in memory. made, changed: what a creation and an update keep of what was sent."""

    def __init__(
        self,
        made: Callable[[dict[str, Any]], dict[str, Any]] = dict,
        changed: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    ) -> None:
        self.made, self.changed = made, changed
        self.held: dict[str, dict[str, Any]] = {}

    def __call__(self, call: Call) -> Answer:
        sent = call.json if isinstance(call.json, dict) else {}
        age = sent.get("age")
        if not isinstance(sent.get("name", ""), str | None) or (age is not None and age not in range(10)):
            return 422, {"detail": "no such values"}
        if call.method == "POST":
            if "name" not in sent:
                return 422, {"detail": "a name is required"}
            key = str(len(self.held) + 1)
            kept = {name: value for name, value in sent.items() if name in SET}
            self.held[key] = {"id": key, "age": None, **self.made(kept)}
            return 200, self.held[key]
        hero = self.held.get(call.parts[1])
        if hero is None:
            return 404, {"detail": "no such hero"}
        answer = dict(hero)
        if call.method == "PATCH":
            changes = {name: value for name, value in sent.items() if name in SET}
            answer |= changes
            hero |= self.changed(changes)
        return 200, answer


def test_other_values_of_members_that_may_be_null_are_made_up(tmp_path: Path) -> None:
    def nothing(sent: dict[str, Any]) -> dict[str, Any]:
        del sent
        return {}

    outcomes = judged(tmp_path, heroes(), Server(Heroes(changed=nothing)), only="change.lifecycle.*")
    assert outcomes["change.lifecycle.changes.name"].verdict is Verdict.FAILED
    assert outcomes["change.lifecycle.changes.age"].verdict is Verdict.FAILED


def test_optional_members_that_no_example_shows_are_sent(tmp_path: Path) -> None:
    forgetful = Heroes(made=lambda sent: {**sent, "age": None})
    outcomes = judged(tmp_path, heroes(), Server(forgetful), only="make.lifecycle.*")
    assert outcomes["make.lifecycle.echo.age"].verdict is Verdict.FAILED
    faithful = judged(tmp_path, heroes(), Server(Heroes()), only="make.lifecycle.*")
    assert faithful["make.lifecycle.echo.age"].verdict is Verdict.PASSED
    assert broken(faithful) == []


def test_optional_members_are_not_made_up_where_one_schema_is_for_both_ways(tmp_path: Path) -> None:
    forgetful = Heroes(made=lambda sent: {**sent, "age": None})
    outcomes = judged(tmp_path, heroes(HERO | {"required": ["name"]}), Server(forgetful), only="make.*")
    assert outcomes["make.lifecycle.echo.age"].verdict is Verdict.SKIPPED


def test_null_may_stand_for_leaving_a_member_out(tmp_path: Path) -> None:
    def without_nulls(sent: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in sent.items() if value is not None}

    server = Server(Heroes(changed=without_nulls))
    outcomes = judged(tmp_path, heroes(), server, only="change.lifecycle.clears.*")
    assert {name: each.verdict for name, each in outcomes.items()} == {
        "change.lifecycle.clears.age": Verdict.WARNING
    }


def test_the_largest_page_is_asked_for_in_whole_numbers(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        whole = all(value.isdecimal() for _, value in call.query)
        return (200, [{"id": "1", "slug": "a"}]) if whole else (400, {"detail": "no integer"})

    size = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1.0, "maximum": 50.0}}
    shown = {"type": "array", "items": LOAN}
    paths = {
        "/loans": {"get": operation("list", 200, 400, answer=shown, parameters=[size])},
        "/loans/{id}": {"get": operation("read", 200, 404, path="id", answer=LOAN)},
    }
    outcomes = judged(tmp_path, document(paths), Server(answer), only="list.*")
    bad = {Verdict.FAILED, Verdict.ERRORED}
    assert [name for name, each in outcomes.items() if each.verdict in bad] == []
