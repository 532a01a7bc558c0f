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

    leaves: by expected type or format ("integer", "number", "boolean", "uuid" …), and "flag" for an
    enumeration that has true and false beside other spellings of them. tidy: done to every whole value first.
    empty_is_null: an empty text counts as null, and null as not sent where the member is required; so does an
    empty text that the schema would let pass where it has no null. brackets: `name[]=` means `name=` too.
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
        if len(kinds) == 1:
            return self.coercion.leaves.get(expected(resolved, self.schemas))
        return self.coercion.leaves.get("flag") if _lists_both_truths(resolved) else None

    def _object(self, schema: Schema, above: frozenset[str]) -> Convert | None:
        converts: dict[str, Convert] = {}
        strict: set[str] = set()
        hollow: set[str] = set()
        for part in parts(schema, self.schemas):
            for name, value in part.get("properties", {}).items():
                convert = self.compile(value, above)
                if convert is not None:
                    converts[name] = convert
                if not nullable(value, self.schemas):
                    strict.add(name)
                    hollow.update([name] if _may_be_empty(value, self.schemas) else ())
        if self.coercion.empty_is_null:
            owed = strict & self._required(schema)
            return _emptied(converts, unsent_when_null=owed, unsent_when_empty=owed | hollow)
        return _members(converts) if converts else None

    def _required(self, schema: Schema) -> set[str]:
        """What every object of this schema owes, whichever of its alternatives it is."""
        resolved = follow(schema, self.schemas)
        if not isinstance(resolved, Mapping):
            return set()
        own = set(resolved.get("required", ()))
        return own.union(*(self._required(part) for part in resolved.get("allOf", ())))

    def _array(self, schema: Schema, above: frozenset[str]) -> Convert | None:
        for part in parts(schema, self.schemas):
            convert = self.compile(part.get("items", True), above)
            if convert is not None:
                return _entries(convert)
        return None


def _lists_both_truths(schema: Schema) -> bool:
    listed = schema.get("enum", ()) if isinstance(schema, Mapping) else ()
    return {value for value in listed if isinstance(value, bool)} == {True, False}


def _members(converts: Mapping[str, Convert]) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: converts[name](item) if name in converts else item for name, item in value.items()}

    return convert


def _may_be_empty(schema: Schema, schemas: Mapping[str, Schema]) -> bool:
    """Whether a text of no characters keeps the schema."""
    return all(
        types_of(part) in {(), ("string",)}
        and not part.get("minLength")
        and not part.keys() & {"enum", "const", "pattern", "format"}
        for part in parts(schema, schemas)
    )


def _emptied(
    converts: Mapping[str, Convert], *, unsent_when_null: set[str], unsent_when_empty: set[str]
) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        turned: dict[str, Any] = {}
        for name, item in value.items():
            if (item == "" and name in unsent_when_empty) or (item is None and name in unsent_when_null):
                continue
            if item == "":
                turned[name] = None
            else:
                turned[name] = converts[name](item) if name in converts else item
        return turned

    return convert


def _entries(convert: Convert) -> Convert:
    return lambda value: [convert(entry) for entry in value] if isinstance(value, list) else value
