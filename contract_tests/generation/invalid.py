"""Requests that break exactly one rule of the document, each with the rule's name and a sentence for people.

The values cannot be coerced into valid ones: an array or object where a string, number or truth value
belongs, never "10", true or 5.0 for an integer, since frameworks read those as what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from contract_tests.openapi.contract import Operation, Parameter, cited
from contract_tests.openapi.schemas import Schema

_DEPTH = 4
_WRONG: Final = {"wrong": "kind"}

_SEVERAL: Final = ["wrong", "kind"]
"""What no framework reads as the only value in it."""

Steps = tuple[str | int, ...]

Breach = tuple[str, str, Any]
"""A broken keyword, what the value does in words, and the value."""


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class InvalidInput:
    """One rule and how to break it.

    rule: `<in>.<dotted path>.<keyword>`. what: "for a body without name". place: path, query, header or body;
    steps: the parameter's name, or the way into the body. value: what to put there, ABSENT for nothing.
    also: a second value that breaks the rule in another way, ABSENT for none.
    """

    rule: str
    what: str
    situation: str
    place: str
    steps: Steps
    value: Any
    cites: tuple[str, ...]
    also: Any = ABSENT


def invalid_inputs(operation: Operation, *, body: Any = None) -> Iterator[InvalidInput]:
    """Every rule of an operation's request that can be broken alone.

    body: a valid one, to see what it holds.
    """
    for parameter in operation.parameters:
        if parameter.place in ("path", "query", "header"):
            yield from _of_parameter(parameter)
    if operation.body is not None:
        yield from _of_body(operation, body)


def apply(body: Any, rule: InvalidInput) -> Any:
    """The body with the rule broken; `body` itself stays as it is."""
    if not rule.steps:
        return rule.value
    changed = deepcopy(body)
    holder = changed
    for step in rule.steps[:-1]:
        holder = holder[step]
    last = rule.steps[-1]
    if rule.value is ABSENT:
        del holder[last]
    else:
        holder[last] = rule.value
    return changed


def _of_parameter(parameter: Parameter) -> Iterator[InvalidInput]:
    situation = {"path": "malformed_id", "query": "invalid_query", "header": "missing_header"}[
        parameter.place
    ]
    here = (
        f"header {parameter.name}"
        if parameter.place == "header"
        else f"{parameter.place} value {parameter.name}"
    )

    def rule(keyword: str, what: str, value: Any, kind: str = situation) -> InvalidInput:
        name = f"{parameter.place}.{parameter.name}.{keyword}"
        return InvalidInput(name, what, kind, parameter.place, (parameter.name,), value, parameter.cites)

    if parameter.required and parameter.place != "path":
        yield rule("required", f"for a request without the {here}", ABSENT)
    for keyword, words, value in _plain_values(parameter.schema):
        if parameter.schema.accepts(value):
            continue
        unknown = keyword.endswith("enum") and parameter.place == "query"
        kind = "unknown_query_value" if unknown else situation
        yield rule(keyword, f"for a request whose {here} {words}", value, kind)


def _plain_values(schema: Schema) -> Iterator[Breach]:
    """Values that travel as text, whose type is known only where it is a number."""
    flat, types = schema.flat, schema.types - {"null"}
    if types == {"array"} and schema.items is not None:
        for keyword, words, value in _plain_values(schema.items):
            yield f"items.{keyword}", f"has an item that {words}", [value]
    if types and types <= {"integer", "number"}:
        yield "type", "is not a number", "abc"
        yield from _bounds(flat)
    elif types == {"boolean"}:
        yield "type", "is not a boolean", "maybe"
    elif types == {"string"}:
        yield from (breach for breach in _texts(flat) if breach[2] != "")


def _of_body(operation: Operation, body: Any) -> Iterator[InvalidInput]:
    assert operation.body is not None  # noqa: S101 - asked for by the caller only then
    cites, schema = operation.body.cites, operation.body.schema
    if operation.body.required:
        what = "for a request without a body"
        yield InvalidInput("body.required", what, "non_object_body", "body", (), ABSENT, cites)
    if schema.types == {"object"}:
        what = "for a body that is an array"
        yield InvalidInput("body.type", what, "non_object_body", "body", (), ["not an object"], cites)
    yield from _inside(schema, body, (), cites, depth=_DEPTH)


def _inside(
    schema: Schema, value: Any, steps: Steps, cites: tuple[str, ...], *, depth: int
) -> Iterator[InvalidInput]:
    """Rules of the members and items that a valid value holds, and of the optional ones it could hold."""
    own = cited(schema.flat) or cites
    if isinstance(value, list) and value and schema.items is not None and depth:
        yield from _inside(schema.items, value[0], (*steps, 0), own, depth=depth - 1)
    if not isinstance(value, Mapping) or not depth:
        return
    for name, inner in schema.properties.items():
        at, member = (*steps, name), cited(inner.flat) or own
        if inner.flat.get("readOnly") is True:
            continue
        if name in schema.flat.get("required", ()) and name in value:
            what = f"for a body without {_dotted(at)}"
            yield InvalidInput(_name(at, "required"), what, "missing_body_member", "body", at, ABSENT, member)
        for keyword, words, broken in _json_values(inner):
            if not inner.accepts(broken):
                what = f"for a body whose {_dotted(at)} {words}"
                also = _SEVERAL if broken is _WRONG and not inner.accepts(_SEVERAL) else ABSENT
                yield InvalidInput(_name(at, keyword), what, "invalid_body", "body", at, broken, member, also)
        if name in value:
            yield from _inside(inner, value[name], at, member, depth=depth - 1)


def _json_values(schema: Schema) -> Iterator[Breach]:
    """Values of the wrong kind or outside a bound."""
    flat, types = schema.flat, schema.types - {"null"}
    if types and types <= {"string", "integer", "number", "boolean"}:
        yield "type", f"is an object or an array instead of {_kinds(types)}", _WRONG
    elif types and types <= {"object", "array"}:  # some frameworks read either as the other
        yield "type", f"is a text instead of {_kinds(types)}", "not what belongs here"
    if types == {"string"}:
        yield from _texts(flat)
    if types and types <= {"integer", "number"}:
        yield "letters.type", f"is letters instead of {_kinds(types)}", "abc"
        yield from _bounds(flat)
    if types == {"array"}:
        if flat.get("minItems", 0) == 1:
            yield "minItems", "has no item (at least 1)", []
        for keyword, words, value in _json_values(schema.items) if schema.items else ():
            yield f"items.{keyword}", f"has an item that {words}", [value]


def _texts(flat: Mapping[str, Any]) -> Iterator[Breach]:
    if "enum" in flat:
        yield "enum", "is none of the documented values", "no-such-value"
        return
    if flat.get("format") in _MALFORMED:
        yield "format", f"is no {flat['format']}", _MALFORMED[flat["format"]]
    if "pattern" in flat:
        yield "pattern", "breaks the documented pattern", "!! no match !!"
    if flat.get("minLength", 0) > 0:
        length = int(flat["minLength"]) - 1
        yield "minLength", f"has {length} characters (at least {length + 1})", "x" * length
    if "maxLength" in flat:
        length = int(flat["maxLength"]) + 1
        yield "maxLength", f"has {length} characters (at most {length - 1})", "x" * length


def _bounds(flat: Mapping[str, Any]) -> Iterator[Breach]:
    for keyword, step, words in (
        ("minimum", -1, "at least"),
        ("maximum", 1, "at most"),
        ("exclusiveMinimum", 0, "more than"),
        ("exclusiveMaximum", 0, "less than"),
    ):
        if keyword in flat:
            yield keyword, f"is {flat[keyword] + step} ({words} {flat[keyword]})", flat[keyword] + step


_MALFORMED: Final = {
    "uuid": "not-a-uuid",
    "date-time": "not a time",
    "date": "not a date",
    "email": "not an address",
    "uri": "not an address",
    "url": "not an address",
    "ipv4": "not an address",
    "ipv6": "not an address",
}


def _kinds(types: frozenset[str]) -> str:
    return " or ".join(f"{'an' if kind[0] in 'aeio' else 'a'} {kind}" for kind in sorted(types))


def _dotted(steps: Steps) -> str:
    return ".".join(str(step) for step in steps)


def _name(steps: Steps, keyword: str) -> str:
    return f"body.{_dotted(steps)}.{keyword}"
