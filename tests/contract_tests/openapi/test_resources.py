"""What a document implies can be created, read and listed: by path, in whatever spelling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.openapi.contract import Contract
from contract_tests.openapi.resources import Resource, Resources
from tests.contract_tests.strangers.stores import document, operation

PET = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}


def resources(paths: dict[str, Any]) -> Resources:
    return Resources(Contract("stranger", Path("stranger.json"), document(paths)))


def only(paths: dict[str, Any]) -> Resource:
    (found,) = resources(paths).all
    return found


def things(answer: Any, key: str = "id") -> dict[str, Any]:
    """A collection whose create answers so, and its item."""
    return {
        "/things": {"post": operation("make", 201, answer=answer), "get": operation("list", 200)},
        f"/things/{{{key}}}": {"get": operation("read", 200, path=key)},
    }


def test_resources_with_the_same_parameter_name_are_separate() -> None:
    found = resources(
        {
            "/pets": {"post": operation("makePet", 201)},
            "/pets/{id}": {"get": operation("readPet", 200, path="id")},
            "/orders/{id}": {"get": operation("readOrder", 200, path="id")},
        }
    )
    pets, orders = found.at("/pets/{id}"), found.at("/orders/{id}")
    assert pets is not None and orders is not None  # noqa: PT018
    assert pets.create is not None and orders.create is None  # noqa: PT018


def test_a_trailing_slash_is_ignored() -> None:
    thing = only(
        {
            "/things/": {"post": operation("make", 201), "get": operation("list", 200)},
            "/things/{id}/": {"delete": operation("delete", 204, path="id")},
        }
    )
    assert [each and each.id for each in (thing.create, thing.list, thing.delete)] == [
        "make",
        "list",
        "delete",
    ]


def test_places_of_one_shape_get_one_name() -> None:
    contract = Contract(
        "stranger",
        Path("stranger.json"),
        document(
            {
                "/users/{id}": {"get": operation("read", 200, path="id")},
                "/users/{user_id}/posts/{id}": {"get": operation("post", 200, path="user_id id")},
            }
        ),
    )
    assert [each.path for each in contract.operations.values()] == [
        "/users/{user_id}",
        "/users/{user_id}/posts/{id}",
    ]
    assert contract.operations["read"].parameter("user_id", "path") is not None


@pytest.mark.parametrize(
    ("key", "members", "pointer"),
    [
        ("id", ["name", "id"], "/id"),
        ("thingId", ["id", "thing_id"], "/thing_id"),
        ("thing_id", ["id", "thingId"], "/thingId"),
        ("id", ["thing_id", "name"], "/thing_id"),
        ("name", ["id", "name"], "/name"),
        ("thing_name", ["id", "name"], "/name"),
        ("whatever", ["name", "id"], "/id"),
        ("ThingSid", ["sid", "name"], "/sid"),
    ],
)
def test_the_key_is_the_member_the_parameter_names(key: str, members: list[str], pointer: str) -> None:
    record = {"type": "object", "properties": {name: {"type": "string"} for name in members}}
    assert only(things(record, key)).id_pointer == pointer
    assert (
        only(things({"type": "object", "properties": {"data": record}}, key)).id_pointer == f"/data{pointer}"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"id": "a"},
        {"data": {"id": "a", "name": "x"}},
        [{"id": "a"}],
        {"items": [{"thing_id": "a"}]},
        {"ThingId": "a"},
    ],
)
def test_an_undeclared_id_is_found(body: Any) -> None:
    assert only(things(None)).new_id(body) == "a"


def test_a_put_that_creates_a_record_gives_its_key() -> None:
    thing = only({"/things/{name}": {"put": operation("put", 200, 201, path="name")}})
    assert thing.create is not None
    assert thing.create is thing.update
    assert thing.chooses_key


def test_a_post_may_list() -> None:
    thing = only(
        {
            "/things": {"post": operation("make", 201)},
            "/things/filter": {"post": operation("find", 200, answer={"type": "array", "items": PET})},
            "/things/{id}": {"get": operation("read", 200, path="id")},
        }
    )
    assert thing.list is not None
    assert thing.list.id == "find"
    assert thing.actions == ()


def test_a_body_member_may_refer_to_another_resource() -> None:
    found = resources(
        {
            "/flows": {"post": operation("makeFlow", 201)},
            "/flows/{id}": {"get": operation("readFlow", 200, path="id")},
            "/categories": {"post": operation("makeCategory", 201)},
            "/categories/{id}": {"get": operation("readCategory", 200, path="id")},
        }
    )
    named = {
        name: found.referred_to(name)
        for name in ("flow_id", "flowId", "flowIds", "category_id", "id", "x_id")
    }
    assert {name: each and each.name for name, each in named.items()} == {
        "flow_id": "flows",
        "flowId": "flows",
        "flowIds": "flows",
        "category_id": "categories",
        "id": None,
        "x_id": None,
    }


def test_the_deletion_of_a_whole_collection_takes_back_no_creation() -> None:
    paths = things({"id": "1"})
    found = resources({**paths, "/things": {**paths["/things"], "delete": operation("deleteAll", 204)}})
    thing = found.at("/things/{id}")
    assert thing is not None and thing.create is not None  # noqa: PT018
    assert found.opposite(thing.create) is None


def test_what_shows_the_members_sent_is_no_envelope_of_what_it_holds() -> None:
    members = {"email": {"type": "string"}, "is_admin": {"type": "boolean"}}
    paths = things({"type": "object"})
    paths["/things"]["post"]["requestBody"] = {
        "content": {"application/json": {"schema": {"type": "object", "properties": members}}}
    }
    resource = only(paths)
    made = {"email": "a@example.com", "is_admin": True, "access": [{"id": 12345}]}
    assert resource.record_in(made) is made
    assert resource.new_id(made) is None


def test_a_post_above_other_items_creates_one_of_those_alone() -> None:
    found = resources(
        {
            "/keys/{set}": {
                "post": operation("add", 201, path="set"),
                "get": operation("readSet", 200, path="set"),
            },
            "/keys/{set}/{kid}": {"get": operation("readKey", 200, path="set kid")},
        }
    )
    created = {each.item: each.create and each.create.id for each in found.all}
    assert created == {"/keys/{set}": None, "/keys/{set}/{kid}": "add"}


def test_what_shows_objects_alone_as_they_were_sent_is_an_envelope() -> None:
    paths = things({"type": "object"})
    members = {name: {"type": "object"} for name in ("data", "permissions")}
    paths["/things"]["post"]["requestBody"] = {
        "content": {"application/json": {"schema": {"type": "object", "properties": members}}}
    }
    resource = only(paths)
    made = {"data": {"id": "abc", "title": "first"}, "permissions": {"write": []}}
    assert resource.new_id(made) == "abc"
    assert resource.record_in(made) == made["data"]
