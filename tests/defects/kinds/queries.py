"""Query parameters and headers that are ignored, misread, refused or not asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from mock_server.engine import Response
from tests.defects.kinds.registry import kind
from tests.defects.seam import Asked, PlantedDefect, Plot, Serve, json_response


def _rewritten(make: Callable[[Asked], list[tuple[str, str]]]) -> PlantedDefect:
    return PlantedDefect(lambda asked, serve: serve(asked.with_query(make(asked))))


@kind
def ignores_query(_: Plot, *, names: Sequence[str]) -> PlantedDefect:
    """Parameters have no effect."""
    return _rewritten(lambda asked: [pair for pair in asked.query() if pair[0] not in names])


@kind
def supplies_query(_: Plot, *, name: str, value: str) -> PlantedDefect:
    """A parameter that was not sent is taken as if it were."""
    return _rewritten(
        lambda asked: asked.query() if asked.asks(name) is not None else [*asked.query(), (name, value)]
    )


@kind
def keeps_first_query(_: Plot, *, beginning: str) -> PlantedDefect:
    """Of several parameters whose names begin alike only the first has an effect."""

    def make(asked: Asked) -> list[tuple[str, str]]:
        first = next((name for name, _ in asked.query() if name.startswith(beginning)), "")
        return [pair for pair in asked.query() if pair[0] == first or not pair[0].startswith(beginning)]

    return _rewritten(make)


_READINGS: Mapping[str, Callable[[str], str]] = {
    "plus_one": lambda text: str(int(text) + 1) if text.isdecimal() else text,
    "drop_hyphen": lambda text: text.removeprefix("-"),
    "flip_hyphen": lambda text: text[1:] if text.startswith("-") else f"-{text}",
    "first_of_list": lambda text: text.split(",")[0],
    "cut_at_dot": lambda text: ",".join(one.split(".")[0] for one in text.split(",")),
}


@kind
def rewrites_query(_: Plot, *, name: str, how: str, below: int | None = None) -> PlantedDefect:
    """A parameter is misread. below: numbers from here on are read as they are."""

    def read(text: str) -> str:
        if below is not None and not (text.isdecimal() and int(text) < below):
            return text
        return _READINGS[how](text)

    return _rewritten(
        lambda asked: [(each, read(text) if each == name else text) for each, text in asked.query()]
    )


@kind
def refuses_query(
    _: Plot,
    *,
    name: str,
    status: int,
    body: Any,
    missing: bool = False,
    above: int | None = None,
    like: str | None = None,
) -> PlantedDefect:
    """A good request is refused for a parameter: for lacking it, for its size or for its words."""

    def wrong(text: str | None) -> bool:
        if text is None:
            return missing
        if above is not None:
            return text.isdecimal() and int(text) > above
        return like is not None and re.search(like, text) is not None

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        refused = response.status == 200 and wrong(asked.asks(name))
        return json_response(status, body) if refused else response

    return PlantedDefect(around)


@kind
def supplies_header(_: Plot, *, name: str) -> PlantedDefect:
    """A required header may be missing."""
    numbers = count(1)

    def around(asked: Asked, serve: Serve) -> Response:
        if asked.request.headers.get(name.lower()) is not None:
            return serve(asked.request)
        return serve(asked.with_headers(**{name.lower(): f"supplied{next(numbers):08}"}))

    return PlantedDefect(around)


@kind
def shortens_header(_: Plot, *, name: str, length: int) -> PlantedDefect:
    """A header is compared by its first characters only."""

    def around(asked: Asked, serve: Serve) -> Response:
        sent = asked.request.headers.get(name.lower())
        return serve(asked.request if sent is None else asked.with_headers(**{name.lower(): sent[:length]}))

    return PlantedDefect(around)


@kind
def fresh_header(_: Plot, *, name: str, every: int = 1) -> PlantedDefect:
    """A header that should tell repeats apart has no effect, or only in every so many repeats."""
    seen: dict[tuple[str, str], int] = {}

    def around(asked: Asked, serve: Serve) -> Response:
        sent = asked.request.headers.get(name.lower())
        if sent is None:
            return serve(asked.request)
        place = (asked.request.path, sent)
        seen[place] = seen.get(place, 0) + 1
        turn = (seen[place] - 1) % every if every > 1 else seen[place]
        return serve(asked.with_headers(**{name.lower(): f"{sent}-{turn}"}))

    return PlantedDefect(around)
