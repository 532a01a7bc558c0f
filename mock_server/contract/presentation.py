"""Records in replies: reduced to what is declared of them, checked, and written, each version once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

from mock_server.by_identity import ByIdentity
from mock_server.contract.json_text import dumps
from mock_server.contract.operation import Schema
from mock_server.contract.schema import follow, parts
from mock_server.contract.validation import Check, constrains
from mock_server.errors.api_error import Violation

LONGEST_KEPT: Final = 16_384
"""Bytes. A longer record is written again each time."""

_SEPARABLE: Final = frozenset({"type", "properties", "required", "items", "additionalProperties"})
"""Keywords that say nothing of one member that depends on another."""


SELF_LINKS: Final = frozenset({"self", "self_link", "selfLink", "self_url", "selfUrl"})
"""Members with the address of the record that contains them."""

_LINKS: Final = re.compile(rb'"(?:http|(?:%b)":)' % "|".join(sorted(SELF_LINKS)).encode())
"""What the JSON text of a value with links has, and few others."""

Link = Callable[[Any], Any]
Project = Callable[[Any], Any]


@dataclass(slots=True, eq=False)
class WrittenRecord:
    """A record as a reply contains it, as JSON text. violations: of its schema."""

    json: bytes
    violations: tuple[Violation, ...]


class RecordWriter:
    """Writes the records of one declared response."""

    def __init__(self, project: Project | None, check: Check, example: Any = None) -> None:
        """example: of a record; what it alone declares is shown too."""
        self._project = project
        self._check = check
        self._example = example
        self._written: ByIdentity[WrittenRecord] = ByIdentity()

    def write(
        self, records: Sequence[Any], link: Link | None = None, *, are_settled: bool = False
    ) -> list[WrittenRecord]:
        """The records as the response contains them.

        records: as handlers show them; must not change any more. link: gives the links in one the addresses
        of this mock. are_settled: whether the records are known to satisfy their schema.
        """
        known = self._written.get_all(records)
        return [
            written or self._write(record, link, is_settled=are_settled)
            for written, record in zip(known, records, strict=True)
        ]

    def write_record(
        self, record: Any, link: Link | None = None, *, is_settled: bool = False
    ) -> WrittenRecord:
        """One record, as write() returns it."""
        return self._written.get(record) or self._write(record, link, is_settled=is_settled)

    def _write(self, record: Any, link: Link | None, *, is_settled: bool) -> WrittenRecord:
        value = record if self._project is None else self._project(record)
        if self._example is not None:
            value = with_documented(value, record, self._example)
        text = dumps(value)
        is_linked = link is not None and _LINKS.search(text) is not None and may_have_links(value)
        if link is not None and is_linked:
            linked = link(value)
            # A schema may insist on the API's own address.
            if self._check.holds(linked):
                value, text = linked, dumps(linked)
        is_valid = is_settled and not is_linked and value == record
        violations = () if is_valid else self._check.violations(value, where="body")
        written = WrittenRecord(text, violations)
        if len(text) <= LONGEST_KEPT and not is_linked:
            self._written.keep(record, written)
        return written


def with_documented(projected: Any, value: Any, example: Any) -> Any:
    """The projected value with those members of the value that only the example of the response declares."""
    if isinstance(projected, list) and isinstance(value, list) and isinstance(example, list) and example:
        return [with_documented(*entries, example[0]) for entries in zip(projected, value, strict=False)]
    if not (isinstance(projected, dict) and isinstance(value, dict) and isinstance(example, dict)):
        return projected
    result = dict(projected)
    for name, documented in example.items():
        if name in projected and name in value:
            result[name] = with_documented(projected[name], value[name], documented)
        elif name in value:
            result[name] = value[name]
    return result


def may_have_links(value: Any) -> bool:
    """Whether a value may have links to itself or to a server."""
    if isinstance(value, str):
        return value.startswith("http")
    if isinstance(value, list):
        return any(map(may_have_links, value))
    if isinstance(value, dict):
        return not SELF_LINKS.isdisjoint(value) or any(map(may_have_links, value.values()))
    return False


@dataclass(frozen=True, slots=True)
class SplitSchema:
    """A schema of a body with records, in two parts that together say the same.

    around: of the body with an empty list, or null, in place of its records. record: of each of them.
    is_list: whether it is a list of records.
    """

    around: Schema
    record: Schema
    is_list: bool


def split(schema: Schema, place: str | None, schemas: Mapping[str, Schema]) -> SplitSchema | None:
    """Split a schema at the dotted path of the record or list in a body, empty for the body itself.

    Returns None where the schema says more than the two parts can.
    """
    resolved = follow(schema, schemas)
    if not isinstance(resolved, Mapping):
        return None
    if place:
        return _split_object(resolved, place, schemas)
    if resolved.get("type") != "array":
        return SplitSchema(True, schema, is_list=False)
    if "items" not in resolved or not _is_separable(resolved):
        return None
    return SplitSchema({"type": "array"}, resolved["items"], is_list=True)


def record_at(body: Any, place: str, *, is_list: bool) -> Any:
    """The record, or the first one of the list, at a dotted path of a body; None without one."""
    value = value_at(body, place)
    if not is_list:
        return value
    return value[0] if isinstance(value, list) and value else None


def value_at(value: Any, dotted: str | None) -> Any:
    """The value at a dotted path of a body, the body itself without a path; None if there is none."""
    for name in dotted.split(".") if dotted else ():
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _split_object(schema: Mapping[str, Any], place: str, schemas: Mapping[str, Schema]) -> SplitSchema | None:
    name, _, below = place.partition(".")
    properties = schema.get("properties", {})
    if name not in properties or not _is_separable(schema):
        return None
    inner = split(properties[name], below, schemas)
    if inner is None:
        return None
    around = {**schema, "properties": {**properties, name: inner.around}}
    return SplitSchema(around, inner.record, inner.is_list)


def _is_separable(schema: Mapping[str, Any]) -> bool:
    return "allOf" not in schema and all(key in _SEPARABLE or not constrains(key) for key in schema)


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
