"""Rules on single schemas, and on what refers to them: what is allowed, but hardly meant."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from contract_tests.openapi.file_set import UnresolvedReferenceError
from contract_tests.openapi.pointers import escape
from contract_tests.spec_check.problems import SpecProblem
from contract_tests.spec_check.spec import Place, Spec, children, items

_TYPES: Final = ("null", "boolean", "object", "array", "number", "string", "integer")
_FORMATS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("date", "date-time", "time", "duration", "email", "uuid", "uri", "hostname"), "string"),
    **dict.fromkeys(("ipv4", "ipv6", "byte", "binary", "password", "uri-reference", "regex"), "string"),
    **dict.fromkeys(("float", "double", "int32", "int64"), "number"),
}
"""The type of well-known formats."""

_BOUNDS: Final = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_HARMLESS: Final = frozenset({"$ref", "description", "summary", "title", "example", "examples", "deprecated"})
"""What may stand beside a reference of OpenAPI 3.0 without a loss."""

_KEYWORDS: Final = frozenset(
    {*Draft202012Validator.VALIDATORS, "title", "description", "default", "examples", "example", "$comment"}
    | {"readOnly", "writeOnly", "deprecated", "nullable", "discriminator", "xml", "externalDocs", "$schema"}
    | {"contentEncoding", "contentMediaType", "contentSchema", "definitions", "then", "else", "id", "$defs"}
    | {"$id", "$anchor", "$dynamicAnchor", "$vocabulary", "minContains", "maxContains", "dependencies"}
)


def schema_problems(spec: Spec) -> Iterator[SpecProblem]:
    """What is allowed in a schema, but contradicts itself or is overlooked by tools."""
    for place in spec.places:
        if place.is_schema:
            yield from _schema(spec, place)
        if place.is_schema and isinstance(place.node.get("discriminator"), dict):
            yield from _discriminator(spec, place)
    yield from _hidden(spec)
    yield from _circles(spec)
    yield from _endless(spec)


def unused_problems(spec: Spec) -> Iterator[SpecProblem]:
    """Each component that nothing but itself refers to, and each security scheme that nothing requires."""
    used = set(_required_schemes(spec))
    leads = [(each.place.key, each.target) for each in spec.references if each.target is not None]
    for (path, pointer), target in leads:
        component = _component(target.pointer)
        inside = path == spec.file.path and f"{pointer}/".startswith(f"{component}/")
        if target.file is spec.file and not inside:
            used.add(component)
    used |= {_component(pointer) for path, pointer in _mapped(spec) if path == spec.file.path}
    components = spec.value.get("components")
    sections = components if isinstance(components, dict) else {}
    for section in sections:
        for name, _, at in children(sections, section, "/components"):
            if at not in used and not section.startswith("x-"):
                yield spec.problem(at, "unused-component", f"nothing refers to {section}/{name}")


def _component(pointer: str) -> str:
    """The component that a pointer leads to or into."""
    return "/".join(pointer.split("/")[:4])


def _required_schemes(spec: Spec) -> Iterator[str]:
    holders = [spec.value, *(place.node for place in spec.places if place.kind == "operation")]
    for requirement in (each for node in holders for each in items(node.get("security"))):
        for name in requirement if isinstance(requirement, dict) else ():
            yield f"/components/securitySchemes/{escape(name)}"


def _mapped(spec: Spec) -> Iterator[tuple[Path, str]]:
    """The places that discriminators name."""
    for place in spec.places:
        discriminator = place.node.get("discriminator") if place.is_schema else None
        mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
        for text in mapping.values() if isinstance(mapping, dict) else ():
            found = _mapping_target(spec, place, text) if isinstance(text, str) else None
            if found is not None:
                yield found


def _mapping_target(spec: Spec, place: Place, text: str) -> tuple[Path, str] | None:
    """Where a mapping's value leads: a name of a schema, or a reference. None where it leads nowhere."""
    pointer = f"/components/schemas/{escape(text)}"
    named = "/" not in text and "#" not in text
    try:
        target = spec.files.target(spec.file if named else place.file, f"#{pointer}" if named else text)
    except UnresolvedReferenceError:
        return None
    return target.file.path, target.pointer


def _schema(spec: Spec, place: Place) -> Iterator[SpecProblem]:
    node = place.node
    types = _types(node)
    if spec.is_3_0 and node.get("type") == "array" and "items" not in node:
        yield place.problem("array-items", "an array of OpenAPI 3.0 needs `items`")
    if node.get("readOnly") is True and node.get("writeOnly") is True:
        yield place.problem("read-write", "readOnly and writeOnly exclude each other")
    if node.get("nullable") is True and spec.is_3_0 and "type" not in node:
        yield place.problem("nullable", "has no effect without a `type` beside it", "/nullable")
    if "nullable" in node and not spec.is_3_0:
        message = 'has no meaning from OpenAPI 3.1 on: write `type: [..., "null"]`'
        yield place.problem("nullable", message, "/nullable")
    yield from _enum(spec, place, types)
    for low, high in _BOUNDS:
        if _is_number(node.get(low)) and _is_number(node.get(high)) and node[low] > node[high]:
            yield place.problem(
                "impossible-bounds", f"{low} {node[low]} is above {high} {node[high]}", f"/{low}"
            )
    wanted = _FORMATS.get(str(node.get("format")))
    if wanted and types and not types & _with_integer({wanted}):
        message = f"format {node['format']} belongs to the type {wanted}, not to {', '.join(sorted(types))}"
        yield place.problem("format-type", message, "/format")
    yield from _required(place)
    for key in node if not spec.is_3_0 else ():
        near = [] if key in _KEYWORDS or key.startswith(("x-", "$")) else _misspelt(key)
        if near:
            yield place.problem(
                "unknown-keyword", f"{key!r} is not a keyword; did you mean {near[0]!r}?", f"/{escape(key)}"
            )


def _misspelt(key: str) -> list[str]:
    return get_close_matches(key, _KEYWORDS, n=1, cutoff=0.8)


def _types(node: Mapping[str, Any]) -> set[str]:
    named = node.get("type")
    listed = [named] if isinstance(named, str) else items(named)
    return {each for each in listed if isinstance(each, str) and each in _TYPES}


def _with_integer(types: set[str]) -> set[str]:
    return types | ({"integer"} if "number" in types else set())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _enum(spec: Spec, place: Place, types: set[str]) -> Iterator[SpecProblem]:
    may_be_null = spec.is_3_0 and place.node.get("nullable") is True
    allowed = types | ({"null"} if may_be_null else set())
    seen: set[str] = set()
    for index, value in enumerate(items(place.node.get("enum"))):
        at = f"/enum/{index}"
        if types and not _type_of(value) & _with_integer(allowed) and not _is_whole(value, allowed):
            message = f"{value!r} is not of the type {' or '.join(sorted(allowed))}"
            yield place.problem("enum-type", message, at)
        text = json.dumps(value, sort_keys=True)
        if text in seen:
            yield place.problem("enum-type", f"{value!r} is already in the enum", at)
        seen.add(text)


def _type_of(value: Any) -> set[str]:
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"))
    name = next((name for kind, name in kinds if isinstance(value, kind)), None)
    return {name or ("null" if value is None else "object")}


def _is_whole(value: Any, allowed: set[str]) -> bool:
    return "integer" in allowed and isinstance(value, float) and value.is_integer()


def _required(place: Place) -> Iterator[SpecProblem]:
    node = place.node
    properties = node.get("properties")
    others = {"allOf", "anyOf", "oneOf", "$ref", "if", "patternProperties", "dependentSchemas", "$dynamicRef"}
    is_alone = not others & set(node) and node.get("additionalProperties", True) in (True, False)
    # In a branch of `allOf` another branch may declare the member.
    is_branch = place.pointer.rpartition("/")[0].endswith(("/allOf", "/anyOf", "/oneOf")) or (
        place.name in ("not", "if", "then", "else")
    )
    if not isinstance(properties, dict) or not properties or not is_alone or is_branch:
        return
    for index, name in enumerate(items(node.get("required"))):
        if isinstance(name, str) and name not in properties:
            message = f"{name!r} is required, but not declared among the properties"
            yield place.problem("required-property", message, f"/required/{index}")


def _discriminator(spec: Spec, place: Place) -> Iterator[SpecProblem]:
    discriminator = place.node["discriminator"]
    mapping = discriminator.get("mapping")
    for value, text in mapping.items() if isinstance(mapping, dict) else ():
        if isinstance(text, str) and "://" not in text and _mapping_target(spec, place, text) is None:
            message = f"{text} is neither a schema's name nor a reference to one"
            yield place.problem("discriminator", message, f"/discriminator/mapping/{escape(value)}")
    name = discriminator.get("propertyName")
    branches = [each for key in ("oneOf", "anyOf") for each in items(place.node.get(key))]
    for branch in branches:
        whole = spec.whole(place.file, branch)
        missing = _undeclared(whole, str(name))
        if whole and missing:
            label = str(branch.get("$ref", "a branch")) if isinstance(branch, dict) else "a branch"
            message = f"{name!r} is not {missing} in {label}"
            yield place.problem("discriminator-property", message, "/discriminator")


def _undeclared(schema: Mapping[str, Any], name: str) -> str | None:
    """What is missing of a required property: "declared" or "required"; None when nothing is, or when the
    schema is composed, so that it may stand elsewhere."""
    if {"allOf", "anyOf", "oneOf", "$ref"} & set(schema):
        return None
    properties = schema.get("properties")
    if not isinstance(properties, dict) or name not in properties:
        return "declared"
    return None if name in items(schema.get("required")) else "required"


def _hidden(spec: Spec) -> Iterator[SpecProblem]:
    if not spec.is_3_0:
        return
    for reference in spec.references:
        hidden = sorted(set(reference.place.node) - _HARMLESS) if reference.place.is_schema else []
        hidden = [name for name in hidden if not name.startswith("x-")]
        if hidden:
            message = f"{', '.join(hidden)} beside a `$ref` has no effect in OpenAPI 3.0"
            yield reference.place.problem("ref-siblings", message, f"/{escape(hidden[0])}")


def _circles(spec: Spec) -> Iterator[SpecProblem]:
    """References that lead from one to the next and back, to no object at all."""
    onward = {
        reference.place.key: (reference.target.file.path, reference.target.pointer)
        for reference in spec.references
        if reference.target is not None and (spec.is_3_0 or set(reference.place.node) == {"$ref"})
    }
    for reference in spec.references:
        seen = {reference.place.key}
        key = onward.get(reference.place.key)
        while key is not None and key not in seen:
            seen.add(key)
            key = onward.get(key)
        if key == reference.place.key:
            message = f"{reference.text} leads back to itself"
            yield reference.place.problem("reference", message, "/$ref")


def _endless(spec: Spec) -> Iterator[SpecProblem]:
    """Schemas whose every value holds another one of their own, without end."""
    needs = dict(_needs(spec))
    states: dict[tuple[Path, str], bool] = {}
    places = {place.key: place for place in spec.places if place.is_schema}
    for key in needs:
        if key not in states:
            _mark_endless(key, needs, states)
    for key, is_endless in states.items():
        if is_endless and key in places and places[key].kind != "subschema":
            message = "no value of this schema can end: it requires another one of its own"
            yield places[key].problem("endless-schema", message)


_Key = tuple[Path, str]


def _needs(spec: Spec) -> Iterator[tuple[_Key, list[_Key]]]:
    """What a value of each schema must hold or also be: required members and parts of `allOf`."""
    targets = {
        reference.place.key: (reference.target.file.path, reference.target.pointer)
        for reference in spec.references
        if reference.target is not None
    }
    for key, target in targets.items():
        yield key, [target]
    for place in spec.places:
        if not place.is_schema or place.key in targets:
            continue
        path = place.file.path
        parts = [(path, f"{place.pointer}/allOf/{n}") for n, _ in enumerate(items(place.node.get("allOf")))]
        properties = place.node.get("properties")
        if _types(place.node) <= {"object"} and isinstance(properties, dict):
            parts += [
                (path, f"{place.pointer}/properties/{escape(name)}")
                for name in items(place.node.get("required"))
                if isinstance(name, str) and name in properties and not _may_be_null(properties[name])
            ]
        if {"oneOf", "anyOf"} & set(place.node):
            continue  # a branch may end
        if place.node.get("nullable") is not True:
            yield place.key, parts


def _may_be_null(node: Any) -> bool:
    return isinstance(node, dict) and (node.get("nullable") is True or "null" in _types(node))


def _mark_endless(start: _Key, needs: Mapping[_Key, list[_Key]], states: dict[_Key, bool]) -> None:
    """Mark the schemas that need themselves; depth first, without recursion."""
    way: list[_Key] = []
    on_way: set[_Key] = set()
    waiting: list[tuple[_Key, bool]] = [(start, False)]
    while waiting:
        key, is_left = waiting.pop()
        if is_left:
            way.pop()
            on_way.discard(key)
            states.setdefault(key, False)
        elif key in on_way:
            for inside in way[way.index(key) :]:
                states[inside] = True
        elif key not in states and key in needs:
            way.append(key)
            on_way.add(key)
            waiting.append((key, True))
            waiting += [(each, False) for each in needs[key]]
