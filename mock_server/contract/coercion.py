"""Values turned into what the schema asks for, where the platform would do so before it validates.

A coercion never refuses: what it cannot turn it leaves alone, and validation says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import follow, parts, ref_name, types_of
from mock_server.contract.validation import expected, nullable

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Coercion:
    """What one platform turns into what.

    leaves: by expected type or format ("integer", "number", "boolean", "uuid" …). tidy: done to every whole
    value first. empty_is_null: an empty text counts as null, and null as not sent: an empty text wherever
    null is not allowed, a plain null where the member is required. brackets: `name[]=` means `name=` too.
    bodies: members of JSON bodies are turned as well, not only parameters.
    """

    leaves: Mapping[str, Convert]
    tidy: Convert | None = None
    empty_is_null: bool = False
    brackets: bool = False
    bodies: bool = True

    def compile(self, schema: Schema, schemas: Mapping[str, Schema]) -> Convert | None:
        """The coercion of values of this schema, or None when there is nothing to turn."""
        members = _Compiler(self, schemas).compile(schema, frozenset())
        tidy = self.tidy
        if tidy is None or members is None:
            return tidy or members
        return lambda value: members(tidy(value))


@dataclass(frozen=True, slots=True)
class _Compiler:
    coercion: Coercion
    schemas: Mapping[str, Schema]

    def compile(self, schema: Schema, above: frozenset[str]) -> Convert | None:
        """above: the components this schema lies in; below a recursive one values are taken as they are."""
        if isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
            if ref_name(schema["$ref"]) in above:
                return None
            above |= {ref_name(schema["$ref"])}
        resolved = follow(schema, self.schemas)
        kinds = {kind for part in parts(resolved, self.schemas) for kind in types_of(part)} - {"null"}
        if kinds == {"object"}:
            return self._object(resolved, above)
        if kinds == {"array"}:
            return self._array(resolved, above)
        return self.coercion.leaves.get(expected(resolved, self.schemas)) if len(kinds) == 1 else None

    def _object(self, schema: Schema, above: frozenset[str]) -> Convert | None:
        converts: dict[str, Convert] = {}
        strict: set[str] = set()
        required: set[str] = set()
        for part in parts(schema, self.schemas):
            required.update(part.get("required", ()))
            for name, value in part.get("properties", {}).items():
                convert = self.compile(value, above)
                if convert is not None:
                    converts[name] = convert
                if not nullable(value, self.schemas):
                    strict.add(name)
        if self.coercion.empty_is_null:
            return _emptied(converts, strict, required)
        return _members(converts) if converts else None

    def _array(self, schema: Schema, above: frozenset[str]) -> Convert | None:
        for part in parts(schema, self.schemas):
            convert = self.compile(part.get("items", True), above)
            if convert is not None:
                return _entries(convert)
        return None


def _members(converts: Mapping[str, Convert]) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: converts[name](item) if name in converts else item for name, item in value.items()}

    return convert


def _emptied(converts: Mapping[str, Convert], strict: set[str], required: set[str]) -> Convert:
    """strict: members that may not be null."""

    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        turned: dict[str, Any] = {}
        for name, item in value.items():
            if name in strict and (item == "" or (item is None and name in required)):
                continue
            if item == "":
                turned[name] = None
            else:
                turned[name] = converts[name](item) if name in converts else item
        return turned

    return convert


def _entries(convert: Convert) -> Convert:
    return lambda value: [convert(entry) for entry in value] if isinstance(value, list) else value
