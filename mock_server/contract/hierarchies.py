"""Schemas that others extend: a base with a discriminator stands for the schemas that extend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import ref_name, reference_to

_ALTERNATIVES = frozenset({"oneOf", "anyOf"})
_ABOUT = ("title", "description", "example", "examples")
"""Keywords of a base that also describe its extensions."""


def with_alternatives(schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return the components with each extended base as a choice between its extensions.

    A base has a discriminator and no alternatives; components extend it by naming it in their `allOf`. It
    continues as a component of another name, which its extensions refer to.
    """
    extending = _extending(schemas)
    bases = [name for name, schema in schemas.items() if name in extending and _is_base(schema)]
    own_names = {name: _free_name(f"{name}Base", schemas) for name in bases}
    result: dict[str, Schema] = {}
    for name, schema in schemas.items():
        own = _extending_own(schema, own_names)
        if name not in own_names or not isinstance(own, Mapping):
            result[name] = own
            continue
        result[own_names[name]] = {key: value for key, value in own.items() if key != "discriminator"}
        result[name] = _choice(own, name, extending, own_names)
    return result


def _extending(schemas: Mapping[str, Schema]) -> dict[str, list[str]]:
    """Component → those that name it in their `allOf`."""
    extending: dict[str, list[str]] = {}
    for name, schema in schemas.items():
        for part in _parts(schema):
            ref = part.get("$ref") if isinstance(part, Mapping) else None
            if isinstance(ref, str) and ref_name(ref) != name:
                extending.setdefault(ref_name(ref), []).append(name)
    return extending


def _parts(schema: Schema) -> list[Any]:
    parts = schema.get("allOf") if isinstance(schema, Mapping) else None
    return parts if isinstance(parts, list) else []


def _is_base(schema: Schema) -> bool:
    if not isinstance(schema, Mapping) or not isinstance(schema.get("discriminator"), Mapping):
        return False
    is_named = isinstance(schema["discriminator"].get("propertyName"), str)
    return is_named and _ALTERNATIVES.isdisjoint(schema)


def _free_name(name: str, taken: Mapping[str, Any]) -> str:
    while name in taken:
        name += "_"
    return name


def _descendants(name: str, extending: Mapping[str, list[str]]) -> Iterator[str]:
    """The components that extend one, directly or by others, each once."""
    seen = {name}
    pending = list(extending[name])
    while pending:
        extension = pending.pop(0)
        if extension not in seen:
            seen.add(extension)
            yield extension
            pending += extending.get(extension, ())


def _extending_own(schema: Schema, own_names: Mapping[str, str]) -> Schema:
    """A component whose `allOf` names the bases themselves instead of the choices."""
    if not isinstance(schema, Mapping) or not _parts(schema):
        return schema
    return {**schema, "allOf": [_own_part(part, own_names) for part in _parts(schema)]}


def _own_part(part: Any, own_names: Mapping[str, str]) -> Any:
    ref = part.get("$ref") if isinstance(part, Mapping) else None
    own = own_names.get(ref_name(ref)) if isinstance(ref, str) else None
    return part if own is None else {**part, "$ref": reference_to(own)}


def _choice(
    base: Mapping[str, Any], name: str, extending: Mapping[str, list[str]], own_names: Mapping[str, str]
) -> Schema:
    """The choice between the extensions of a base. Without a mapping a component's name is its value."""
    discriminator = base["discriminator"]
    declared = discriminator.get("mapping")
    mapping = declared if isinstance(declared, Mapping) else {}
    values: dict[str, list[str]] = {}
    for value, ref in mapping.items():
        values.setdefault(ref_name(str(ref)), []).append(str(value))
    # What is extended itself and has no value only shares its members; so does the base.
    chosen = [
        extension
        for extension in [name, *_descendants(name, extending)]
        if extension in values or extension not in extending
    ]
    branches = {extension: reference_to(own_names.get(extension, extension)) for extension in chosen}
    return {
        **{key: base[key] for key in _ABOUT if key in base},
        "oneOf": [{"$ref": reference} for reference in branches.values()],
        "discriminator": {
            "propertyName": discriminator["propertyName"],
            "mapping": {
                value: reference
                for extension, reference in branches.items()
                for value in values.get(extension, [extension])
            },
        },
    }
