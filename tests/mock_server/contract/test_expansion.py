"""A schema that stands for more than a machine can do is reported at start, in a sentence and at once."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import Any

import pytest
import yaml

from mock_server.contract.loading import load, read
from mock_server.errors.startup import StartupError


def written(schemas: dict[str, Any], folder: Path, paths: dict[str, Any] | None = None) -> Path:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Large", "version": "1"},
        "paths": paths or {},
        "components": {"schemas": schemas},
    }
    path = folder / "large.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def refused(path: Path) -> list[str]:
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
        lambda below: {"properties": {"a": {"anyOf": [below, dict(below)]}}, "required": ["a"]},
        lambda below: {"type": "array", "minItems": 1, "items": {"oneOf": [below, dict(below)]}},
    ],
)
def test_components_with_too_many_alternatives_allow_everything(make: Any, tmp_path: Path) -> None:
    begun = process_time()
    found = read(written(levels(make), tmp_path))
    assert process_time() - begun < 5
    cut = [name for name, schema in found.contract.schemas.items() if schema is True]
    assert cut
    reported = {problem.place[-1] for problem in found.problems if "combines too many" in problem.message}
    assert reported == set(cut)


def test_an_answer_with_too_many_alternatives_is_refused(tmp_path: Path) -> None:
    schema = {"oneOf": [{"const": number} for number in range(2_001)]}
    response = {"description": "ok", "content": {"application/json": {"schema": schema}}}
    paths = {"/a": {"get": {"operationId": "readA", "responses": {"200": response}}}}
    problem, *_ = refused(written({}, tmp_path, paths))
    assert "operation readA: with its references followed, the schema has more than 2,000" in problem
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
    problem, *_ = refused(written(schemas, tmp_path))
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
    assert refused(written(schemas, tmp_path)) == []
