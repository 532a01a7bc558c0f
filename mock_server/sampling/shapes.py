"""Merge a composed schema into one plain schema: references followed, allOf merged, one branch of anyOf and
oneOf chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mock_server.contract.operation import Components, Schema
from mock_server.contract.schema import follow, ref_name, types_of
from mock_server.contract.validation import mapped_values
from mock_server.sampling.meanings import normalized

Choose = Callable[[list[Schema]], Schema]
"""Chooses one of several branches."""

_UPPER_BOUNDS = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_LOWER_BOUNDS = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_MAX_DEPTH = 12
"""Schemas composed more deeply than this are taken to be circular."""
_MOST_SHAPES = 50_000
"""So many shapes are remembered of one contract: more than the largest public ones have schemas."""


@dataclass(frozen=True)
class Shape:
    """A merged schema.

    keywords: of all parts, as far as they can be merged. names: of the components that it was merged from.
    """

    keywords: Mapping[str, Any]
    names: frozenset[str]

    @cached_property
    def json_type(self) -> str:
        """The JSON type: the first declared one that is not null, else the one its keywords apply to.

        "any" when the keywords do not tell.
        """
        declared = [name for name in types_of(self.keywords) if name != "null"]
        if declared:
            return declared[0]
        if types_of(self.keywords):
            return "null"
        for json_type, keywords in _KEYWORDS_BY_TYPE.items():
            if keywords & self.keywords.keys():
                return json_type
        return "any"

    @cached_property
    def nullable(self) -> bool:
        """Whether null is one of the declared types."""
        return "null" in types_of(self.keywords)

    @cached_property
    def properties(self) -> Mapping[str, Schema]:
        """The schemas of the declared members."""
        properties: Mapping[str, Schema] = self.keywords.get("properties", {})
        return properties

    @cached_property
    def required(self) -> frozenset[str]:
        """The names of the required members."""
        return frozenset(self.keywords.get("required", ()))

    @cached_property
    def closed(self) -> bool:
        """Whether undeclared members are forbidden."""
        return (
            self.keywords.get("additionalProperties") is False
            or self.keywords.get("unevaluatedProperties") is False
        )


_KEYWORDS_BY_TYPE: Mapping[str, frozenset[str]] = {
    "object": frozenset(
        {"properties", "additionalProperties", "required", "minProperties", "patternProperties"}
    ),
    "array": frozenset({"items", "prefixItems", "minItems", "maxItems", "uniqueItems"}),
    "string": frozenset({"pattern", "minLength", "maxLength", "format"}),
    "number": frozenset({"minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"}),
}


def shape_of(schema: Schema | None, schemas: Mapping[str, Schema], choose: Choose) -> Shape:
    """Merge a schema into a shape. choose: chooses a branch of each anyOf and oneOf."""
    names: set[str] = set()
    merged = _merged(schema, schemas, choose, names, 0)
    return Shape(merged, frozenset(names))


def plain_shape(schema: Schema | None, schemas: Mapping[str, Schema]) -> Shape:
    """Return the shape of a schema, choosing the first branch that is not null of anyOf and oneOf."""
    if not isinstance(schemas, Components) or not isinstance(schema, Mapping):
        return shape_of(schema, schemas, _first_not_null)
    remembered = schemas.shapes.get(id(schema))
    if remembered is None:
        if len(schemas.shapes) >= _MOST_SHAPES:
            schemas.shapes.clear()
        remembered = schemas.shapes[id(schema)] = schema, shape_of(schema, schemas, _first_not_null)
    shape: Shape = remembered[1]
    return shape


_IDENTIFYING = (
    "slug",
    "id",
    "uuid",
    "gid",
    "sid",
    "key",
    "code",
    "login",
    "username",
    "name",
    "value",
    "email",
)
"""Normalized names of the member by which an object is written as one value."""


def identifying(shape: Shape) -> Iterator[str]:
    """Yield the members of an object by which it may be written as one value, the most usual first."""
    by_word = {normalized(name): name for name in reversed(list(shape.properties))}
    yield from (by_word[word] for word in _IDENTIFYING if word in by_word)


def _first_not_null(branches: list[Schema]) -> Schema:
    not_null = (branch for branch in branches if isinstance(branch, Mapping) and branch.get("type") != "null")
    return next(not_null, branches[0])


def branches_of(schema: Schema | None, schemas: Mapping[str, Schema], depth: int = 0) -> Iterator[Schema]:
    """Yield the alternatives of a schema, those of nested ones included; the schema itself without any."""
    if depth > _MAX_DEPTH:
        return
    resolved = follow(schema, schemas) if schema is not None else True
    alternatives: list[Schema] = []
    if isinstance(resolved, Mapping):
        alternatives = [*resolved.get("oneOf", ()), *resolved.get("anyOf", ())]
    if not alternatives:
        yield resolved
    for branch in alternatives:
        yield from branches_of(branch, schemas, depth + 1)


def component_name(schema: Schema) -> str | None:
    """Return the name of the component that a schema is a reference to, or None."""
    ref = schema.get("$ref") if isinstance(schema, Mapping) else None
    return ref_name(ref) if isinstance(ref, str) else None


def flagged(schema: Schema, keyword: str, schemas: Mapping[str, Schema]) -> bool:
    """Whether a boolean keyword such as `writeOnly` is true in a schema or in one of its parts."""
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
    if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
        return {}
    if isinstance(schema.get("$ref"), str):
        name = ref_name(schema["$ref"])
        names.add(name)
        return _merged(schemas[name], schemas, choose, names, depth + 1)
    result = {key: value for key, value in schema.items() if key not in {"allOf", "anyOf", "oneOf"}}
    for part in schema.get("allOf", ()):
        result = _intersection(result, _merged(part, schemas, choose, names, depth + 1))
    for keyword in ("oneOf", "anyOf"):
        if schema.get(keyword):
            branch = choose(list(schema[keyword]))
            chosen = _merged(branch, schemas, choose, names, depth + 1)
            result = _intersection(result, chosen)
            result = _intersection(result, _discriminated(schema, branch, chosen, schemas))
    return result


def _discriminated(
    schema: Mapping[str, Any], branch: Schema, chosen: Mapping[str, Any], schemas: Mapping[str, Schema]
) -> dict[str, Any]:
    """The constraint that a discriminator puts on the chosen branch, as a schema. chosen: the merged branch.

    The values that the branch itself allows count; else those of the mapping; without a mapping the
    component's name is the value (OpenAPI, Discriminator Object).
    """
    discriminator = schema.get("discriminator")
    if not isinstance(discriminator, Mapping) or types_of(chosen) == ("null",):
        return {}
    name = str(discriminator.get("propertyName"))
    own = _merged(chosen.get("properties", {}).get(name), schemas, lambda inner: inner[0], set(), 1)
    component = component_name(branch)
    implicit = [component] if component is not None else []
    named = mapped_values(discriminator, branch) or implicit
    allowed: list[Any] = [own["const"]] if "const" in own else list(own.get("enum", ()))
    values = [value for value in named if value in allowed] or allowed or named
    constraint: dict[str, Any] = {"type": "object", "required": [name]}
    if values:
        constraint["properties"] = {name: {"enum": values[:1]}}
    return constraint


def _intersection(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """A schema for what satisfies both, as far as keywords can be merged.

    Approximate where they cannot (two patterns, two formats: the second wins); the sampler validates what it
    generates.
    """
    result = dict(first)
    for key, value in second.items():
        if key not in result:
            result[key] = value
        elif key == "properties":
            shared = result[key]
            result[key] = {**shared, **{name: _all_of(shared.get(name), s) for name, s in value.items()}}
        elif key == "required":
            result[key] = list(dict.fromkeys([*result[key], *value]))
        elif key in _UPPER_BOUNDS:
            result[key] = min(result[key], value)
        elif key in _LOWER_BOUNDS:
            result[key] = max(result[key], value)
        elif key == "enum":
            result[key] = [entry for entry in result[key] if entry in value]
        elif key == "type":
            result[key] = _common_types(types_of(result), types_of(second))
        elif key in {"items", "additionalProperties"}:
            result[key] = False if value is False else _all_of(result[key], value)
        else:
            result[key] = value
    return result


def _all_of(first: Any, second: Any) -> Any:
    if first is None or first == second or first is True:
        return second
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return {"allOf": [first, second]}
    return second


def _common_types(first: tuple[str, ...], second: tuple[str, ...]) -> list[str]:
    shared = [name for name in first if name in second]
    either = {*first, *second}
    # Every integer is a number, so an integer satisfies both.
    if {"integer", "number"} <= either and "integer" not in shared:
        shared = [*(name for name in shared if name != "number"), "integer"]
    return shared or list(second)
