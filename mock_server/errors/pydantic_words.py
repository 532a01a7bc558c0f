"""A broken rule in pydantic's words: type, message and context as FastAPI sends them (measured)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_server.errors.api_error import Violation
from mock_server.errors.pydantic_input import LONGEST_INTEGER, uuid_fault

Words = tuple[str, str, Mapping[str, Any]]
"""Type, message, context."""

_EXPECTED: Mapping[str, tuple[str, str]] = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
    "number": ("float_type", "Input should be a valid number"),
    "boolean": ("bool_type", "Input should be a valid boolean"),
    "array": ("list_type", "Input should be a valid list"),
    "object": ("dict_type", "Input should be a valid dictionary"),
    "members": (
        "model_attributes_type",
        "Input should be a valid dictionary or object to extract fields from",
    ),
    "uuid": ("uuid_type", "UUID input should be a string, bytes or UUID object"),
    "date-time": ("datetime_type", "Input should be a valid datetime"),
    "date": ("date_type", "Input should be a valid date"),
    "null": ("none_required", "Input should be None"),
}


def entry(violation: Violation) -> dict[str, Any]:
    """One entry of FastAPI's `detail`, members in its order."""
    kind, message, context = _WORDS.get(violation.keyword, _other)(violation)
    told: dict[str, Any] = {
        "type": kind,
        "loc": [violation.where, *violation.path],
        "msg": message,
        "input": violation.given,
    }
    if context:
        told["ctx"] = context
    return told


def _missing(_violation: Violation) -> Words:
    return "missing", "Field required", {}


def _type(violation: Violation) -> Words:
    given, expected = violation.given, str(violation.limit)
    if expected == "integer" and isinstance(given, str):
        if len(given) > LONGEST_INTEGER:
            return "int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size", {}
        return "int_parsing", "Input should be a valid integer, unable to parse string as an integer", {}
    if expected == "integer" and isinstance(given, float):
        return "int_from_float", "Input should be a valid integer, got a number with a fractional part", {}
    if expected == "number" and isinstance(given, str):
        return "float_parsing", "Input should be a valid number, unable to parse string as a number", {}
    if expected == "boolean" and isinstance(given, str | int | float):
        return "bool_parsing", "Input should be a valid boolean, unable to interpret input", {}
    kind, message = _EXPECTED.get(expected, ("value_error", f"Value error, not of type {expected}"))
    return kind, message, {}


def _string_bound(kind: str, which: str, key: str) -> Callable[[Violation], Words]:
    def words(violation: Violation) -> Words:
        plural = "" if violation.limit == 1 else "s"
        message = f"String should have at {which} {violation.limit} character{plural}"
        return kind, message, {key: violation.limit}

    return words


def _list_bound(kind: str, which: str, key: str) -> Callable[[Violation], Words]:
    def words(violation: Violation) -> Words:
        plural = "" if violation.limit == 1 else "s"
        actual = len(violation.given) if isinstance(violation.given, list | dict) else 0
        message = f"List should have at {which} {violation.limit} item{plural} after validation, not {actual}"
        return kind, message, {"field_type": "List", key: violation.limit, "actual_length": actual}

    return words


def _bound(kind: str, words_for: str, key: str) -> Callable[[Violation], Words]:
    def words(violation: Violation) -> Words:
        limit = violation.limit
        told = int(limit) if isinstance(limit, float) and limit.is_integer() else limit
        return kind, f"Input should be {words_for} {told}", {key: told}

    return words


def _pattern(violation: Violation) -> Words:
    message = f"String should match pattern '{violation.limit}'"
    return "string_pattern_mismatch", message, {"pattern": violation.limit}


def _choice(violation: Violation) -> Words:
    options = violation.limit if isinstance(violation.limit, list) else [violation.limit]
    told = [repr(option) for option in options]
    expected = " or ".join(filter(None, (", ".join(told[:-1]), *told[-1:])))
    return "literal_error", f"Input should be {expected}", {"expected": expected}


def _format(violation: Violation) -> Words:
    given = violation.given if isinstance(violation.given, str) else ""
    if violation.limit == "uuid":
        fault = uuid_fault(given)
        return "uuid_parsing", f"Input should be a valid UUID, {fault}", {"error": fault}
    if violation.limit in {"date-time", "date"}:
        wanted, other = ("datetime", "date") if violation.limit == "date-time" else ("date", "datetime")
        short = len(given) < len("2026-01-01")
        fault = "input is too short" if short else "invalid character in date or time"
        message = f"Input should be a valid {wanted} or {other}, {fault}"
        return f"{wanted}_from_{other}_parsing", message, {"error": fault}
    return "value_error", f"Value error, not a valid {violation.limit}", {"error": {}}


def _json(violation: Violation) -> Words:
    return "json_invalid", "JSON decode error", {"error": violation.message or "Expecting value"}


def _extra(_violation: Violation) -> Words:
    return "extra_forbidden", "Extra inputs are not permitted", {}


def _other(violation: Violation) -> Words:
    told = violation.message or f"does not satisfy `{violation.keyword}`"
    return "value_error", f"Value error, {told}", {"error": {}}


_WORDS: Mapping[str, Callable[[Violation], Words]] = {
    "required": _missing,
    "type": _type,
    "minLength": _string_bound("string_too_short", "least", "min_length"),
    "maxLength": _string_bound("string_too_long", "most", "max_length"),
    "minItems": _list_bound("too_short", "least", "min_length"),
    "maxItems": _list_bound("too_long", "most", "max_length"),
    "minimum": _bound("greater_than_equal", "greater than or equal to", "ge"),
    "maximum": _bound("less_than_equal", "less than or equal to", "le"),
    "exclusiveMinimum": _bound("greater_than", "greater than", "gt"),
    "exclusiveMaximum": _bound("less_than", "less than", "lt"),
    "multipleOf": _bound("multiple_of", "a multiple of", "multiple_of"),
    "pattern": _pattern,
    "enum": _choice,
    "const": _choice,
    "format": _format,
    "falseSchema": _extra,
    "additionalProperties": _extra,
    "json": _json,
}
