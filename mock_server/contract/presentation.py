"""Records in replies: reduced to what is declared of them, checked, and written, each version once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from mock_server.by_identity import ByIdentity
from mock_server.contract.json_text import dumps
from mock_server.contract.operation import Schema
from mock_server.contract.projection import Project
from mock_server.contract.schema import follow
from mock_server.contract.validation import Check, constrains
from mock_server.errors.api_error import Violation

LONGEST_KEPT: Final = 16_384
"""Bytes. A longer record is written again each time."""

_SEPARABLE: Final = frozenset({"type", "properties", "required", "items", "additionalProperties"})
"""Keywords that say nothing of one member that depends on another."""


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """A record as a reply contains it. violations: of its schema."""

    json: orjson.Fragment
    violations: tuple[Violation, ...]


class RecordWriter:
    """Writes the records of one declared response."""

    def __init__(self, project: Project | None, check: Check) -> None:
        self._project = project
        self._check = check
        self._written: ByIdentity[WrittenRecord] = ByIdentity()

    def write(self, record: Any) -> WrittenRecord:
        """The record as the response contains it. record: as handlers show it; must not change any more."""
        written = self._written.get(record)
        if written is not None:
            return written
        value = record if self._project is None else self._project(record)
        violations = self._check.violations(value, where="body")
        text = dumps(value)
        written = WrittenRecord(orjson.Fragment(text), violations)
        if len(text) <= LONGEST_KEPT:
            self._written.keep(record, written)
        return written


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
    return all(key in _SEPARABLE or not constrains(key) for key in schema)
