"""Validate a document against its JSON Schema, with messages that name the allowed keys and values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema_rs import Draft202012Validator, ValidationError


def schema_problems(document: Any, schema: Path) -> list[tuple[str, str]]:
    """Return every violation as (dotted path, message), in the document's order.

    schema: path of the JSON Schema file.
    """
    validator, declared = _compiled(schema)
    return [problem for error in validator.iter_errors(document) for problem in _describe(error, declared)]


@cache
def _compiled(path: Path) -> tuple[Draft202012Validator, dict[str, Any]]:
    schema = json.loads(path.read_text(encoding="utf-8"))
    return Draft202012Validator(schema), schema


def _describe(error: ValidationError, schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    place = ".".join(map(str, error.instance_path))
    branches = getattr(error.kind, "context", None)
    if error.kind.name == "additionalProperties":
        known = ", ".join(_properties_beside(error, schema))
        for name in cast("Any", error.kind).unexpected:
            yield place, f"unknown key {name!r} (allowed: {known})"
    elif branches and (meant := [errors for errors in branches if _means(errors)]):
        for inner in meant[0]:
            yield from _describe(inner, schema)
    elif error.kind.name == "oneOf":
        yield place, "needs exactly one of " + ", ".join(_alternatives(error, schema))
    else:
        yield place, error.message


def _means(errors: list[ValidationError]) -> bool:
    """Whether a value was meant for the branch with these errors: type and members fit, values do not."""
    return all(error.kind.name not in {"type", "required"} for error in errors)


def _properties_beside(error: ValidationError, schema: Any) -> list[str]:
    for step in list(error.schema_path)[:-1]:
        schema = schema[step]
    return list(schema["properties"])


def _alternatives(error: ValidationError, schema: Any) -> list[str]:
    for step in error.schema_path:
        schema = schema[step]
    return [name for branch in schema for name in branch["required"]]
