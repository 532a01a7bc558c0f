"""OpenAPI 3.0's schema objects in the words of JSON Schema 2020-12, which 3.1 uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LARGEST = {"int32": 2**31 - 1, "int64": 2**63 - 1}
_INTEGERS = ("integer", ["integer", "null"])
_SAID = ("description", "title", "readOnly", "writeOnly")
_BOUNDS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


def bounded(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """An integer schema with the bounds its format means (OpenAPI, Data Types: signed 32 and 64 bits)."""
    largest = _LARGEST.get(str(schema.get("format")))
    stated = [schema[key] for key in ("minimum", "maximum") if key in schema]
    if (
        largest is None
        or schema.get("type") not in _INTEGERS
        or not all(isinstance(bound, int) for bound in stated)
    ):
        return schema
    return {
        **schema,
        "minimum": max(schema.get("minimum", -largest - 1), -largest - 1),
        "maximum": min(schema.get("maximum", largest), largest),
    }


def modern(schema: Mapping[str, Any]) -> dict[str, Any]:
    """One schema object, its members left as they are.

    `nullable` becomes a null type, boolean exclusive bounds become numbers, and what stands beside a `$ref`
    goes: 3.0 ignores it (OpenAPI 3.0.3, Reference Object).
    """
    if isinstance(schema.get("$ref"), str):
        return {"$ref": schema["$ref"]}
    result = dict(schema)
    for exclusive, bound in _BOUNDS:
        if isinstance(result.get(exclusive), bool) and result.pop(exclusive) and bound in result:
            result[exclusive] = result.pop(bound)
    return _nullable(result) if result.pop("nullable", False) is True else result


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        if not schema.keys() & {"allOf", "anyOf", "oneOf"}:
            return schema
    said = {key: schema.pop(key) for key in _SAID if key in schema}
    return {**said, "anyOf": [schema, {"type": "null"}]}
