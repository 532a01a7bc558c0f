"""One plain schema out of many combined ones: references followed, allOf merged, one branch of anyOf and of
oneOf taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import follow, ref_name, types_of

Choose = Callable[[list[Schema]], Schema]
"""Picks one branch of several."""

_LOWEST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_HIGHEST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_INSIDE = 12
"""So many schemas deep in each other a definition is taken to go on for ever."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A merged schema.

    keywords: of all parts, as far as they can be put together. names: the components it was merged from.
    """

    keywords: Mapping[str, Any]
    names: frozenset[str]

    @property
    def json_type(self) -> str:
        """Its JSON type: the first one named that is not null, or what its keywords speak of; "any" when
        nothing tells."""
        named = [name for name in types_of(self.keywords) if name != "null"]
        if named:
            return named[0]
        if types_of(self.keywords):
            return "null"
        for kind, telling in _TELLING.items():
            if telling & self.keywords.keys():
                return kind
        return "any"

    @property
    def nullable(self) -> bool:
        """Whether null is named as a type."""
        return "null" in types_of(self.keywords)

    @property
    def properties(self) -> Mapping[str, Schema]:
        """The declared members."""
        properties: Mapping[str, Schema] = self.keywords.get("properties", {})
        return properties

    @property
    def required(self) -> frozenset[str]:
        """The members that must be there."""
        return frozenset(self.keywords.get("required", ()))

    @property
    def closed(self) -> bool:
        """Whether members that are not declared are refused."""
        return (
            self.keywords.get("additionalProperties") is False
            or self.keywords.get("unevaluatedProperties") is False
        )


_TELLING: Mapping[str, frozenset[str]] = {
    "object": frozenset(
        {"properties", "additionalProperties", "required", "minProperties", "patternProperties"}
    ),
    "array": frozenset({"items", "prefixItems", "minItems", "maxItems", "uniqueItems"}),
    "string": frozenset({"pattern", "minLength", "maxLength", "format"}),
    "number": frozenset({"minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"}),
}


def shape_of(schema: Schema | None, schemas: Mapping[str, Schema], choose: Choose) -> Shape:
    """The shape of a schema. choose: which branch to take where there are several."""
    names: set[str] = set()
    merged = _merged(schema, schemas, choose, names, 0)
    return Shape(merged, frozenset(names))


def branches_of(schema: Schema | None, schemas: Mapping[str, Schema]) -> Iterator[Schema]:
    """The alternatives at the top of a schema, the schema itself when it has none."""
    resolved = follow(schema, schemas) if schema is not None else True
    either = [*resolved.get("oneOf", ()), *resolved.get("anyOf", ())] if isinstance(resolved, Mapping) else []
    if not either:
        yield resolved
    for branch in either:
        yield from branches_of(branch, schemas)


def flagged(schema: Schema, keyword: str, schemas: Mapping[str, Schema]) -> bool:
    """Whether a schema, or a part it is put together from, says a keyword is true."""
    return any(isinstance(part, Mapping) and part.get(keyword) is True for part in _layers(schema, schemas))


def _layers(schema: Schema, schemas: Mapping[str, Schema]) -> Iterator[Schema]:
    for branch in branches_of(schema, schemas):
        yield branch
        if isinstance(branch, Mapping):
            for part in branch.get("allOf", ()):
                yield from branches_of(part, schemas)


def _merged(
    schema: Schema | None, schemas: Mapping[str, Schema], choose: Choose, names: set[str], depth: int
) -> dict[str, Any]:
    if not isinstance(schema, Mapping) or depth > _INSIDE:
        return {}
    if isinstance(schema.get("$ref"), str):
        name = ref_name(schema["$ref"])
        names.add(name)
        return _merged(schemas[name], schemas, choose, names, depth + 1)
    result = {key: value for key, value in schema.items() if key not in {"allOf", "anyOf", "oneOf"}}
    for part in schema.get("allOf", ()):
        result = _both(result, _merged(part, schemas, choose, names, depth + 1))
    for keyword in ("oneOf", "anyOf"):
        if schema.get(keyword):
            branch = choose(list(schema[keyword]))
            result = _both(result, _merged(branch, schemas, choose, names, depth + 1))
            result = _both(result, _discriminated(schema, branch))
    return result


def _discriminated(schema: Mapping[str, Any], branch: Schema) -> dict[str, Any]:
    """What a discriminator says about the branch that was taken."""
    discriminator = schema.get("discriminator")
    ref = branch.get("$ref") if isinstance(branch, Mapping) else None
    if not isinstance(discriminator, Mapping) or not isinstance(ref, str):
        return {}
    mapping = discriminator.get("mapping") or {}
    value = next(
        (name for name, target in mapping.items() if ref_name(str(target)) == ref_name(ref)), ref_name(ref)
    )
    member = str(discriminator.get("propertyName"))
    return {"type": "object", "properties": {member: {"const": value}}, "required": [member]}


def _both(first: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What satisfies both schemas, as far as keywords can be put together; validation has the last word."""
    result = dict(first)
    for key, value in other.items():
        if key not in result:
            result[key] = value
        elif key == "properties":
            result[key] = {**result[key], **{n: _joined(result[key].get(n), s) for n, s in value.items()}}
        elif key == "required":
            result[key] = list(dict.fromkeys([*result[key], *value]))
        elif key in _LOWEST:
            result[key] = min(result[key], value)
        elif key in _HIGHEST:
            result[key] = max(result[key], value)
        elif key == "enum":
            result[key] = [entry for entry in result[key] if entry in value]
        elif key == "type":
            result[key] = _common(types_of(result), types_of(other))
        elif key in {"items", "additionalProperties"}:
            result[key] = False if value is False else _joined(result[key], value)
        else:
            result[key] = value
    return result


def _joined(first: Any, other: Any) -> Any:
    if first is None or first == other or first is True:
        return other
    return {"allOf": [first, other]} if isinstance(first, Mapping) and isinstance(other, Mapping) else other


def _common(first: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    shared = [name for name in first if name in other]
    if "integer" in (*first, *other) and "number" in (*first, *other) and "integer" not in shared:
        shared = [*(name for name in shared if name != "number"), "integer"]
    return shared or list(other)
