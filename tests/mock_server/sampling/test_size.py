"""Generated values stay small and finite, whatever refers to what."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def record(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


@pytest.mark.parametrize("count", [4, 8, 30])
def test_a_record_of_mutually_linked_schemas_is_small(sampler, count):
    names = [f"S{number}" for number in range(count)]
    schemas = {
        name: record(["id"], id={"type": "string"}, **{other: reference(other) for other in names})
        for name in names
    }
    value = sampler(**schemas).valid_value(reference("S0"), ("records",))
    assert value.keys() == {"id", *names}
    assert len(json.dumps(value)) < 6_000


@pytest.mark.parametrize(
    ("member", "end"),
    [
        ({"anyOf": [reference("Node"), {"type": "null"}]}, None),
        ({"type": ["array", "null"], "items": reference("Node")}, []),
        ({"type": "array", "items": reference("Node")}, []),
        ({"oneOf": [reference("Node"), {"type": "integer", "const": 7}]}, 7),
    ],
    ids=["null", "a nullable list", "a list", "the shortest branch"],
)
def test_a_recursive_required_member_ends(sampler, member, end):
    made = sampler(Node=record(["next"], next=member))
    value = made.valid_value(reference("Node"), ("nodes",))
    assert value == {"next": end}
    assert made.holds(reference("Node"), value)


def test_schemas_that_require_each_other_end(sampler):
    names = [f"S{number}" for number in range(8)]
    schemas = {name: record(names, **{other: reference(other) for other in names}) for name in names}
    made = sampler(**schemas)
    assert isinstance(made.sample(reference("S0"), ("records",)), dict)


def test_choices_between_the_same_optional_records_are_small(sampler):
    below = [reference(f"S{number + 1}") for number in range(40)]
    schemas = {f"S{n}": record([], a={"anyOf": [ref, ref]}) for n, ref in enumerate(below)}
    begun = process_time()
    value = sampler(**schemas, S40={"type": "string"}).valid_value(reference("S0"), ("records",))
    assert process_time() - begun < 5
    assert value.keys() == {"a"}


def test_an_impossible_optional_member_costs_only_itself(sampler):
    impossible = {"type": "string", "minLength": 5, "maxLength": 2}
    inner = record([], city={"type": "string"}, code=impossible)
    schema = record(["id"], id={"type": "integer"}, name={"type": "string"}, address=inner, code=impossible)
    value = sampler().valid_value(schema, ("people",))
    assert value.keys() == {"id", "name", "address"}
    assert value["address"].keys() == {"city"}


def test_an_impossible_entry_costs_only_itself(sampler):
    entry = record(["id"], id={"type": "integer"}, sku={"type": "string", "pattern": "^(?!a)a$"})
    schema = record(["entries"], entries={"type": "array", "items": entry}, total={"type": "integer"})
    value = sampler().valid_value(schema, ("orders",))
    assert value.keys() == {"entries", "total"}
    assert [list(item) for item in value["entries"]] == [["id"], ["id"]]


def test_an_invalid_example_is_used_as_far_as_it_is_valid(sampler):
    schema = record(["id", "name"], id={"type": "integer"}, name={"type": "string"}, size={"type": "integer"})
    value = sampler().valid_value(schema, ("cities",), examples=({"id": "seven", "name": "Oslo", "size": 4},))
    assert isinstance(value["id"], int)
    assert (value["name"], value["size"]) == ("Oslo", 4)


@pytest.mark.parametrize(
    ("schema", "longest"),
    [
        ({"type": "array", "items": {"type": "string"}, "minItems": 2_000_000_000}, 20_000),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 10**9}, 20_000),
        ({"type": "string", "minLength": 2_000_000_000}, 100_010),
        ({"type": "array", "items": {"type": "array", "minItems": 10**6}, "minItems": 10**6}, 200_000),
    ],
    ids=["entries", "members", "characters", "lists of lists"],
)
def test_a_value_is_bounded_whatever_its_schema_asks_for(sampler, schema, longest):
    assert len(json.dumps(sampler().valid_value(schema, ("values",)))) < longest
