"""Walking schemas that refer to each other: every `$ref` here is local to the contract's components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.json_pointer import unescape

_PREFIX = "#/components/schemas/"
_BRANCHES = ("allOf", "anyOf", "oneOf")


def follow(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """The schema itself, or the one its chain of references ends at (one that leads to itself allows
    anything).

    A loaded contract has nothing beside a `$ref`. Raises KeyError when a reference names no schema.
    """
    seen: set[str] = set()
    while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
        name = ref_name(schema["$ref"])
        if name in seen:
            return True
        seen.add(name)
        schema = schemas[name]
    return schema


def ref_name(ref: str) -> str:
    """The component's name in a local reference."""
    return unescape(ref.removeprefix(_PREFIX))


def types_of(schema: Schema) -> tuple[str, ...]:
    """The JSON types a schema names, in its order; none when it names none."""
    named = schema.get("type", ()) if isinstance(schema, Mapping) else ()
    return (named,) if isinstance(named, str) else tuple(named)


def parts(schema: Schema, schemas: Mapping[str, Schema]) -> Iterator[Mapping[str, Any]]:
    """A schema and everything combined into it (allOf, anyOf, oneOf), references followed, null branches left
    out."""
    seen: list[int] = []
    waiting = [schema]
    while waiting:
        part = follow(waiting.pop(0), schemas)
        if not isinstance(part, Mapping) or types_of(part) == ("null",) or id(part) in seen:
            continue
        seen.append(id(part))
        yield part
        waiting[:0] = [branch for keyword in _BRANCHES for branch in part.get(keyword, ())]


def member(schema: Schema, key: str | int, schemas: Mapping[str, Schema]) -> Schema | None:
    """The schema of a member or entry, or None when nothing is said of it."""
    for part in parts(schema, schemas):
        member_schema = _entry(part, key) if isinstance(key, int) else _property(part, key)
        if member_schema is not None:
            return member_schema
    return None


def declared_members(schema: Schema, schemas: Mapping[str, Schema]) -> list[str]:
    """The names of an object's declared members, in the order of the spec."""
    return [name for part in parts(schema, schemas) for name in part.get("properties", ())]


def _property(part: Mapping[str, Any], key: str) -> Schema | None:
    properties: Mapping[str, Schema] = part.get("properties", {})
    if key in properties:
        return properties[key]
    extra: Schema | None = part.get("additionalProperties")
    return extra if isinstance(extra, Mapping) else None


def _entry(part: Mapping[str, Any], index: int) -> Schema | None:
    prefix: list[Schema] = part.get("prefixItems", [])
    return prefix[index] if index < len(prefix) else part.get("items")
