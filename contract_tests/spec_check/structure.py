"""Rules of form: OpenAPI's own structure, valid schemas, references that lead somewhere.

Each object is judged alone: what it holds is replaced by the smallest valid object of its kind, and judged at
its own place. So a problem has an exact place, and neither size nor depth of a document matters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

import jsonschema_rs
from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator

from contract_tests.openapi.pointers import escape
from contract_tests.openapi.yaml_file import YamlFile
from contract_tests.spec_check.patterns import foreign_part, pattern_error
from contract_tests.spec_check.problems import SpecProblem, problem_at
from contract_tests.spec_check.spec import SCHEMAS_IN, Kind, Place, Spec, parts_of

_VERSION = re.compile(r"^(3\.[012])\.\d+")

_UNKNOWN = re.compile(r" do(?:es)? not match any of the regexes| w(?:as|ere) unexpected")
_EMPTY = re.compile(r"(?:\{\}|\[\]|'') (?:should be non-empty|is too short)")
_QUOTED = re.compile(r"'([^']*)'")
"""How jsonschema words a member that is not known, and a value that is empty."""

_MESSAGE = 300
"""Characters of a message; jsonschema's carry the whole offending value."""

_DEFINITIONS: Final[Mapping[Kind, tuple[str, str]]] = {
    "document": ("", ""),
    "components": ("Components", "components"),
    "path item": ("PathItem", "path-item"),
    "operation": ("Operation", "operation"),
    "callback": ("Callback", "callbacks"),
    "parameter": ("Parameter", "parameter"),
    "request body": ("RequestBody", "request-body"),
    "response": ("Response", "response"),
    "header": ("Header", "header"),
    "media type": ("MediaType", "media-type"),
    "encoding": ("Encoding", "encoding"),
    "link": ("Link", "link"),
    "security scheme": ("SecurityScheme", "security-scheme"),
    "example": ("Example", "example"),
    "named schema": ("Schema", "schema"),
    "schema": ("Schema", "schema"),
    "subschema": ("Schema", "schema"),
}
"""The definition of each kind in OpenAPI's own schemas, of 3.0 and of later versions."""

_SCHEMES: Final = {
    "apiKey": "APIKeySecurityScheme",
    "http": "HTTPSecurityScheme",
    "oauth2": "OAuth2SecurityScheme",
    "openIdConnect": "OpenIdConnectSecurityScheme",
}
"""The definitions of the types of security schemes in OpenAPI 3.0's schema."""

_NO_REFERENCE: Final[tuple[Kind, ...]] = ("operation", "encoding", "components", "info")
"""Kinds that OpenAPI never lets a reference stand for."""

_SMALLEST: Final[Mapping[Kind, Mapping[str, Any]]] = {
    "operation": {"responses": {"default": {"description": ""}}},
    "parameter": {"in": "query", "schema": {}},
    "request body": {"content": {"text/plain": {}}},
    "response": {"description": ""},
    "header": {"schema": {}},
    "link": {"operationId": ""},
    "security scheme": {"type": "http", "scheme": "basic"},
    "example": {"value": 0},
}
"""The smallest valid object of each kind that is not empty."""


def structure_problems(spec: Spec) -> Iterator[SpecProblem]:
    """References that lead nowhere, what OpenAPI's own schema refuses, and schemas that are none."""
    version = _VERSION.match(spec.version)
    if version is None or not isinstance(spec.value["openapi"], str):
        yield _unknown_version(spec)
        return
    yield from (reference.problem for reference in spec.references if reference.problem is not None)
    for reference in spec.references:
        if reference.place.kind in _NO_REFERENCE:
            message = f"OpenAPI knows no reference to {_a(reference.place.kind)}; some tools do not follow it"
            yield reference.place.problem("reference-place", message, "/$ref")
    for place in spec.places:
        yield from _place_problems(place, version.group(1))
        if place.is_schema:
            yield from _pattern_problems(place)
        elif {"example", "examples"} <= set(place.node) and version.group(1) != "3.0":
            yield place.problem("openapi", "`example` and `examples` exclude each other")


def _unknown_version(spec: Spec) -> SpecProblem:
    if "swagger" in spec.value:
        message = (
            f"Swagger {spec.value['swagger']} is not OpenAPI 3; a converter such as swagger2openapi "
            "makes a document of it that can be checked"
        )
        return spec.problem("/swagger", "openapi-version", message)
    message = f"{spec.value.get('openapi')!r} is not a supported version; use 3.0, 3.1 or 3.2"
    return spec.problem("/openapi", "openapi-version", message)


def _place_problems(place: Place, version: str) -> Iterator[SpecProblem]:
    if place.kind not in _DEFINITIONS:
        return
    alone = _alone(place)
    fast, slow = _validators(place.kind, version, _SCHEMES.get(str(place.node.get("type")), ""))
    try:
        if fast.is_valid(alone):
            return
    except (ValueError, UnicodeEncodeError):  # nested too deeply, or half of a surrogate pair
        pass
    rule = "schema" if place.is_schema else "openapi"
    explained = _EXPLAINED.get(place.kind)
    plain = list(explained(place)) if explained else []
    if plain:
        yield from plain
        return
    try:
        for problem in violations(place.file, alone, slow, rule=rule, at=place.pointer):
            if place.is_schema and problem.pointer == f"{place.pointer}/type":
                yield _type_problem(place, version)
            else:
                yield from _member_problems(place, problem)
    except RecursionError:
        yield place.problem("not-checked", "is nested too deeply to be checked")


def _parameter_problems(place: Place) -> Iterator[SpecProblem]:
    """What is most often wrong with a parameter, for which OpenAPI's schema has no words."""
    where = place.node.get("in")
    known = ("path", "query", "header", "cookie", "querystring")
    if where is not None and where not in known:
        yield place.problem(
            "openapi", f"{where!r} is not a parameter location; allowed are {', '.join(known)}", "/in"
        )
    if where == "path" and place.node.get("required") is not True:
        yield place.problem("openapi", "a path parameter must have `required: true`", "/required")
    has = {"schema", "content"} & set(place.node)
    if len(has) != 1:
        yield place.problem("openapi", "a parameter must have either a schema or a content")


def _scheme_problems(place: Place) -> Iterator[SpecProblem]:
    """A type of a security scheme that is none, which OpenAPI's schema does not point at."""
    known = (*_SCHEMES, "mutualTLS")
    named = place.node.get("type")
    if named is not None and named not in known:
        message = f"{named!r} is not a type of a security scheme; allowed are {', '.join(known)}"
        yield place.problem("openapi", message, "/type")


_EXPLAINED: Final[Mapping[Kind, Callable[[Place], Iterator[SpecProblem]]]] = {
    "parameter": _parameter_problems,
    "security scheme": _scheme_problems,
}
"""Rules in plainer words than OpenAPI's schema has; where one finds something, the schema is not asked."""


def _member_problems(place: Place, problem: SpecProblem) -> Iterator[SpecProblem]:
    """The problem, or one for each unknown member that it is about, at that member."""
    empty = _EMPTY.match(problem.message)
    if empty:
        what = problem.pointer.rpartition("/")[2] or "the document"
        yield replace(problem, message=f"{what} must not be empty")
        return
    found = _UNKNOWN.search(problem.message)
    is_cut = found is None and problem.message.startswith("Additional properties are not allowed")
    end = found.start() if found else len(problem.message)
    names = _QUOTED.findall(problem.message[:end]) if found or is_cut else []
    if not names:
        yield problem
        return
    holder = "the document" if problem.pointer == "" else _a(place.kind)
    inside = problem.pointer.removeprefix(place.pointer)
    kind = holder if not inside else inside.rpartition("/")[2]
    for name in names:
        at = f"{inside}/{escape(name)}"
        yield place.problem(problem.rule, f"{name!r} is not a member of {kind}", at)


def _a(kind: Kind) -> str:
    """A kind with its article."""
    name = kind.removeprefix("named ")
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _type_problem(place: Place, version: str) -> SpecProblem:
    """A type that is none, for which jsonschema has no words."""
    known = ["array", "boolean", "integer", "number", "object", "string"]
    known += [] if version == "3.0" else ["null"]
    message = f"{place.node['type']!r} is not a type; allowed are {', '.join(known)}"
    return place.problem("schema", shorten(message, _MESSAGE, placeholder=" …"), "/type")


def _alone(place: Place) -> dict[str, Any]:
    """A copy of a place in which the objects it holds are the smallest of their kind."""
    if place.is_schema:
        return _schema_alone(place.node)
    allowed = {"$ref"} if place.kind == "path item" else set()  # OpenAPI's schema of 3.1 forgets it
    held = {part.pointer: part.kind for part in parts_of(place) if part.kind in _DEFINITIONS}
    return {
        key: _replaced(value, f"{place.pointer}/{escape(key)}", held, depth=2)
        for key, value in place.node.items()
        if key not in allowed
    }


def _replaced(value: Any, at: str, held: Mapping[str, Kind], *, depth: int) -> Any:
    if at in held:
        smallest = dict(_SMALLEST.get(held[at], {}))
        if held[at] == "parameter":
            smallest["name"] = at  # lists of parameters must not repeat one
        return smallest
    if depth == 1:
        return value
    if isinstance(value, dict):
        return {key: _replaced(child, f"{at}/{escape(key)}", held, depth=1) for key, child in value.items()}
    if isinstance(value, list):
        return [_replaced(child, f"{at}/{index}", held, depth=1) for index, child in enumerate(value)]
    return value


def _schema_alone(node: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a schema whose subschemas are empty; values of the API's own are left out."""
    alone: dict[str, Any] = {}
    for key, value in node.items():
        if key.startswith("x-"):
            continue
        shape = SCHEMAS_IN.get(key)
        if key in ("example", "default", "const"):
            alone[key] = None
        elif shape == "object" and isinstance(value, dict):
            alone[key] = {}
        elif shape == "map" and isinstance(value, dict):
            alone[key] = {name: {} if isinstance(child, dict) else child for name, child in value.items()}
        elif key == "examples" and isinstance(value, list):
            alone[key] = []
        elif shape == "list" and isinstance(value, list):
            alone[key] = [{} if isinstance(child, dict) else child for child in value]
        else:
            alone[key] = value
    return alone


def _pattern_problems(place: Place) -> Iterator[SpecProblem]:
    keys = place.node.get("patternProperties")
    found = [("/pattern", place.node.get("pattern"))]
    found += [(f"/patternProperties/{escape(key)}", key) for key in (keys if isinstance(keys, dict) else ())]
    for at, pattern in found:
        if not isinstance(pattern, str):
            continue
        foreign = foreign_part(pattern)
        error = pattern_error(pattern)
        if foreign is not None:
            yield place.problem("pattern-dialect" if error is None else "pattern", foreign, at)
        elif error is not None:
            yield place.problem("pattern", error, at)


def broken_schemas(spec: Spec, problems: Iterable[SpecProblem]) -> frozenset[int]:
    """The identities of the schemas that `problems` are about: nothing can be judged by them."""
    nodes = {place.key: place.node for place in spec.places if place.is_schema}
    broken: set[int] = set()
    for problem in problems:
        pointer = problem.pointer
        while pointer and (problem.file, pointer) not in nodes:
            pointer = pointer.rpartition("/")[0]
        if problem.rule in ("schema", "pattern"):
            broken.add(id(nodes.get((problem.file, pointer))))
    return frozenset(broken)


def violations(
    file: YamlFile,
    value: Any,
    validator: Validator,
    *,
    rule: str,
    at: str = "",
    broken: frozenset[int] = frozenset(),
) -> Iterator[SpecProblem]:
    """Each thing `validator` finds wrong with `value`, which stands at pointer `at`.

    Of the branches of an `anyOf` or `oneOf` the one that went furthest is named, for it is the one meant.
    broken: schemas, by identity, whose judgement does not count.
    """
    for error in validator.iter_errors(value):
        if broken and _rests_on(error, broken):
            continue
        cause = best_match([error]) or error
        yield problem_at(
            file, at + pointer_of(cause), rule, shorten(cause.message, _MESSAGE, placeholder=" …")
        )


def _rests_on(error: ValidationError, schemas: frozenset[int]) -> bool:
    return id(error.schema) in schemas or any(_rests_on(inner, schemas) for inner in error.context)


def pointer_of(error: ValidationError) -> str:
    """The JSON pointer of the value an error is about."""
    return "".join(f"/{escape(part)}" for part in error.absolute_path)


@cache
def _published(version: str) -> Mapping[str, Any]:
    """OpenAPI's own schema of a version, as openapi-spec-validator ships it.

    The package is not imported, which takes longer than most checks.
    """
    package = find_spec("openapi_spec_validator")
    folder = Path(str(package.origin)).parent if package is not None else Path()
    schema: dict[str, Any] = json.loads(
        (folder / f"resources/schemas/v{version}/schema.json").read_text(encoding="utf-8")
    )
    return schema


@cache
def _validators(kind: Kind, version: str, scheme: str) -> tuple[Any, Validator]:
    """Two validators of a kind by OpenAPI's own schema: a fast one, and one that says what is wrong.

    scheme: the definition of a type of security scheme, where a schema is for one.
    """
    is_3_0 = version == "3.0"
    if not is_3_0 and _DEFINITIONS[kind][1] == "schema":
        meta = Draft202012Validator.META_SCHEMA
        return jsonschema_rs.Draft202012Validator(meta), Draft202012Validator(meta)
    schema = dict(_published(version))
    name = _DEFINITIONS[kind][0 if is_3_0 else 1]
    if kind == "security scheme" and is_3_0:
        name = scheme or name
    if name:
        holder = "definitions" if is_3_0 else "$defs"
        kept = ("$schema", "$id", holder)
        schema = {key: schema[key] for key in kept if key in schema} | {"$ref": f"#/{holder}/{name}"}
    if is_3_0:
        return jsonschema_rs.Draft4Validator(schema), Draft4Validator(schema)
    return jsonschema_rs.Draft202012Validator(schema), Draft202012Validator(schema)
