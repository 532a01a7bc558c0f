"""Places in a JSON value, as dotted paths: `data.*.created_at`; the empty path is the value itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from mock_server.engine import Response

GONE = object()
"""Put at a place to remove it."""

NOTHING = object()
"""The value of a place that does not exist."""

Change = Callable[[Any, Any], Any]
"""From a value and the object or array around it to the new value."""


def value_of(response: Response) -> Any:
    """The JSON value of a reply, NOTHING where it has none."""
    try:
        return json.loads(response.body)
    except ValueError:
        return NOTHING


def with_value(response: Response, value: Any) -> Response:
    """The reply with another JSON value."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return replace(response, body=body)


def look(value: Any, at: str) -> Any:
    """The value at a path without stars, NOTHING where it does not exist."""
    for step in at.split(".") if at else ():
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return NOTHING
    return value


def each(value: Any, at: str) -> Iterator[Any]:
    """Everything a path leads to."""
    holder = {"": value}
    for around, name in _spots(holder, at):
        yield around[name]


def change(value: Any, at: str, make: Change) -> Any:
    """The value with every place of a path changed, in place. A place that does not exist stays so."""
    holder = {"": value}
    for around, name in list(_spots(holder, at)):
        new = make(around[name], around)
        if new is GONE:
            del around[name]
        else:
            around[name] = new
    return holder.get("")


def put(value: Any, at: str, new: Any) -> None:
    """Put something at a path below an object, making the objects on the way."""
    *way, last = at.split(".")
    for step in way:
        if not isinstance(value.get(step), dict):
            value[step] = {}
        value = value[step]
    value[last] = new


def _spots(holder: Any, at: str) -> Iterator[tuple[Any, Any]]:
    spots: list[tuple[Any, Any]] = [(holder, "")]
    for step in at.split(".") if at else ():
        spots = [spot for around, name in spots for spot in _below(around[name], step)]
    yield from spots


def _below(value: Any, step: str) -> Iterator[tuple[Any, Any]]:
    if step == "*" and isinstance(value, list):
        yield from ((value, index) for index in range(len(value)))
    elif isinstance(value, dict) and step in value:
        yield value, step
