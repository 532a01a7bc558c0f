"""Members of replies that are missing, misnamed, of another kind, or wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from mock_server.clock import from_rfc3339, to_rfc3339
from mock_server.engine import Response
from tests.defects.kinds.registry import kind
from tests.defects.kinds.replies import reworked
from tests.defects.places import GONE, NOTHING, Change, change, look, put, value_of, with_value
from tests.defects.seam import Asked, PlantedDefect, Plot


def changed(at: str, make: Change, statuses: Sequence[int] = ()) -> PlantedDefect:
    """A defect that changes the value at a place of JSON responses."""

    def rework(response: Response, _: Asked) -> Response:
        value = value_of(response)
        return response if value is NOTHING else with_value(response, change(value, at, make))

    return reworked(rework, statuses)


@kind
def drops(_: Plot, *, at: str, statuses: Sequence[int] = ()) -> PlantedDefect:
    """A member is missing."""
    return changed(at, lambda *_: GONE, statuses)


@kind
def sets(_: Plot, *, at: str, value: Any, statuses: Sequence[int] = ()) -> PlantedDefect:
    """A member has one and the same value, whatever it should have."""
    return changed(at, lambda *_: value, statuses)


@kind
def adds(_: Plot, *, at: str, by: int) -> PlantedDefect:
    """A number is off by some."""
    return changed(at, lambda value, _: value + by if isinstance(value, int) else value)


@kind
def negates(_: Plot, *, at: str) -> PlantedDefect:
    """A truth value says the opposite."""
    return changed(at, lambda value, _: not value)


@kind
def renames(_: Plot, *, at: str, to: str, statuses: Sequence[int] = ()) -> PlantedDefect:
    """A member has another name."""

    def move(value: Any, around: Any) -> Any:
        around[to] = value
        return GONE

    return changed(at, move, statuses)


_FORMS: Mapping[str, Callable[[Any], Any]] = {
    "string": lambda value: json.dumps(value) if not isinstance(value, str) else value,
    "number": int,
    "text": json.dumps,
    "object": lambda value: {str(index): one for index, one in enumerate(value)},
}


@kind
def retypes(_: Plot, *, at: str, to: str) -> PlantedDefect:
    """A value is of another JSON kind."""
    return changed(at, lambda value, _: _FORMS[to](value))


@kind
def wraps(_: Plot, *, at: str) -> PlantedDefect:
    """A value comes as an array of one."""
    return changed(at, lambda value, _: [value])


@kind
def nests(_: Plot, *, at: str, under: str) -> PlantedDefect:
    """A value lies one object deeper."""
    return changed(at, lambda value, _: {under: value})


@kind
def unwraps(_: Plot, *, at: str) -> PlantedDefect:
    """Only the value at one place of the response remains."""
    return changed("", lambda value, _: look(value, at))


@kind
def hoists(_: Plot, *, at: str) -> PlantedDefect:
    """The members of an object lie beside it instead of in it."""

    def move(value: Any, around: Any) -> Any:
        around.update(value)
        return GONE

    return changed(at, move)


@kind
def puts_inside(_: Plot, *, at: str, members: Mapping[str, Any]) -> PlantedDefect:
    """An object has undeclared members."""
    return changed(at, lambda value, _: {**value, **members})


@kind
def firsts(_: Plot, *, at: str, statuses: Sequence[int]) -> PlantedDefect:
    """Each array of an object is replaced by its first item."""
    return changed(at, lambda value, _: {name: items[0] for name, items in value.items()}, statuses)


@kind
def fills_null(_: Plot, *, at: str, value: Any = None, like: str = "") -> PlantedDefect:
    """What should be null has a value, or that of another place."""

    def rework(response: Response, _: Asked) -> Response:
        whole = value_of(response)
        if look(whole, at) is None:
            put(whole, at, look(whole, like) if like else value)
        return with_value(response, whole)

    return reworked(rework)


@kind
def counts(_: Plot, *, at: str, of: str) -> PlantedDefect:
    """A total counts only what this reply holds."""

    def rework(response: Response, _: Asked) -> Response:
        whole = value_of(response)
        return with_value(response, change(whole, at, lambda *_: len(look(whole, of))))

    return reworked(rework)


_DATES: Mapping[str, Callable[[datetime], Any]] = {
    "epoch": lambda moment: int(moment.timestamp()),
    "sql": lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S"),
    "naive": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S"),
    "slashes": lambda moment: moment.strftime("%d/%m/%Y %H:%M"),
    "http": lambda moment: format_datetime(moment.astimezone(UTC), usegmt=True),
}


@kind
def writes_dates(_: Plot, *, at: str, form: str) -> PlantedDefect:
    """A timestamp has another format."""
    return changed(at, lambda text, _: _DATES[form](from_rfc3339(text)) if text else text)


@kind
def shifts_dates(_: Plot, *, at: str, relative_to: str, seconds: int) -> PlantedDefect:
    """A timestamp is earlier than the one it must follow."""

    def rework(response: Response, _: Asked) -> Response:
        value = value_of(response)
        start = look(value, relative_to)
        if not isinstance(start, str):
            return response
        moment = to_rfc3339(from_rfc3339(start) + timedelta(seconds=seconds))
        return with_value(response, change(value, at, lambda old, _: moment if old else old))

    return reworked(rework)
