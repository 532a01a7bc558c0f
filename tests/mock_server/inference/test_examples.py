"""The examples of a spec are the initial state."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

CITY = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "country_id": {"type": "string"}},
}
OSLO, BERGEN = {"id": 7, "name": "Oslo"}, {"id": 8, "name": "Bergen"}
PATH = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}


def answers(schema: Any, **media: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, **media}}
    return {"200": {"description": "ok", "content": content}, "404": {"description": "none"}}


def cities(*, listed: Any = None, single: Any = None, path: Any = PATH, **more: Any) -> dict[str, Any]:
    """A spec of cities. listed, single: the examples of their list and of one of them."""
    entries = {"type": "array", "items": CITY}
    shown = answers(CITY, **({"example": single} if single else {}))
    sent = {"content": {"application/json": {"schema": CITY}}}
    return {
        "/cities": {"get": {"responses": answers(entries, **({"example": listed} if listed else {}))}},
        "/cities/{id}": {
            "get": {"parameters": [path], "responses": shown},
            "put": {"parameters": [path], "requestBody": sent, "responses": shown},
        },
        **more,
    }


@pytest.fixture
def start(play, tmp_path) -> Callable[..., Any]:
    """Builds a client for these paths."""

    def build(paths: dict[str, Any], **components: Any) -> Any:
        document = {
            "openapi": "3.1.0",
            "info": {"title": "x", "version": "1"},
            "paths": paths,
            "components": components,
        }
        (tmp_path / "x.json").write_text(json.dumps(document))
        return play(tmp_path / "x.json")

    return build


def test_the_records_of_a_list_are_those_of_its_example(start):
    client = start(cities(listed=[OSLO, BERGEN]))
    assert client.ask("GET", "/cities")[1] == [OSLO, BERGEN]
    assert client.ask("GET", "/cities/8")[1] == BERGEN


def test_a_named_example_that_is_a_reference_counts(start):
    paths = cities()
    media = paths["/cities"]["get"]["responses"]["200"]["content"]["application/json"]
    media["examples"] = {"one": {"$ref": "#/components/examples/One"}}
    assert start(paths, examples={"One": {"value": [OSLO]}}).ask("GET", "/cities")[1] == [OSLO]


def test_the_example_of_a_read_is_a_record_of_the_list(start):
    client = start(cities(single=OSLO))
    assert client.ask("GET", "/cities/7")[1] == OSLO
    listed = client.ask("GET", "/cities")[1]
    assert listed[0] == OSLO
    assert len(listed) == 5


def test_a_read_adds_to_the_record_that_a_list_shows(start):
    client = start(cities(listed=[OSLO, BERGEN], single={**BERGEN, "country_id": "NO"}))
    assert client.ask("GET", "/cities/8")[1] == {**BERGEN, "country_id": "NO"}


def test_the_key_that_a_path_example_names_is_found(start):
    client = start(cities(path={**PATH, "example": 93}))
    assert client.ask("GET", "/cities/93")[0].status == 200


def test_the_key_that_a_path_example_names_shows_the_example(start):
    client = start(cities(single=OSLO, path={**PATH, "example": 93}))
    assert client.ask("GET", "/cities/93")[1] == {**OSLO, "id": 93}


def test_after_a_write_the_state_decides(start):
    client = start(cities(listed=[OSLO, BERGEN], single=OSLO))
    client.ask("PUT", "/cities/7", {"id": 7, "name": "Kristiania"})
    assert client.ask("GET", "/cities/7")[1]["name"] == "Kristiania"


def test_a_record_that_an_example_refers_to_exists(start):
    country = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    path = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    client = start(
        cities(
            listed=[{**OSLO, "country_id": "NO"}],
            **{
                "/countries": {"get": {"responses": answers({"type": "array", "items": country})}},
                "/countries/{id}": {"get": {"parameters": [path], "responses": answers(country)}},
            },
        )
    )
    assert client.ask("GET", "/countries/NO")[1]["id"] == "NO"


def test_a_generated_record_refers_to_one_that_exists(start):
    country = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    path = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    client = start(
        {
            "/countries": {"get": {"responses": answers({"type": "array", "items": country})}},
            "/countries/{id}": {"get": {"parameters": [path], "responses": answers(country)}},
            **cities(),
        }
    )
    for city in client.ask("GET", "/cities")[1]:
        assert client.ask("GET", f"/countries/{city['country_id']}")[0].status == 200


def test_a_list_below_the_record_that_a_path_example_names_shows_its_example(start):
    district = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    listed = [{"name": "Grorud"}, {"name": "Stovner"}, {"name": "Alna"}]
    operation = {
        "parameters": [{**PATH, "example": 7}],
        "responses": answers({"type": "array", "items": district}, example=listed),
    }
    client = start(cities(listed=[BERGEN, OSLO], **{"/cities/{id}/districts": {"get": operation}}))
    assert client.ask("GET", "/cities/7/districts")[1] == listed


def test_the_example_around_a_list_is_shown_except_what_leads_to_further_pages(start):
    schema = {
        "type": "object",
        "properties": {
            "data": {"type": "array", "items": CITY},
            "region": {"type": "string"},
            "next_page_token": {"type": "string"},
            "total": {"type": "integer"},
        },
    }
    example = {"data": [OSLO], "region": "Europe", "next_page_token": "abc", "total": 400}
    client = start({"/cities": {"get": {"responses": answers(schema, example=example)}}})
    assert client.ask("GET", "/cities")[1] == {"data": [OSLO], "region": "Europe", "total": 1}


def test_an_operation_without_records_shows_its_example(start):
    schema = {"type": "object", "properties": {"state": {"type": "string"}, "n": {"type": "integer"}}}
    client = start({"/health": {"get": {"responses": answers(schema, example={"state": "green", "n": 3})}}})
    assert client.ask("GET", "/health")[1] == {"state": "green", "n": 3}


def test_members_that_only_the_example_declares_are_shown(start):
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    path = {**PATH, "example": 7}
    example = {"id": 7, "mayor": {"name": "Anne"}}
    client = start(
        {"/cities/{id}": {"get": {"parameters": [path], "responses": answers(schema, example=example)}}}
    )
    assert client.ask("GET", "/cities/7")[1] == example


def test_the_example_of_a_read_does_not_change_another_record_of_a_list(start):
    client = start(
        cities(listed=[OSLO, BERGEN], single={"id": 9, "name": "Moss"}, path={**PATH, "example": 7})
    )
    assert client.ask("GET", "/cities/7")[1] == OSLO
    assert client.ask("GET", "/cities/9")[1] == {"id": 9, "name": "Moss"}


@pytest.mark.parametrize("member", ["example", "examples"])
def test_an_example_that_is_a_reference_counts(start, member):
    paths = cities()
    value = [OSLO] if member == "example" else {"one": {"value": [OSLO]}}
    media = paths["/cities"]["get"]["responses"]["200"]["content"]["application/json"]
    media[member] = {"$ref": "#/components/x-examples"}
    assert start(paths, **{"x-examples": value}).ask("GET", "/cities")[1] == [OSLO]


def test_generated_keys_are_positive(start):
    key = {"type": "integer", "format": "int64"}
    city = {"type": "object", "required": ["id"], "properties": {"id": key}}
    listed = start({"/cities": {"get": {"responses": answers({"type": "array", "items": city})}}})
    assert [city["id"] for city in listed.ask("GET", "/cities")[1]] == [1, 2, 3, 4, 5]


EVENT = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}


def test_the_records_that_an_example_shows_below_one_parent_are_below_no_other(start):
    def events_of(name: str, key: str) -> dict[str, Any]:
        parameter = {"name": "owner", "in": "path", "required": True, "schema": {"type": "string"}}
        keyed = {"parameters": [{**parameter, "example": f"{name}1"}]}
        owner = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
        listed = {
            "type": "object",
            "properties": {"events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}},
        }
        return {
            f"/{name}s": {"get": {"responses": answers({"type": "array", "items": owner})}},
            f"/{name}s/{{owner}}": {**keyed, "get": {"responses": answers(owner)}},
            f"/{name}s/{{owner}}/events": {
                **keyed,
                "get": {"responses": answers(listed, example={"events": [{"id": key}]})},
            },
        }

    entries = {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}
    flat = {"/events": {"get": {"responses": answers(entries, example=[{"id": "e0"}])}}}
    client = start({**flat, **events_of("boat", "e1"), **events_of("car", "e2")}, schemas={"Event": EVENT})
    assert client.ask("GET", "/events")[1] == [{"id": "e0"}, {"id": "e1"}, {"id": "e2"}]
    assert client.ask("GET", "/boats/boat1/events")[1] == {"events": [{"id": "e1"}]}
    assert client.ask("GET", "/cars/car1/events")[1] == {"events": [{"id": "e2"}]}


def test_a_record_that_contains_a_list_keeps_its_size(start):
    record = {
        "type": "object",
        "required": ["id", "size"],
        "properties": {
            "id": {"type": "string"},
            "size": {"type": "integer", "example": 12},
            "path": {"type": "object", "properties": {"entries": {"type": "array", "items": EVENT}}},
        },
    }
    client = start({"/trash": {"get": {"responses": answers(record)}}})
    assert client.ask("GET", "/trash")[1]["size"] == 12


def test_a_list_of_texts_shows_its_example_also_beside_an_item(start):
    path = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    listed = {"type": "object", "properties": {"abilities": {"type": "array", "items": {"type": "string"}}}}
    client = start(
        {
            "/abilities": {"get": {"responses": answers(listed, example={"abilities": ["sso", "teams"]})}},
            "/abilities/{id}": {"parameters": [path], "get": {"responses": answers(EVENT)}},
        }
    )
    assert client.ask("GET", "/abilities")[1] == {"abilities": ["sso", "teams"]}


def test_a_list_without_pages_shows_the_documented_size(start):
    events = {"type": "array", "items": EVENT}
    listed = {"type": "object", "properties": {"events": events, "limit": {"type": "integer"}}}
    example = {"events": [{"id": "e1"}], "limit": 25}
    client = start({"/events": {"get": {"responses": answers(listed, example=example)}}})
    assert client.ask("GET", "/events")[1] == example
