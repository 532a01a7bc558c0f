"""Replies contain the declared members of a record."""

from __future__ import annotations

from typing import Any

from mock_server.contract.presentation import Projector

SCHEMAS: dict[str, Any] = {
    "Node": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "password": {"type": "string", "writeOnly": True},
            "free": {"type": "object"},
            "below": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
            "above": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]},
        },
    },
    "Open": {
        "allOf": [{"$ref": "#/components/schemas/Node"}],
        "additionalProperties": True,
    },
}


def shown(schema: Any, value: Any) -> Any:
    project = Projector(SCHEMAS).compile(schema)
    return value if project is None else project(value)


def test_only_declared_members_are_shown_in_the_order_of_the_spec() -> None:
    record = {"secret": 1, "free": {"any": 1}, "name": "n", "password": "p"}
    node = {"$ref": "#/components/schemas/Node"}
    assert list(shown(node, record).items()) == [("name", "n"), ("free", {"any": 1})]


def test_a_schema_that_contains_itself_is_followed_all_the_way() -> None:
    node = {"$ref": "#/components/schemas/Node"}
    record = {
        "below": [{"x": 1, "name": "a", "below": [{"x": 1, "name": "b"}]}],
        "above": {"x": 1, "name": "c"},
    }
    assert shown(node, record) == {
        "below": [{"name": "a", "below": [{"name": "b"}]}],
        "above": {"name": "c"},
    }
    assert shown(node, {"above": None}) == {"above": None}


def test_an_object_open_to_further_members_hides_only_what_is_write_only() -> None:
    schema = {"$ref": "#/components/schemas/Open"}
    assert shown(schema, {"name": "n", "more": 1, "password": "p"}) == {"name": "n", "more": 1}


def test_values_without_declared_members_are_shown_whole() -> None:
    assert Projector(SCHEMAS).compile({"type": "object"}) is None
    assert shown({"type": "array", "items": {"type": "object"}}, [{"a": 1}]) == [{"a": 1}]


def test_a_member_that_branches_declare_differently_keeps_what_any_of_them_declares():
    def listed(name: str) -> dict[str, Any]:
        entry = {"type": "object", "properties": {name: {"type": "string"}}}
        return {"type": "object", "properties": {"entries": {"type": "array", "items": entry}}}

    project = Projector({}).compile({"oneOf": [listed("id"), listed("link")]})
    assert project is not None
    value = {"entries": [{"id": "1", "other": "x"}, {"link": "2"}]}
    assert project(value) == {"entries": [{"id": "1"}, {"link": "2"}]}
