"""Laravel's validation rules for a connector's input, with its messages and dotted keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from tests.variants.laravelish_queries import Tables

UNITS = ("second", "minute", "hour", "day")
BOOLEANS = (True, False, 0, 1, "0", "1")
REQUIRED = (
    "name",
    "authentication_implementation_id",
    "timezone",
    "date_format",
    "rate_limit_unit",
    "rate_limit_duration",
)
NULLABLE = frozenset({"connection_pool_id", "session_id", "platform_app_key", "certificate_id", "variables"})

Cast = Callable[[Any], Any]


class InvalidError(Exception):
    """Input that breaks rules: errors has the messages by dotted field."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        first, *more = [message for messages in errors.values() for message in messages]
        self.message = f"{first} (and {len(more)} more error{'s' * (len(more) > 1)})" if more else first
        self.errors = errors
        super().__init__(self.message)


def validated(sent: dict[str, Any], tables: Tables, *, storing: bool) -> dict[str, Any]:
    """The members the operation knows, cast. Raises InvalidError."""
    rules = _rules(tables)
    known = [name for name in rules if name not in (("type",) if storing else _ONLY_STORED)]
    errors: dict[str, list[str]] = {}
    kept: dict[str, Any] = {}
    for name in known:
        value = sent.get(name)
        label = name.replace("_", " ")
        if value is None:
            if storing and name in REQUIRED:
                errors[name] = [f"The {label} field is required."]
            elif name in sent and name not in NULLABLE:
                errors[name] = [f"The {label} field must be a string."]
            elif name in sent:
                kept[name] = None
            continue
        try:
            kept[name] = rules[name](value)
        except ValueError as error:
            errors[name] = [str(error).format(label)]
    errors.update(_variable_errors(kept.get("variables") or []))
    if errors:
        raise InvalidError(errors)
    return kept


_ONLY_STORED = ("session_id", "platform_app_key", "certificate_id")


def _rules(tables: Tables) -> dict[str, Cast]:
    return {
        "name": text,
        "authentication_implementation_id": row_of(tables, "authentication_implementations"),
        "type": text,
        "timezone": zone,
        "date_format": text,
        "rate_limit_unit": unit,
        "rate_limit_duration": at_least_one,
        "connection_pool_id": row_of(tables, "connection_pools"),
        "session_id": text,
        "platform_app_key": text,
        "certificate_id": certificate(tables),
        "variables": array,
    }


def text(value: Any) -> str:
    """The rules string and max:255."""
    if not isinstance(value, str):
        raise ValueError("The {} field must be a string.")  # noqa: TRY004 - all rules raise one kind
    if len(value) > 255:
        raise ValueError("The {} field must not be greater than 255 characters.")
    return value


def integer(value: Any) -> int:
    """The rule integer with the cast of the model: true, whole floats and digits are integers too."""
    if isinstance(value, (bool, int)) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value):
        return int(value)
    raise ValueError("The {} field must be an integer.")


def at_least_one(value: Any) -> int:
    """The rules integer and min:1."""
    number = integer(value)
    if number < 1:
        raise ValueError("The {} field must be at least 1.")
    return number


def unit(value: Any) -> str:
    """The rule in."""
    if value not in UNITS:
        raise ValueError("The selected {} is invalid.")
    return str(value)


def zone(value: Any) -> str:
    """The rule timezone."""
    if not isinstance(value, str) or value not in _zones():
        raise ValueError("The {} field must be a valid timezone.")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def array(value: Any) -> list[Any]:
    """The rule array, for a list."""
    if not isinstance(value, list):
        raise ValueError("The {} field must be an array.")  # noqa: TRY004 - all rules raise one kind
    return value


def row_of(tables: Tables, table: str) -> Cast:
    """The rules integer and exists."""

    def rule(value: Any) -> int:
        number = integer(value)
        if all(row["id"] != number for row in tables[table]):
            raise ValueError("The selected {} is invalid.")
        return number

    return rule


def certificate(tables: Tables) -> Cast:
    """The rules string and exists."""

    def rule(value: Any) -> str:
        name = text(value)
        if all(str(row["id"]) != name for row in tables["certificates"]):
            raise ValueError("The selected {} is invalid.")
        return name

    return rule


def _variable_errors(variables: list[Any]) -> dict[str, list[str]]:
    errors = {}
    for number, one in enumerate(variables):
        at = f"variables.{number}"
        if not isinstance(one, dict):
            errors[at] = [f"The {at} field must be an array."]
            continue
        for name in ("key", "label"):
            if not isinstance(one.get(name), str) and not (name not in one and "id" in one):
                errors[f"{at}.{name}"] = [f"The {at}.{name} field is required."]
        for name in ("secret", "locked"):
            if name in one and one[name] not in BOOLEANS:
                errors[f"{at}.{name}"] = [f"The {at}.{name} field must be true or false."]
    return errors
