"""A schema that stands for more than a machine can do is refused at start, in a sentence and at once."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import Any

import pytest
import yaml

from mock_server.contract.loading import load
from mock_server.errors.startup import StartupError


def refused(schemas: dict[str, Any], folder: Path) -> list[str]:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Large", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    path = folder / "large.yaml"
    path.write_text(yaml.safe_dump(document))
    begun = process_time()
    try:
        load(path)
    except StartupError as error:
        return list(error.problems)
    finally:
        assert process_time() - begun < 5
    return []


def levels(make: Any, count: int = 40) -> dict[str, Any]:
    """Schemas each of which refers to the next one twice."""
    below = [{"$ref": f"#/components/schemas/S{number + 1}"} for number in range(count)]
    schemas = {f"S{number}": make(below[number]) for number in range(count)}
    return {**schemas, f"S{count}": {"type": "string"}}


@pytest.mark.parametrize(
    "make",
    [
        lambda below: {"allOf": [below, dict(below)]},
        lambda below: {"anyOf": [below, {"type": "null"}, dict(below)]},
        lambda below: {"oneOf": [below, {"not": dict(below)}]},
        lambda below: {"if": below, "then": dict(below)},
    ],
)
def test_too_many_alternatives_are_refused(make: Any, tmp_path: Path) -> None:
    problem, *_ = refused(levels(make), tmp_path)
    assert "schema S0: with its references followed" in problem
    assert str(tmp_path) in problem


@pytest.mark.parametrize(
    "schemas",
    [
        {"S": {"type": "array", "minItems": 2_000_000_000, "items": {}}},
        {"S": {"type": "string", "minLength": 2_000_000_000}},
        {"S": {"type": "object", "minProperties": 10**30}},
        levels(lambda below: {"properties": {"a": below, "b": dict(below)}, "required": ["a", "b"]}),
        levels(lambda below: {"type": "array", "minItems": 2, "items": below}),
    ],
)
def test_values_that_are_always_too_large_are_refused(schemas: dict[str, Any], tmp_path: Path) -> None:
    problem, *_ = refused(schemas, tmp_path)
    assert "even the smallest value" in problem


@pytest.mark.parametrize(
    "schemas",
    [
        levels(lambda below: {"properties": {"a": below, "b": dict(below)}}),
        levels(
            lambda below: {"anyOf": [{"type": "string"}, {"properties": {"a": below}, "required": ["a"]}]}
        ),
        {"S": {"properties": {"s": {"$ref": "#/components/schemas/S"}}, "required": ["s"]}},
        {"S": {"type": "string", "minLength": 10_000}},
    ],
)
def test_large_schemas_with_small_values_are_not(schemas: dict[str, Any], tmp_path: Path) -> None:
    assert refused(schemas, tmp_path) == []
