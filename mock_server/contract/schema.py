"""Walk schemas that refer to each other; after loading, every `$ref` names a component of the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

from mock_server.contract.operation import Schema
from mock_server.json_pointer import escape, unescape

_PREFIX = "#/components/schemas/"
_BRANCHES = ("allOf", "anyOf", "oneOf")
_COMBINING = frozenset({"$ref", *_BRANCHES})


def follow(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """Return the schema at the end of a chain of references, or the schema itself.

    A chain that leads to itself constrains nothing and gives True. The siblings of a `$ref` need no care: a
    loaded contract has none. Raises KeyError when a reference names an unknown schema.
    """
    if not isinstance(schema, Mapping) or "$ref" not in schema:
        return schema
    seen: set[str] = set()
    while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
        name = ref_name(schema["$ref"])
        if name in seen:
            return True
        seen.add(name)
        schema = schemas[name]
    return schema


def ref_name(ref: str) -> str:
    """Return the name of the component that a local reference points to."""
    return unescape(unquote(ref.removeprefix(_PREFIX)))


def reference_to(name: str) -> str:
    """Return a local reference to a component."""
    return _PREFIX + quote(escape(name), safe="~")


def types_of(schema: Schema) -> tuple[str, ...]:
    """Return the JSON types that a schema names, in its order; empty when it has no `type`."""
    declared = schema.get("type", ()) if isinstance(schema, Mapping) else ()
    return (declared,) if isinstance(declared, str) else tuple(declared)


def parts(schema: Schema, schemas: Mapping[str, Schema]) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and all that allOf, anyOf and oneOf combine into it, depth first.

    References are followed; branches that only allow null are left out.
    """
    if isinstance(schema, Mapping) and _COMBINING.isdisjoint(schema):
        # Nearly all schemas: there is nothing to follow.
        if types_of(schema) != ("null",):
            yield schema
        return
    seen: list[int] = []
    pending = [schema]
    while pending:
        part = follow(pending.pop(0), schemas)
        # A recursive schema may combine itself: each part is visited once.
        if not isinstance(part, Mapping) or types_of(part) == ("null",) or id(part) in seen:
            continue
        seen.append(id(part))
        yield part
        pending[:0] = [branch for keyword in _BRANCHES for branch in part.get(keyword, ())]


def member(schema: Schema, key: str | int, schemas: Mapping[str, Schema]) -> Schema | None:
    """Return the schema of an object's member (str) or an array's entry (int), or None if undeclared."""
    for part in parts(schema, schemas):
        inner = _entry(part, key) if isinstance(key, int) else _property(part, key)
        if inner is not None:
            return inner
    return None


def declared_members(schema: Schema, schemas: Mapping[str, Schema]) -> list[str]:
    """Return the names of an object's declared members, in the order of the spec."""
    return [name for part in parts(schema, schemas) for name in part.get("properties", ())]


def entry_schema(schema: Schema | None, schemas: Mapping[str, Schema]) -> Schema:
    """Return the schema of an array's entries; True where there is none."""
    entries: Schema | None = member(schema, 0, schemas) if schema is not None else None
    return True if entries is None else entries


def describes(schema: Schema | None, json_type: str, schemas: Mapping[str, Schema]) -> bool:
    """Return whether a schema describes an "object" or an "array", if only by declaring what is in it."""
    if schema is None or not isinstance(follow(schema, schemas), Mapping):
        return False
    keyword = {"object": "properties", "array": "items"}.get(json_type, "")
    for part in parts(schema, schemas):
        types = types_of(part)
        if json_type in types or (not types and keyword in part):
            return True
    return False


def _property(part: Mapping[str, Any], key: str) -> Schema | None:
    properties: Mapping[str, Schema] = part.get("properties", {})
    if key in properties:
        return properties[key]
    extra: Schema | None = part.get("additionalProperties")
    return extra if isinstance(extra, Mapping) else None


def _entry(part: Mapping[str, Any], index: int) -> Schema | None:
    prefix: list[Schema] = part.get("prefixItems", [])
    return prefix[index] if index < len(prefix) else part.get("items")
