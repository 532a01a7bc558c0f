"""JSON text in and out: exact on numbers of any size, and never a value that could not be written again."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

DEPTH = 200
"""Deeper nesting is refused: validators and writers below us stop at about 250 levels."""

_INEXACT = re.compile(rb"[0-9]{19}|\\u[dD][89a-fA-F]")
"""Where orjson is not exact: integers beyond 64 bits become floats, and half a surrogate pair passes as a
name."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class UndecodableError(Exception):
    """Bytes that are no text, or a text that no parser takes on (too deep, numbers too long)."""


class MalformedError(Exception):
    """A text that is no JSON. offset: where, counted in characters; reason: why, without quoting the text."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


def loads(body: bytes) -> Any:
    """The value of a JSON text; of equal keys the last counts. Raises UndecodableError or MalformedError."""
    if not _INEXACT.search(body):
        try:
            return _shallow(orjson.loads(body), body)
        except orjson.JSONDecodeError:
            pass
    return _shallow(_exactly(body), body)


def dumps(value: Any) -> bytes:
    """The JSON text of a value, in UTF-8 without blanks."""
    try:
        return orjson.dumps(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def _exactly(body: bytes) -> Any:
    """What the standard library makes of it: slower, keeps long integers, and says where a text breaks."""
    try:
        text = body.decode(json.detect_encoding(body)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UndecodableError from error

    def refuse(name: str) -> None:
        raise MalformedError(text.find(name), "Expecting value")

    def finite(digits: str) -> float:
        number = float(digits)
        if math.isinf(number):
            raise MalformedError(text.find(digits), "Number out of range")
        return number

    try:
        value = json.loads(text, parse_constant=refuse, parse_float=finite)
    except json.JSONDecodeError as error:
        raise MalformedError(error.pos, error.msg) from None
    except (RecursionError, ValueError) as error:
        raise UndecodableError from error
    _refuse_lone_surrogates(value, text)
    return value


def _refuse_lone_surrogates(value: Any, text: str) -> None:
    """Half of a surrogate pair is allowed by the grammar, but no text can carry it."""
    surrogate = _SURROGATE.search(text)
    if surrogate is None:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise MalformedError(surrogate.start(), "Unpaired surrogate") from None


def _shallow(value: Any, body: bytes) -> Any:
    """The value itself unless it nests too deeply. The brackets are counted first: few of them cannot nest
    deeply."""
    if body.count(b"[") + body.count(b"{") <= DEPTH:
        return value
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEPTH:
            raise UndecodableError
        level = [
            below
            for item in level
            if isinstance(item, dict | list)
            for below in (item.values() if isinstance(item, dict) else item)
        ]
    return value
