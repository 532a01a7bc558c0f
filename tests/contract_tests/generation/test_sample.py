"""Values made from schemas are accepted by them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from contract_tests.generation.sample import UnsampleableError, sample
from contract_tests.openapi.schemas import Shapes

CHANCE = random.Random(1)  # noqa: S311 - repeatable on purpose
SHAPES = Shapes({"openapi": "3.1.0"}, "request")


@pytest.mark.parametrize(
    "node",
    [
        {"type": "string", "format": "uuid"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "minLength": 12, "maxLength": 12},
        {"type": "string", "pattern": "^[0-9]{4}$"},
        {"type": "string", "pattern": "^[A-Z]{2}\\d{13}-[a-f0-9_]+$"},
        {"type": "integer", "minimum": 7, "multipleOf": 5},
        {"type": "integer", "exclusiveMaximum": -3},
        {"type": ["null", "array"], "items": {"enum": ["a"]}, "minItems": 2},
        {"anyOf": [{"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}}]},
        {"allOf": [{"required": ["a"]}, {"type": "object", "properties": {"a": {"type": "boolean"}}}]},
    ],
)
def test_a_sample_is_valid(node: dict[str, Any]) -> None:
    schema = SHAPES.schema(node)

    assert schema.accepts(sample(schema, CHANCE))


def test_a_documented_example_goes_first() -> None:
    assert sample(SHAPES.schema({"type": "string", "examples": [3, "as shown"]}), CHANCE) == "as shown"


def test_an_unsatisfiable_schema_is_reported() -> None:
    with pytest.raises(UnsampleableError, match="does not match"):
        sample(SHAPES.schema({"type": "string", "pattern": "^(q|r){17}$"}), CHANCE)


def test_an_object_has_as_many_members_as_it_must_and_its_end_after_its_start() -> None:
    day = {"type": "string", "format": "date"}
    members = {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}}
    few = SHAPES.schema({"type": "object", "minProperties": 1, "properties": members})
    assert list(sample(few, CHANCE)) == ["name"]
    stay = {"type": "object", "required": ["from", "to"], "properties": {"to": day, "from": day}}
    made = sample(SHAPES.schema(stay), CHANCE)
    assert made["from"] < made["to"]
