"""JSON pointers (RFC 6901): how one is written, what it names in a value, and putting another value there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote


def escape(part: str | int) -> str:
    """One part of a pointer, escaped as section 3 asks."""
    return str(part).replace("~", "~0").replace("/", "~1")


def unescape(part: str) -> str:
    """The opposite of `escape`."""
    return part.replace("~1", "/").replace("~0", "~")


def parts(pointer: str) -> list[str]:
    """The parts of a pointer, unescaped; none for the pointer to the whole."""
    return [unescape(part) for part in pointer.split("/")[1:]]


def at(value: Any, pointer: str) -> Any:
    """What a pointer names inside a value; None where there is nothing."""
    for part in parts(pointer):
        value = member(value, part)
    return value


def follow(document: Any, reference: str) -> Any:
    """What a reference within a document, such as `#/components/schemas/Pet`, names; None where there is
    nothing."""
    return at(document, unquote(reference.partition("#")[2]))


def member(value: Any, name: str) -> Any:
    """The member or the item of that name; None where there is none."""
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        return value[int(name)]
    return None


def put(value: Any, pointer: str, new: Any) -> None:
    """Put something where a pointer says, into objects and lists that exist."""
    *above, last = parts(pointer) or [""]
    for part in above:
        value = value[int(part)] if isinstance(value, list) else value[part]
    if isinstance(value, list):
        value[int(last)] = new
    else:
        value[last] = new
