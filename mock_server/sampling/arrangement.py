"""What a repair does to a value that is valid already, compiled: it only arranges members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import types_of
from mock_server.sampling.shapes import Shape

Arrange = Callable[[Any], Any]


_MOST_SCHEMAS = 2_000
"""So many schemas are compiled for one arrangement."""


class VariableError(Exception):
    """A repair of valid values depends on more than the schema."""


def unchanged(value: Any) -> Any:
    """The value itself."""
    return value


@dataclass(slots=True)
class Arranger:
    """Compiles arrangements of valid values: members in the order of the schema, without writeOnly ones.

    shape: returns the shape of a schema without alternatives, raises VariableError for others.
    is_write_only: whether a member is never shown.
    """

    shape: Callable[[Schema], Shape]
    is_write_only: Callable[[Schema], bool]
    _above: list[int] = field(default_factory=list)
    _compiled: int = 0

    def compile(self, schema: Schema) -> Arrange:
        """Return the arrangement of values that satisfy a schema.

        Raises VariableError where a repair may choose between alternatives, or the schema contains itself or
        very many others.
        """
        self._compiled += 1
        if self._compiled > _MOST_SCHEMAS:
            raise VariableError
        shape = self.shape(schema)
        types = [name for name in types_of(shape.keywords) if name != "null"]
        if len(types) > 1 or id(shape) in self._above:
            raise VariableError
        if not types:
            if shape.json_type != "any":
                raise VariableError
            return unchanged
        self._above.append(id(shape))
        try:
            if types == ["object"]:
                return self._object(shape)
            return self._array(shape) if types == ["array"] else unchanged
        finally:
            self._above.pop()

    def _object(self, shape: Shape) -> Arrange:
        keywords = shape.keywords
        extra = keywords.get("additionalProperties", True)
        is_mixed = "patternProperties" in keywords and extra is not True
        if is_mixed or keywords.get("minProperties"):
            raise VariableError
        visible = {
            name: self.compile(schema)
            for name, schema in shape.properties.items()
            if not self.is_write_only(schema)
        }
        others = None
        if not shape.closed:
            others = unchanged if extra is True else self.compile(extra)
        return _object(visible, frozenset(shape.properties), others)

    def _array(self, shape: Shape) -> Arrange:
        if shape.keywords.keys() & {"prefixItems", "uniqueItems"}:
            raise VariableError
        items: Schema = shape.keywords.get("items", True)
        arrange = self.compile(items) if isinstance(items, Mapping) else unchanged
        if arrange is unchanged:
            return unchanged
        return lambda value: [arrange(entry) for entry in value] if isinstance(value, list) else value


def _object(visible: Mapping[str, Arrange], declared: frozenset[str], others: Arrange | None) -> Arrange:
    """The arrangement of objects. others: that of undeclared members, None where these are left out."""

    def arrange(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        members: dict[str, Any] = {}
        for name, inner in visible.items():
            if name in value:
                item = value[name]
                members[name] = item if inner is unchanged else inner(item)
        if others is not None:
            for name, item in value.items():
                if name not in declared:
                    members[name] = others(item)
        return members

    return arrange
