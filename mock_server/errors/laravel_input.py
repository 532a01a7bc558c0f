"""What Laravel makes of input before its rules see it: texts trimmed, empty ones null, numbers from texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mock_server.contract.coercion import Coercion

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_BOOLEANS: Mapping[Any, bool] = {"1": True, "0": False, 1: True, 0: False}


def tidy(value: Any) -> Any:
    """Every text trimmed: global middleware of every Laravel application."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {name: tidy(item) for name, item in value.items()}
    if isinstance(value, list):
        return [tidy(item) for item in value]
    return value


def integer(value: Any) -> Any:
    """What the `integer` rule lets pass: digits in a text, whole floats, true."""
    if isinstance(value, bool):
        return 1 if value else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return value


def number(value: Any) -> Any:
    """What the `numeric` rule lets pass: a decimal number in a text."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return value


def boolean(value: Any) -> Any:
    """What the `boolean` rule lets pass: 0 and 1, as numbers or texts."""
    return _BOOLEANS.get(value, value) if isinstance(value, str | int) else value


def flag(value: Any) -> Any:
    """What of the same spellings a schema lists; to a schema 1.0 is 1."""
    return boolean(int(value) if isinstance(value, float) and value.is_integer() else value)


INPUT = Coercion(
    leaves={"integer": integer, "number": number, "boolean": boolean, "flag": flag},
    tidy=tidy,
    empty_is_null=True,
    brackets=True,
)
