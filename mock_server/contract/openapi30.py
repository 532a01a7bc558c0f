"""Translate schema objects of OpenAPI 3.0 into JSON Schema 2020-12, the dialect of OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LARGEST = {"int32": 2**31 - 1, "int64": 2**63 - 1}
_INTEGERS = ("integer", ["integer", "null"])
_ANNOTATIONS = ("description", "title", "readOnly", "writeOnly")
_BOUNDS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


def with_format_bounds(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add the bounds that `format: int32` or `int64` implies to an integer schema.

    OpenAPI defines them as signed 32 and 64 bits (Data Types). Other schemas are returned unchanged.
    """
    largest = _LARGEST.get(str(schema.get("format")))
    if largest is None or schema.get("type") not in _INTEGERS:
        return schema
    smallest = -largest - 1
    minimum = schema.get("minimum", smallest)
    maximum = schema.get("maximum", largest)
    # Bounds that are not integers are left for the schema compiler to accept or refuse.
    if not isinstance(minimum, int) or not isinstance(maximum, int):
        return schema
    return {**schema, "minimum": max(minimum, smallest), "maximum": min(maximum, largest)}


def to_2020_12(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Translate one schema object; the schemas inside it are left as they are.

    `nullable` becomes a null type and boolean exclusive bounds become numbers. Siblings of a `$ref` are
    dropped: 3.0 ignores them (OpenAPI 3.0.3, Reference Object).
    """
    if isinstance(schema.get("$ref"), str):
        return {"$ref": schema["$ref"]}
    result = dict(schema)
    for exclusive, bound in _BOUNDS:
        if isinstance(result.get(exclusive), bool) and result.pop(exclusive) and bound in result:
            result[exclusive] = result.pop(bound)
    return _nullable(result) if result.pop("nullable", False) is True else result


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with null allowed: as a second type where that is enough, else as an alternative."""
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        if not schema.keys() & {"allOf", "anyOf", "oneOf"}:
            return schema
    # Annotations stay on the outside: readOnly must hold for the null alternative too.
    annotations = {key: schema.pop(key) for key in _ANNOTATIONS if key in schema}
    return {**annotations, "anyOf": [schema, {"type": "null"}]}
