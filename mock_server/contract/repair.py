"""Make a usable schema of one with small faults, and say what was wrong.

Generators write `type: file`, `required: true` on a member, `exclusiveMinimum: true` under OpenAPI 3.1, and
much else that viewers show without a word. A keyword that means nothing is left out; everything else stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from mock_server.contract.patterns import BOUNDED

Report = Callable[[str, str], None]
"""Takes the keyword and what is wrong with it."""

_DROPPED: Any = object()

_TYPES = ("null", "boolean", "object", "array", "number", "string", "integer")
_MEANT: Mapping[str, Mapping[str, Any]] = {
    "file": {"type": "string", "format": "binary"},
    "binary": {"type": "string", "format": "binary"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "date-time": {"type": "string", "format": "date-time"},
    "uuid": {"type": "string", "format": "uuid"},
    "enum": {"type": "string"},
    "text": {"type": "string"},
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "int32": {"type": "integer"},
    "int64": {"type": "integer"},
    "long": {"type": "integer"},
    "float": {"type": "number"},
    "double": {"type": "number"},
    "decimal": {"type": "number"},
    "bool": {"type": "boolean"},
    "list": {"type": "array"},
    "dict": {"type": "object"},
    "map": {"type": "object"},
}
"""What generators mean by types that JSON Schema does not have."""

_COUNTS = frozenset(
    {
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
    }
)
_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_LARGEST = 10**300
"""Beyond it a bound is no number that floating-point values could be compared with."""
LISTED_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""Keywords whose value is a list of schemas."""
NAMED_SCHEMAS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose value is an object with a schema under each name."""
SINGLE_SCHEMAS = frozenset(
    {
        "items",
        "additionalProperties",
        "unevaluatedProperties",
        "unevaluatedItems",
        "not",
        "if",
        "then",
        "else",
        "contains",
        "propertyNames",
    }
)
"""Keywords whose value is a schema."""
_TEXTS = frozenset({"title", "description", "$comment", "format", "contentEncoding", "contentMediaType"})
_FLAGS = frozenset({"readOnly", "writeOnly", "deprecated", "uniqueItems"})
_IDENTITIES = frozenset({"$id", "$schema", "$anchor", "$dynamicAnchor", "$vocabulary", "id"})
"""References are resolved before a schema is compiled: these would only change what they mean."""
_EXCLUSIVE = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


class Repair:
    """Repairs schemas, one object at a time. Remembers which patterns compile."""

    def __init__(self) -> None:
        self._patterns: dict[str, bool] = {}

    def schema(self, schema: Mapping[str, Any], report: Report) -> dict[str, Any]:
        """A usable version of a schema object; the schemas inside it are left as they are."""
        result: dict[str, Any] = {}
        for keyword, value in self._with_numeric_bounds(schema, report).items():
            repaired = self._value(keyword, value, report)
            if keyword == "type" and isinstance(repaired, dict):
                result = {**repaired, **result}
            elif repaired is not _DROPPED:
                result.setdefault(keyword, repaired)
        return result

    def _with_numeric_bounds(self, schema: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
        """`exclusiveMinimum: true`, which OpenAPI 3.0 has, as the number that 3.1 has."""
        result = dict(schema)
        for exclusive, bound in _EXCLUSIVE:
            if isinstance(result.get(exclusive), bool):
                report(exclusive, f"{exclusive} must be a number in OpenAPI 3.1; true is that of 3.0")
                if result.pop(exclusive) and bound in result:
                    result[exclusive] = result.pop(bound)
        return result

    def _value(self, keyword: str, value: Any, report: Report) -> Any:
        """The value of a keyword, or of `type` the keywords that were meant; _DROPPED to leave it out."""
        if keyword in _IDENTITIES and isinstance(value, str):
            return _DROPPED
        reader = _READERS.get(keyword)
        if reader is not None:
            return reader(keyword, value, report)
        if keyword == "pattern":
            return self._pattern(value, report)
        return value

    def _pattern(self, value: Any, report: Report) -> Any:
        if not isinstance(value, str):
            report("pattern", "pattern must be a string")
            return _DROPPED
        if value not in self._patterns:
            self._patterns[value] = _compiles(value)
        if not self._patterns[value]:
            report("pattern", f"the pattern {value!r:.80} is not a regular expression")
            return _DROPPED
        return value


def _compiles(pattern: str) -> bool:
    try:
        Draft202012Validator({"pattern": pattern}, pattern_options=BOUNDED)
    except (ValueError, ValidationError):
        return False
    return True


def _type(_keyword: str, value: Any, report: Report) -> Any:
    names = value if isinstance(value, list) else [value]
    known: list[str] = []
    for name in names:
        if isinstance(name, str) and name in _TYPES:
            known.append(name)
            continue
        plain = "null" if name is None else str(name).lower()
        meant = {"type": plain} if plain in _TYPES else _MEANT.get(plain)
        outcome = f"it is read as {meant.get('format', meant['type'])}" if meant else "it is ignored"
        report("type", f"unknown type {str(name)!r:.40}; {outcome}")
        if meant and not isinstance(value, list):
            return dict(meant)
        known += [meant["type"]] if meant else []
    if isinstance(value, list):
        if len(set(known)) < len(known):
            report("type", "a type stands twice")
        return list(dict.fromkeys(known)) or _DROPPED
    return known[0] if known else _DROPPED


def _required(_keyword: str, value: Any, report: Report) -> Any:
    if not isinstance(value, list):
        report("required", "required must be a list of the names of members")
        return _DROPPED
    names = [name for name in value if isinstance(name, str)]
    if len(names) < len(value):
        report("required", "required must name members by strings")
    if len(set(names)) < len(names):
        report("required", "required names a member twice")
    return list(dict.fromkeys(names))


def _enum(_keyword: str, value: Any, report: Report) -> Any:
    if isinstance(value, list) and value:
        return value
    report("enum", "enum must be a list with at least one value")
    return _DROPPED


def _count(keyword: str, value: Any, report: Report) -> Any:
    number = _number(value)
    if number is not None and number >= 0 and number == int(number):
        if isinstance(value, str):
            report(keyword, f"{keyword} must be a number, not a string")
        return min(int(number), 2**53)
    report(keyword, f"{keyword} must be an integer from 0")
    return _DROPPED


def _bound(keyword: str, value: Any, report: Report) -> Any:
    number = _number(value)
    if number is None or abs(number) > _LARGEST or (keyword == "multipleOf" and number <= 0):
        limits = " above 0" if keyword == "multipleOf" else f" between -{_LARGEST:.0e} and {_LARGEST:.0e}"
        report(keyword, f"{keyword} must be a number{limits}")
        return _DROPPED
    if isinstance(value, str):
        report(keyword, f"{keyword} must be a number, not a string")
    return number


def _number(value: Any) -> int | float | None:
    """The number that a value is, or that a string spells."""
    if isinstance(value, str):
        spelled = re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", value)
        if spelled is None:
            return None
        return float(value) if spelled[1] else int(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _list(keyword: str, value: Any, report: Report) -> Any:
    if isinstance(value, list) and value:
        return value
    report(keyword, f"{keyword} must be a list with at least one schema")
    return [value] if isinstance(value, dict) and value else _DROPPED


def _named(keyword: str, value: Any, report: Report) -> Any:
    if isinstance(value, dict):
        return value
    report(keyword, f"{keyword} must be an object")
    return _DROPPED


def _single(keyword: str, value: Any, report: Report) -> Any:
    if isinstance(value, dict | bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        report(keyword, f"{keyword} must be a boolean, not a string")
        return value.lower() == "true"
    report(keyword, f"{keyword} must be a schema")
    return {"anyOf": value} if isinstance(value, list) and value else _DROPPED


def _text(keyword: str, value: Any, report: Report) -> Any:
    if isinstance(value, str):
        return value
    if value is not None or keyword == "format":
        report(keyword, f"{keyword} must be a string")
    return _DROPPED


def _flag(keyword: str, value: Any, report: Report) -> Any:
    if isinstance(value, bool):
        return value
    report(keyword, f"{keyword} must be true or false")
    return True if str(value).lower() == "true" else _DROPPED


def _examples(_keyword: str, value: Any, report: Report) -> Any:
    if isinstance(value, list):
        return value
    report("examples", "examples of a schema must be a list")
    if not isinstance(value, dict):
        return _DROPPED
    return [
        entry["value"] if isinstance(entry, dict) and "value" in entry else entry for entry in value.values()
    ]


def _discriminator(_keyword: str, value: Any, report: Report) -> Any:
    if isinstance(value, dict) and isinstance(value.get("propertyName"), str):
        return value
    report("discriminator", "discriminator must be an object with a propertyName")
    return {"propertyName": value} if isinstance(value, str) else _DROPPED


def _reference(_keyword: str, value: Any, report: Report) -> Any:
    if isinstance(value, str):
        return value
    report("$ref", "$ref must be a string")
    return _DROPPED


def _object(keyword: str, value: Any, report: Report) -> Any:
    if isinstance(value, dict):
        return value
    report(keyword, f"{keyword} must be an object")
    return _DROPPED


_READERS: Mapping[str, Callable[[str, Any, Report], Any]] = {
    "type": _type,
    "required": _required,
    "enum": _enum,
    "examples": _examples,
    "discriminator": _discriminator,
    "$ref": _reference,
    "xml": _object,
    "dependentRequired": _object,
    **dict.fromkeys(_COUNTS, _count),
    **dict.fromkeys(_BOUNDS, _bound),
    **dict.fromkeys(LISTED_SCHEMAS, _list),
    **dict.fromkeys(NAMED_SCHEMAS, _named),
    **dict.fromkeys(SINGLE_SCHEMAS, _single),
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_FLAGS, _flag),
}
