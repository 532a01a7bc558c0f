"""Records in replies: reduced to what is declared of them, checked, and written, each version once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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


SELF_LINKS: Final = frozenset({"self", "self_link", "selfLink", "self_url", "selfUrl"})
"""Members with the address of the record that contains them."""

_LINKS: Final = re.compile(rb'"(?:http|(?:%b)":)' % "|".join(sorted(SELF_LINKS)).encode())
"""What the JSON text of a value with links has, and few others."""

Link = Callable[[Any], Any]


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
    for name in place.split(".") if place else ():
        body = body.get(name) if isinstance(body, dict) else None
    if not is_list:
        return body
    return body[0] if isinstance(body, list) and body else None


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
