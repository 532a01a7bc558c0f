"""JSON Pointers (RFC 6901): written, read and followed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Path = tuple[str | int, ...]
"""Member names and list indexes from the root of a JSON value inwards."""


def pointer(path: Iterable[str | int]) -> str:
    """The JSON Pointer of a path; empty for the root."""
    return "".join("/" + escape(str(step)) for step in path)


def escape(token: str) -> str:
    """A member name as one token of a pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """The member name that one token of a pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")


def tokens(text: str) -> list[str]:
    """The member names and indexes of a pointer, unescaped, in order; none for the root."""
    return [unescape(token) for token in text.split("/")[1:]]


def find(value: Any, text: str) -> Path | None:
    """The path that a pointer names in a JSON value, None where it names nothing."""
    path: list[str | int] = []
    for token in tokens(text):
        key: str | int = token
        if isinstance(value, list) and token.isdecimal() and token.isascii() and int(token) < len(value):
            key = int(token)
        elif not isinstance(value, dict) or key not in value:
            return None
        path.append(key)
        value = value[key]
    return tuple(path)
