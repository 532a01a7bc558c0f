"""Lists that omit, repeat or misplace rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mock_server.engine import Response
from tests.defects.kinds.registry import kind
from tests.defects.kinds.replies import fits, reworked
from tests.defects.places import NOTHING, change, look, value_of, with_value
from tests.defects.seam import Asked, PlantedDefect, Plot, Serve

Rows = list[Any]


def rows_changed(at: str, make: Callable[[Rows, Asked, Any], Rows]) -> PlantedDefect:
    """A defect that changes the rows of a list: make gets them, the request and the whole value."""

    def rework(response: Response, asked: Asked) -> Response:
        whole = value_of(response)
        rows = look(whole, at)
        if not isinstance(rows, list) or not rows:
            return response
        return with_value(response, change(whole, at, lambda *_: make(rows, asked, whole)))

    return reworked(rework)


@kind
def omits(_: Plot, *, at: str, which: str, where: str = "", asked: str = "") -> PlantedDefect:
    """The first or the last row is missing.

    where: only if something stands at this place. asked: only with this parameter.
    """

    def make(rows: Rows, request: Asked, whole: Any) -> Rows:
        if where and look(whole, where) in (None, NOTHING, False):
            return rows
        if asked and request.asks(asked) is None:
            return rows
        return rows[1:] if which == "first" else rows[:-1]

    return rows_changed(at, make)


@kind
def omits_where(_: Plot, *, at: str, member: str, equals: Any) -> PlantedDefect:
    """Rows that match a condition are missing."""
    return rows_changed(at, lambda rows, *_: [row for row in rows if row.get(member) != equals])


@kind
def repeats(_: Plot, *, at: str) -> PlantedDefect:
    """The first row is repeated."""
    return rows_changed(at, lambda rows, *_: [rows[0], *rows])


@kind
def caps(_: Plot, *, at: str, most: int) -> PlantedDefect:
    """A list without pages ends early."""
    return rows_changed(at, lambda rows, *_: rows[:most])


@kind
def filters_by_query(_: Plot, *, at: str, name: str) -> PlantedDefect:
    """Of a list only what the query names is shown."""
    return rows_changed(
        at, lambda items, asked, _: [item for item in items if asked.asks(name) in (None, item)]
    )


@kind
def carries_over(_: Plot, *, at: str, asked: str) -> PlantedDefect:
    """A page begins with the last row of the page answered before it."""
    before: Rows = []

    def make(rows: Rows, request: Asked, _: Any) -> Rows:
        page = request.asks(asked)
        carried = before[-1:] if page not in (None, "1") else []
        before[:] = rows
        return [*carried, *rows][: len(rows)] if carried else rows

    return rows_changed(at, make)


@kind
def sorts_page(_: Plot, *, at: str, member: str, parameter: str, by: str) -> PlantedDefect:
    """The rows of a page are sorted only after the page was cut, or by something else than asked."""

    def around(asked: Asked, serve: Serve) -> Response:
        order = asked.asks(parameter)
        if order is None:
            return serve(asked.request)
        response = serve(asked.with_query([pair for pair in asked.query() if pair[0] != parameter]))
        if not fits(response, ()):
            return response
        whole = value_of(response)
        rows = sorted(look(whole, at), key=_key(member, by), reverse=order.startswith("-"))
        return with_value(response, change(whole, at, lambda *_: rows))

    return PlantedDefect(around)


def _key(member: str, by: str) -> Callable[[Any], Any]:
    if by == "length":
        return lambda row: len(row[member])
    return lambda row: row[member].casefold()
