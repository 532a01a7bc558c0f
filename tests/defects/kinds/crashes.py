"""Requests that end in a 500, or in a page of HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from mock_server.engine import Response
from tests.defects.kinds.registry import kind
from tests.defects.kinds.replies import reworked
from tests.defects.places import NOTHING
from tests.defects.seam import UNREADABLE, Asked, PlantedDefect, Plot, Serve


def crash(plot: Plot, status: int = 500, *, html: bool = False) -> Response:
    """The response of a crashed application."""
    if html:
        page = f"<!doctype html><title>{status}</title><h1>Error {status}</h1>"
        return Response(status, {"Content-Type": "text/html; charset=utf-8"}, page.encode())
    return plot.refusal(status, HTTPStatus(status).phrase)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        if isinstance(value, dict):
            yield from value
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _depth(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    below = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_depth, below), default=0)


Test = Callable[[Any, int, str], bool]

BODIES: Mapping[str, Test] = {
    "non_ascii": lambda value, *_: any(not text.isascii() for text in _texts(value)),
    "longer_than": lambda value, length, _: any(len(text) > length for text in _texts(value)),
    "empty_object": lambda value, *_: value == {},
    "not_object": lambda value, *_: value is not UNREADABLE and not isinstance(value, dict),
    "deep": lambda value, *_: _depth(value) > 3,
    "empty_member": lambda value, _, member: isinstance(value, dict) and value.get(member) in ({}, []),
    "null_member": lambda value, _, member: isinstance(value, dict) and value.get(member, NOTHING) is None,
}
"""Bodies programs break on, by name."""


@kind
def crashes(
    plot: Plot,
    *,
    body: str = "",
    length: int = 0,
    member: str = "",
    query: str = "",
    header: str = "",
    path: str = "",
    like: str = "",
    without_header: str = "",
    status: int = 500,
    html: bool = False,
) -> PlantedDefect:
    """A request of some sort ends in a 500 (or another status): by its body, or by how a parameter, header
    or id is written."""

    def breaks(asked: Asked) -> bool:
        if body == "malformed":
            return bool(asked.request.body) and asked.body() is UNREADABLE
        if body:
            return BODIES[body](asked.body(), length, member)
        if without_header:
            return without_header not in asked.request.headers
        if query:
            text = asked.asks(query)
        elif header:
            text = asked.request.headers.get(header)
        else:
            text = asked.path[path]
        return text is not None and re.search(like, text) is not None

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        if response.status in (401, 403) or not breaks(asked):
            return response
        return crash(plot, status, html=html)

    return PlantedDefect(around)


@kind
def crashes_instead(plot: Plot, *, instead_of: Sequence[int], asked: str = "") -> PlantedDefect:
    """A request that should be rejected ends in a 500. asked: only with this parameter."""

    def rework(response: Response, request: Asked) -> Response:
        return response if asked and request.asks(asked) is None else crash(plot)

    return reworked(rework, instead_of)


@kind
def crashes_on_repeat(plot: Plot, *, header: str = "", path: str = "", status: int = 500) -> PlantedDefect:
    """A request that was answered once ends in a 500 when it is repeated: same header, or same id."""
    seen: set[tuple[str, str]] = set()

    def around(asked: Asked, serve: Serve) -> Response:
        mark = asked.request.headers.get(header.lower()) if header else asked.path[path]
        response = serve(asked.request)
        if mark is None or not 200 <= response.status < 300:
            return response
        place = (asked.request.path, mark)
        if place in seen:
            return crash(plot, status)
        seen.add(place)
        return response

    return PlantedDefect(around)
