"""Walking schemas that refer to each other: every `$ref` here is local to the contract's components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.contract.operation import Schema

_PREFIX = "#/components/schemas/"


def follow(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """The schema itself, with a chain of plain `$ref`s followed to its end (members beside a `$ref` are merged over it).

    Raises KeyError when a reference names no schema of the components.
    """
    seen: set[str] = set()
    while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
        name = ref_name(schema["$ref"])
        if name in seen:
            return True
        seen.add(name)
        beside: dict[str, Any] = {key: value for key, value in schema.items() if key != "$ref"}
        target = schemas[name]
        schema = {**target, **beside} if beside and isinstance(target, Mapping) else target
    return schema


def ref_name(ref: str) -> str:
    """The component's name in a local reference."""
    return ref.removeprefix(_PREFIX).replace("~1", "/").replace("~0", "~")


def types_of(schema: Schema) -> tuple[str, ...]:
    """The JSON types a schema names, in its order; none when it names none."""
    named = schema.get("type", ()) if isinstance(schema, Mapping) else ()
    return (named,) if isinstance(named, str) else tuple(named)
