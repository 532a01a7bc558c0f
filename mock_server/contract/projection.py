"""Reduce a stored record to what the response schema declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import follow, parts

Project = Callable[[Any], Any]


class Projector:
    """Compiles the projections of one contract's response schemas.

    A projection keeps the declared members, in the order of the spec. An object whose schema declares no
    members, or allows additional ones, is kept whole. writeOnly members are always removed.
    """

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._cells: dict[int, _Cell] = {}

    def compile(self, schema: Schema) -> Project | None:
        """Return the projection of values of this schema, or None when they are kept as they are."""
        return self._cell(schema).project

    def _cell(self, schema: Schema) -> _Cell:
        resolved = follow(schema, self._schemas)
        if id(resolved) not in self._cells:
            self._cells[id(resolved)] = _Cell(resolved, self._shape)
        return self._cells[id(resolved)]

    def _shape(self, schema: Schema) -> _Shape:
        schema_parts = list(parts(schema, self._schemas))
        declared: dict[str, list[Schema]] = {}
        for part in schema_parts:
            for name, value in part.get("properties", {}).items():
                declared.setdefault(name, []).append(value)
        properties = {name: _united(values) for name, values in declared.items()}
        items = [part["items"] for part in schema_parts if "items" in part]
        if items:
            return _Shape(entry=self._cell(_united(items)))
        if not properties:
            return _Shape()
        open_ended = any(part.get("additionalProperties") not in (None, False) for part in schema_parts)
        hidden = frozenset(name for name, value in properties.items() if _write_only(value, self._schemas))
        visible = {name: self._cell(value) for name, value in properties.items() if name not in hidden}
        # Required members are declared, whether or not they have a schema.
        required = [name for part in schema_parts for name in part.get("required", ())]
        visible |= {name: self._cell(True) for name in required if name not in properties}
        return _Shape(visible=visible, hidden=hidden if open_ended else None)


def _united(schemas: list[Schema]) -> Schema:
    """A schema that declares what any of these declares: branches may declare a member differently."""
    distinct = [schema for number, schema in enumerate(schemas) if schema not in schemas[:number]]
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is kept of a value.

    entry: of a list's entries, None for another value. visible: the members of an object that are kept, None
    where all are. hidden: the members to leave out, None to keep only the visible ones.
    """

    entry: _Cell | None = None
    visible: Mapping[str, _Cell] | None = None
    hidden: frozenset[str] | None = None

    def project(self) -> Project | None:
        """The projection of values of this shape, None when they are kept as they are."""
        if self.entry is not None:
            entry = self.entry
            return lambda value: _entries(value, entry.project)
        if self.visible is None:
            return None
        return partial(_members, visible=self.visible, hidden=self.hidden)


class _Cell:
    """A projection that is compiled at its first use: a schema may contain itself, or a whole contract.

    The schema is kept in it so that its id() is not reused.
    """

    def __init__(self, schema: Schema, shape: Callable[[Schema], _Shape]) -> None:
        self.schema = schema
        self._shape = shape

    @cached_property
    def shape(self) -> _Shape:
        return self._shape(self.schema)

    @cached_property
    def project(self) -> Project | None:
        return self.shape.project()


def _entries(value: Any, project: Project | None) -> Any:
    if project is None or not isinstance(value, list):
        return value
    return [project(entry) for entry in value]


def _members(value: Any, visible: Mapping[str, _Cell], hidden: frozenset[str] | None) -> Any:
    """Project an object. hidden: the members to leave out, or None to keep only the visible ones."""
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for name, cell in visible.items():
        if name in value:
            project = cell.project
            result[name] = value[name] if project is None else project(value[name])
    if hidden is not None:
        undeclared = value.keys() - visible.keys() - hidden
        result.update((name, item) for name, item in value.items() if name in undeclared)
    return result


def _write_only(schema: Schema, schemas: Mapping[str, Schema]) -> bool:
    return any(part.get("writeOnly") is True for part in parts(schema, schemas))
