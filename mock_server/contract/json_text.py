"""Parse and serialise JSON exactly: integers of any size, and only values that can be serialised again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any

import orjson

DEPTH = 200
"""Maximum nesting of arrays and objects: jsonschema-rs and orjson stop at about 250 levels."""

_INEXACT = re.compile(rb"[0-9]{19}|\\u[dD][89a-fA-F]")
"""Input for which orjson is not exact: it turns integers beyond 64 bits into floats and accepts half a
surrogate pair in a member name."""

_DIGITS = bytes(ord("0") if chr(code) in "0123456789" else ord(" ") for code in range(256))
"""Translates every digit into 0, and everything else into a space."""

_LONG = b"0" * 19

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class UndecodableError(Exception):
    """Raised for bytes that cannot be decoded as text and for text beyond the parser's limits (nesting,
    length of numbers)."""


class MalformedError(Exception):
    """Raised for text that is not valid JSON.

    offset: position of the error in characters. reason: description of the error, without quoting the text.
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


def loads(body: bytes) -> Any:
    """Parse a JSON text; of duplicate keys the last one counts.

    Raises UndecodableError or MalformedError.
    """
    # The expression takes ten times as long as a look at what it cannot do without.
    may_be_inexact = b"\\u" in body or _LONG in body.translate(_DIGITS)
    if not may_be_inexact or not _INEXACT.search(body):
        try:
            value = orjson.loads(body)
            # Counting brackets is cheap and settles nearly every body: few of them cannot nest deeply.
            is_flat = body.count(b"[") + body.count(b"{") <= DEPTH
            return value if is_flat else _within_depth(value)
        except orjson.JSONDecodeError:
            # Parsed again for the character offset and the standard library's wording, which error bodies
            # quote, and for encodings other than UTF-8.
            pass
    return _within_depth(_parse_exactly(body))


def dumps(value: Any) -> bytes:
    """Serialise a value as JSON in UTF-8 without whitespace. Parts of it may be an orjson.Fragment."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # orjson refuses integers beyond 64 bits and lone surrogates.
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_written_value
        )
        return text.encode("utf-8", "replace")


def _written_value(fragment: Any) -> Any:
    """The value of a part that is written already. Raises TypeError for what cannot be written."""
    if not isinstance(fragment, orjson.Fragment):
        raise TypeError(f"{type(fragment).__name__} is not JSON")
    return json.loads(fragment.contents)


def _parse_exactly(body: bytes) -> Any:
    """Parse with the standard library: slower, but keeps long integers and reports where a text breaks."""
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
    """Refuse half of a surrogate pair: JSON's grammar allows it, but it cannot be encoded in UTF-8."""
    first_surrogate = _SURROGATE.search(text)
    if first_surrogate is None:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise MalformedError(first_surrogate.start(), "Unpaired surrogate") from None


def _within_depth(value: Any) -> Any:
    """Return the value; raise UndecodableError if it nests deeper than DEPTH."""
    # Level by level instead of recursively: the input may be deeper than Python's call stack.
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEPTH:
            raise UndecodableError
        level = [child for item in level for child in _children(item)]
    return value


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def is_json(content_type: str) -> bool:
    """Whether a Content-Type header is application/json or an application type that ends in +json."""
    if content_type == "application/json":
        return True
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
