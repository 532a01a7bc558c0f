"""The dialect of Laravel: `message`, and for violations `errors`, an object of messages by dotted field
name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from mock_server.contract.coercion import Coercion
from mock_server.contract.json_text import MalformedError, UndecodableError, is_json, loads
from mock_server.errors.api_error import ApiError, ErrorCode, Violation
from mock_server.errors.dialect import UNREADABLE, Dialect, Place, Wire

_STATUS: Mapping[ErrorCode, tuple[int, str]] = {
    ErrorCode.UNAUTHENTICATED: (401, "Unauthenticated."),
    ErrorCode.FORBIDDEN: (403, "This action is unauthorized."),
    ErrorCode.NOT_FOUND: (404, "Not Found"),
    ErrorCode.ROUTE_NOT_FOUND: (404, "The route KEY could not be found."),
    ErrorCode.METHOD_NOT_ALLOWED: (
        405,
        "The SUBJECT method is not supported for route KEY. Supported methods: ALLOW.",
    ),
    ErrorCode.CONFLICT: (409, "Conflict"),
    ErrorCode.INVALID: (422, "The given data was invalid."),
    ErrorCode.BAD_QUERY: (400, "Bad Request"),
    ErrorCode.UNDECODABLE_BODY: (400, "Bad Request"),
    ErrorCode.NOT_ACCEPTABLE: (406, "Not Acceptable"),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (415, "Unsupported Media Type"),
    ErrorCode.RATE_LIMITED: (429, "Too Many Attempts."),
    ErrorCode.UNAVAILABLE: (503, "Service Unavailable"),
    ErrorCode.INTERNAL: (500, "Server Error"),
}
_PLACEHOLDER = re.compile("KEY|SUBJECT|ALLOW")
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_BOOLEANS: Mapping[Any, bool] = {"1": True, "0": False, 1: True, 0: False}


def read_body(content_type: str, body: bytes) -> Any:
    """The input in a body: a JSON object or a form. UNREADABLE for anything else, including invalid JSON."""
    if is_json(content_type):
        try:
            value = loads(body)
        except (UndecodableError, MalformedError):
            return UNREADABLE
        return value if isinstance(value, dict) else UNREADABLE
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return UNREADABLE


def render(error: ApiError) -> Wire:
    """Render an error as Laravel does for clients that accept JSON."""
    status, words = _STATUS[error.code]
    headers = dict(error.headers)
    if error.code is ErrorCode.RATE_LIMITED:
        headers.setdefault("Retry-After", "60")
    if error.violations:
        return Wire(422, headers, bag(error.violations))
    return Wire(status, headers, {"message": error.message or _message(error, words)})


def _message(error: ApiError, words: str) -> str:
    """The message of an error without violations. words: may have placeholders for values of the error."""
    if error.code is ErrorCode.NOT_FOUND and error.subject:
        model = "".join(word[:1].upper() + word[1:] for word in error.subject.replace("_", " ").split())
        return f"No query results for model [App\\Models\\{model}] {error.key or ''}".rstrip()
    values = {
        "KEY": (error.key or "").lstrip("/"),
        "SUBJECT": error.subject or "",
        "ALLOW": error.headers.get("Allow", ""),
    }
    # In one pass, and never by a format: the values are texts of clients and may hold anything.
    return _PLACEHOLDER.sub(lambda match: values[match[0]], words)


def places(body: Any) -> Iterator[Place]:
    """The fields in `errors`, which may be parameters or members."""
    errors = body.get("errors") if isinstance(body, Mapping) else None
    for field in errors if isinstance(errors, Mapping) else ():
        yield None, tuple(field.split("."))


def bag(violations: tuple[Violation, ...]) -> dict[str, Any]:
    """The body for violations: all messages by field, and as `message` the first one with the number of
    others."""
    errors: dict[str, list[str]] = {}
    for violation in violations:
        field = ".".join(map(str, violation.path))
        errors.setdefault(field, []).append(sentence(violation, field.replace("_", " ")))
    all_messages = [message for messages in errors.values() for message in messages]
    more = len(all_messages) - 1
    message = all_messages[0]
    if more:
        message += f" (and {more} more error{'' if more == 1 else 's'})"
    return {"message": message, "errors": errors}


def sentence(violation: Violation, field: str) -> str:
    """The message of Laravel for one violation. field: its name in the message."""
    if violation.message:
        return violation.message
    words = _RULES.get(violation.keyword)
    return words(violation, field) if words else f"The {field} field is invalid."


def _type(violation: Violation, field: str) -> str:
    expected = {
        "string": "must be a string",
        "uuid": "must be a valid UUID",
        "date-time": "must be a valid date",
        "date": "must be a valid date",
        "integer": "must be an integer",
        "number": "must be a number",
        "boolean": "must be true or false",
    }
    return f"The {field} field {expected.get(str(violation.limit), 'must be an array')}."


def _format(violation: Violation, field: str) -> str:
    names = {"uuid": "UUID", "date-time": "date", "date": "date", "email": "email address", "uri": "URL"}
    return f"The {field} field must be a valid {names.get(str(violation.limit), violation.limit)}."


def _enum(violation: Violation, field: str) -> str:
    if isinstance(violation.limit, list) and any(option is True for option in violation.limit):
        return f"The {field} field must be true or false."
    return f"The selected {field} is invalid."


def _field_must(words: str) -> Callable[[Violation, str], str]:
    return lambda violation, field: f"The {field} field {words.replace('?', str(violation.limit))}."


_RULES: Mapping[str, Callable[[Violation, str], str]] = {
    "required": _field_must("is required"),
    "type": _type,
    "format": _format,
    "minLength": _field_must("must be at least ? characters"),
    "maxLength": _field_must("must not be greater than ? characters"),
    "minItems": _field_must("must have at least ? items"),
    "maxItems": _field_must("must not have more than ? items"),
    "minimum": _field_must("must be at least ?"),
    "maximum": _field_must("must not be greater than ?"),
    "exclusiveMinimum": _field_must("must be greater than ?"),
    "exclusiveMaximum": _field_must("must be less than ?"),
    "multipleOf": _field_must("must be a multiple of ?"),
    "pattern": _field_must("format is invalid"),
    "uniqueItems": _field_must("has a duplicate value"),
    "enum": _enum,
    "const": lambda _violation, field: f"The selected {field} is invalid.",
}


def _trim(value: Any) -> Any:
    """Trim all strings, like the global middleware of Laravel applications."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        trimmed: dict[str, Any] = {}
        for name, item in value.items():
            trimmed[name] = item.strip() if isinstance(item, str) else _trim(item)
        return trimmed
    return [_trim(item) for item in value] if isinstance(value, list) else value


def _integer(value: Any) -> Any:
    """Accept what the `integer` rule accepts: strings of digits, floats without a fraction, true."""
    if isinstance(value, bool):
        # PHP casts false to an empty string, which the rule rejects.
        return 1 if value else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return value


def _number(value: Any) -> Any:
    """Accept what the `numeric` rule accepts: strings with a decimal number."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return value


def _boolean(value: Any) -> Any:
    """Accept what the `boolean` rule accepts: 0 and 1, as numbers or strings."""
    return _BOOLEANS.get(value, value) if isinstance(value, str | int) else value


def _flag(value: Any) -> Any:
    """Accept the same for an enumeration of booleans, and 1.0, which JSON Schema treats as 1."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _boolean(value)


INPUT = Coercion(
    leaves={"integer": _integer, "number": _number, "boolean": _boolean, "flag": _flag},
    tidy=_trim,
    empty_is_null=True,
    brackets=True,
)

LARAVEL = Dialect(
    name="laravel",
    order="laravel",
    finds_record_first=True,
    coercion=INPUT,
    read_body=read_body,
    render=render,
    places=places,
    head_as_get=True,
    slash="accept",
)
