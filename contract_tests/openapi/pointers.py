"""JSON pointers (RFC 6901): how one is written, what it names in a value, and putting another value there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def escape(part: str | int) -> str:
    """One part of a pointer, escaped as section 3 asks."""
    return str(part).replace("~", "~0").replace("/", "~1")


def unescape(part: str) -> str:
    """The opposite of `escape`."""
    return part.replace("~1", "/").replace("~0", "~")


def at(value: Any, pointer: str) -> Any:
    """What a pointer names inside a value; None where there is nothing."""
    for part in pointer.split("/")[1:]:
        value = member(value, unescape(part))
    return value


def member(value: Any, name: str) -> Any:
    """The member or the item of that name; None where there is none."""
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        return value[int(name)]
    return None


def put(value: Any, pointer: str, new: Any) -> None:
    """Put something where a pointer says, into objects and lists that exist."""
    *above, last = [unescape(part) for part in pointer.split("/")[1:]] or [""]
    for part in above:
        value = value[int(part)] if isinstance(value, list) else value[part]
    if isinstance(value, list):
        value[int(last)] = new
    else:
        value[last] = new
