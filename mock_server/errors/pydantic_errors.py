"""Violations as errors of pydantic: type, message and context as FastAPI sends them, as measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_server.errors.api_error import Violation

MAX_INTEGER_DIGITS = 4300
"""The maximum length of a string that is converted to an integer."""

_GROUPS = (8, 4, 4, 4, 12)
"""Hexadecimal digits in the groups of a UUID."""

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
    """One entry of FastAPI's `detail`, with members in its order."""
    error_type, message, context = _WORDS.get(violation.keyword, _other)(violation)
    detail: dict[str, Any] = {
        "type": error_type,
        "loc": [violation.where, *violation.path],
        "msg": message,
        "input": violation.given,
    }
    if context:
        detail["ctx"] = context
    return detail


def _missing(_violation: Violation) -> Words:
    return "missing", "Field required", {}


def _type(violation: Violation) -> Words:
    given, expected = violation.given, str(violation.limit)
    if expected == "integer" and isinstance(given, str):
        if len(given) > MAX_INTEGER_DIGITS:
            return "int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size", {}
        return "int_parsing", "Input should be a valid integer, unable to parse string as an integer", {}
    if expected == "integer" and isinstance(given, float):
        return "int_from_float", "Input should be a valid integer, got a number with a fractional part", {}
    if expected == "number" and isinstance(given, str):
        return "float_parsing", "Input should be a valid number, unable to parse string as a number", {}
    if expected == "boolean" and isinstance(given, str | int | float):
        return "bool_parsing", "Input should be a valid boolean, unable to interpret input", {}
    error_type, message = _EXPECTED.get(expected, ("value_error", f"Value error, not of type {expected}"))
    return error_type, message, {}


def _string_bound(error_type: str, which: str, key: str) -> Callable[[Violation], Words]:
    def words(violation: Violation) -> Words:
        plural = "" if violation.limit == 1 else "s"
        message = f"String should have at {which} {violation.limit} character{plural}"
        return error_type, message, {key: violation.limit}

    return words


def _list_bound(error_type: str, which: str, key: str) -> Callable[[Violation], Words]:
    def words(violation: Violation) -> Words:
        plural = "" if violation.limit == 1 else "s"
        actual = len(violation.given) if isinstance(violation.given, list | dict) else 0
        message = f"List should have at {which} {violation.limit} item{plural} after validation, not {actual}"
        return error_type, message, {"field_type": "List", key: violation.limit, "actual_length": actual}

    return words


def _bound(error_type: str, words_for: str, key: str) -> Callable[[Violation], Words]:
    def words(violation: Violation) -> Words:
        limit = violation.limit
        bound = int(limit) if isinstance(limit, float) and limit.is_integer() else limit
        return error_type, f"Input should be {words_for} {bound}", {key: bound}

    return words


def _pattern(violation: Violation) -> Words:
    message = f"String should match pattern '{violation.limit}'"
    return "string_pattern_mismatch", message, {"pattern": violation.limit}


def _choice(violation: Violation) -> Words:
    options = violation.limit if isinstance(violation.limit, list) else [violation.limit]
    quoted = [repr(option) for option in options]
    expected = " or ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))
    return "literal_error", f"Input should be {expected}", {"expected": expected}


def _format(violation: Violation) -> Words:
    given = violation.given if isinstance(violation.given, str) else ""
    if violation.limit == "uuid":
        reason = _uuid_error(given)
        return "uuid_parsing", f"Input should be a valid UUID, {reason}", {"error": reason}
    if violation.limit in {"date-time", "date"}:
        wanted, other = ("datetime", "date") if violation.limit == "date-time" else ("date", "datetime")
        short = len(given) < len("2026-01-01")
        reason = "input is too short" if short else "invalid character in date or time"
        message = f"Input should be a valid {wanted} or {other}, {reason}"
        return f"{wanted}_from_{other}_parsing", message, {"error": reason}
    return "value_error", f"Value error, not a valid {violation.limit}", {"error": {}}


def _uuid_error(text: str) -> str:
    """Why a string is not a UUID: the first invalid character, else the length, the number of groups, or the
    length of a group."""
    inner, offset = text, 0
    if text.startswith("{") and text.endswith("}") and len(text) > 1:
        inner, offset = text[1:-1], 1
    elif text.startswith("urn:uuid:"):
        inner, offset = text[9:], 9
    for index, character in enumerate(inner):
        if character not in "-0123456789abcdefABCDEF":
            return f"invalid character: found `{character}` at {index + offset}"
    groups = inner.split("-")
    if len(groups) == 1 and offset == 0:
        return f"invalid length: found {len(text)}"
    if len(groups) != len(_GROUPS):
        return f"invalid group count: expected 5, found {len(groups)}"
    for number_, (group, length) in enumerate(zip(groups, _GROUPS, strict=True)):
        if len(group) != length:
            return f"invalid group length in group {number_}: expected {length}, found {len(group)}"
    return "invalid UUID"


def _json(violation: Violation) -> Words:
    return "json_invalid", "JSON decode error", {"error": violation.message or "Expecting value"}


def _extra(_violation: Violation) -> Words:
    return "extra_forbidden", "Extra inputs are not permitted", {}


def _other(violation: Violation) -> Words:
    reason = violation.message or f"does not satisfy `{violation.keyword}`"
    return "value_error", f"Value error, {reason}", {"error": {}}


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
