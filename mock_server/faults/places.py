"""Places in a JSON value: found by pointer or one after the other, and changed without touching the value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import member

Path = tuple[str | int, ...]


def every(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place with what is there, in the order of the text, what contains before what is contained."""
    yield path, value
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from every(item, (*path, key))


def find(value: Any, pointer: str) -> Path | None:
    """The place a JSON pointer (RFC 6901) names, None where there is nothing."""
    path: list[str | int] = []
    for token in pointer.split("/")[1:]:
        key: str | int = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and token.isdecimal() and token.isascii() and int(token) < len(value):
            key = int(token)
        elif not isinstance(value, dict) or key not in value:
            return None
        path.append(key)
        value = value[key]
    return tuple(path)


def at(value: Any, path: Path) -> Any:
    """What stands at a place."""
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """The value with something else at this place."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = put(value[path[0]], path[1:], new) if len(path) > 1 else new
    return copy


def drop(value: Any, path: Path) -> Any:
    """The value without this member or entry."""
    container = at(value, path[:-1]).copy()
    del container[path[-1]]
    return put(value, path[:-1], container)


def schema_at(schema: Schema | None, path: Path, schemas: Mapping[str, Schema]) -> Schema | None:
    """The schema of a place, None where nothing is said of it."""
    for key in path:
        schema = None if schema is None else member(schema, key, schemas)
    return schema
