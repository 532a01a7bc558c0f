"""Convert values to the type that the schema expects, where the platform does so before it validates.

A coercion never fails: a value that it cannot convert stays as it is, and validation reports it.
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
    """The conversions of one platform.

    leaves: by expected type or format ("integer", "number", "boolean", "uuid" ...), and "flag" for an
    enumeration that lists true and false beside other spellings of them. tidy: applied to every whole value
    first. empty_is_null: an empty string counts as null. A null for a required member that is not nullable
    counts as not sent; so does an empty string that the schema would accept where it does not accept null.
    brackets: `name[]=` is another spelling of `name=`. nested: brackets in the names of query parameters
    stand for members and entries, however the parameter is declared. bodies: convert members of JSON bodies
    too, not only parameters.
    """

    leaves: Mapping[str, Convert]
    tidy: Convert | None = None
    empty_is_null: bool = False
    brackets: bool = False
    nested: bool = False
    bodies: bool = True

    def compile(self, schema: Schema, schemas: Mapping[str, Schema]) -> Convert | None:
        """Return the conversion of values of this schema, or None when there is nothing to convert."""
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
        """above: the components that contain this schema; inside a recursive one nothing is converted."""
        if isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
            component = ref_name(schema["$ref"])
            if component in above:
                return None
            above |= {component}
        resolved = follow(schema, self.schemas)
        json_types = {name for part in parts(resolved, self.schemas) for name in types_of(part)} - {"null"}
        if json_types == {"object"}:
            return self._object(resolved, above)
        if json_types == {"array"}:
            return self._array(resolved, above)
        if self.coercion.nested and len(json_types) > 1 and json_types & {"object", "array"}:
            return self._by_kind(resolved, json_types - {"object", "array"}, above)
        # A value of several types ("5" for integer or string) is ambiguous and stays as it was sent.
        if len(json_types) == 1:
            return self.coercion.leaves.get(expected(resolved, self.schemas))
        return self.coercion.leaves.get("flag") if _lists_both_truths(resolved) else None

    def _by_kind(self, schema: Schema, scalars: set[str], above: frozenset[str]) -> Convert:
        """The conversion of a value that may be an object or a list, or a scalar of some types."""
        members, entries = self._object(schema, above), self._array(schema, above)
        leaf = self.coercion.leaves.get(*scalars) if len(scalars) == 1 else None

        def convert(value: Any) -> Any:
            chosen = leaf
            if isinstance(value, dict):
                chosen = members
            elif isinstance(value, list):
                chosen = entries
            return value if chosen is None else chosen(value)

        return convert

    def _object(self, schema: Schema, above: frozenset[str]) -> Convert | None:
        converts: dict[str, Convert] = {}
        not_nullable: set[str] = set()
        may_be_empty: set[str] = set()
        for part in parts(schema, self.schemas):
            for name, value in part.get("properties", {}).items():
                convert = self.compile(value, above)
                if convert is not None:
                    converts[name] = convert
                if nullable(value, self.schemas):
                    continue
                not_nullable.add(name)
                if _may_be_empty(value, self.schemas):
                    may_be_empty.add(name)
        if self.coercion.empty_is_null:
            unsent = not_nullable & self._required(schema)
            return _emptied(converts, unsent_when_null=unsent, unsent_when_empty=unsent | may_be_empty)
        return _members(converts) if converts else None

    def _required(self, schema: Schema) -> set[str]:
        """The members required of every object of this schema, whichever alternative it matches."""
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
    """Whether an empty string satisfies the schema."""
    return all(
        types_of(part) in {(), ("string",)}
        and not part.get("minLength")
        and not part.keys() & {"enum", "const", "pattern", "format"}
        for part in parts(schema, schemas)
    )


def _emptied(
    converts: Mapping[str, Convert], *, unsent_when_null: set[str], unsent_when_empty: set[str]
) -> Convert:
    """A conversion of objects that treats empty strings as null, as some frameworks do."""

    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        converted: dict[str, Any] = {}
        for name, item in value.items():
            if item == "" and name in unsent_when_empty:
                continue
            if item is None and name in unsent_when_null:
                continue
            if item == "":
                converted[name] = None
            else:
                converted[name] = converts[name](item) if name in converts else item
        return converted

    return convert


def _entries(convert: Convert) -> Convert:
    return lambda value: [convert(entry) for entry in value] if isinstance(value, list) else value
