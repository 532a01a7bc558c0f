"""How deeply the smallest value of each schema nests, to end values whose schemas contain themselves."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import ref_name, types_of

_ROUNDS = 50
"""Number of passes over the components. Each pass settles those that nest one level deeper."""


class Heights:
    """The heights of the schemas of one contract: 0 for a scalar, null or an empty list, 1 for a flat object.

    schemas: by component name. They are measured on first use.
    """

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._components: dict[str, float] | None = None

    def of(self, schema: Schema) -> float:
        """Return the height of a schema's smallest value, infinite if it has no finite one."""
        return _height(schema, self._measured())

    def _measured(self) -> Mapping[str, float]:
        if self._components is None:
            heights = dict.fromkeys(self._schemas, inf)
            # Heights only sink from infinity, so they settle whatever the references between components.
            for _ in range(_ROUNDS):
                next_heights = {name: _height(schema, heights) for name, schema in self._schemas.items()}
                if next_heights == heights:
                    break
                heights = next_heights
            self._components = heights
        return self._components


def _height(schema: Any, components: Mapping[str, float]) -> float:
    if not isinstance(schema, Mapping):
        return 0
    if isinstance(schema.get("$ref"), str):
        return components.get(ref_name(schema["$ref"]), inf)
    if "const" in schema or "enum" in schema or "null" in types_of(schema):
        return 0
    heights = [_height(part, components) for part in schema.get("allOf", ())]
    alternatives = [schema[keyword] for keyword in ("anyOf", "oneOf") if schema.get(keyword)]
    heights += [min(_height(branch, components) for branch in branches) for branches in alternatives]
    properties = schema.get("properties", {})
    required = [properties.get(name, True) for name in schema.get("required", ())]
    if required or properties or "object" in types_of(schema):
        heights.append(1 + max((_height(member, components) for member in required), default=0))
    if schema.get("minItems"):
        heights.append(1 + _height(schema.get("items", True), components))
    return max(heights, default=0)
