"""Responses with the wrong status or body."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mock_server.engine import Response
from tests.defects.kinds.registry import kind
from tests.defects.places import NOTHING, look, value_of, with_value
from tests.defects.seam import Asked, PlantedDefect, Plot, Serve, json_response

Rework = Callable[[Response, Asked], Response]


def fits(response: Response, statuses: Sequence[int]) -> bool:
    """Whether a defect is for this reply: one of the statuses, any success where none is named."""
    return response.status in statuses if statuses else 200 <= response.status < 300


def reworked(rework: Rework, statuses: Sequence[int] = ()) -> PlantedDefect:
    """A defect that changes finished replies of these statuses."""

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        return rework(response, asked) if fits(response, statuses) else response

    return PlantedDefect(around)


@kind
def answers_status(_: Plot, *, status: int, instead_of: Sequence[int] = ()) -> PlantedDefect:
    """Another status; everything else is unchanged."""
    return reworked(lambda response, _: replace(response, status=status), instead_of)


@kind
def replaces_reply(
    _: Plot,
    *,
    status: int,
    instead_of: Sequence[int] = (),
    body: Any = NOTHING,
    text: str | None = None,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> PlantedDefect:
    """A whole other reply: a JSON body, a text, or nothing at all."""
    if text is not None:
        other = Response(status, {"Content-Type": content_type, **(headers or {})}, text.encode())
    elif body is not NOTHING:
        other = json_response(status, body)
    else:
        other = Response(status, headers or {})
    return reworked(lambda *_: other, instead_of)


@kind
def refuses_empty(_: Plot, *, at: str, status: int, body: Any) -> PlantedDefect:
    """An empty list is answered with an error."""
    return reworked(
        lambda response, _: (
            json_response(status, body) if look(value_of(response), at) in ([], NOTHING) else response
        )
    )


@kind
def keeps_only(_: Plot, *, members: Sequence[str]) -> PlantedDefect:
    """Only some members of the response remain."""

    def rework(response: Response, _: Asked) -> Response:
        value = value_of(response)
        return with_value(response, {name: value[name] for name in members})

    return reworked(rework)


@kind
def attaches_body(_: Plot, *, body: str) -> PlantedDefect:
    """A body where none is allowed."""
    headers = {"Content-Type": "application/json"}
    return reworked(
        lambda response, _: replace(response, headers={**response.headers, **headers}, body=body.encode())
    )


@kind
def content_type(_: Plot, *, to: str) -> PlantedDefect:
    """The content type does not match the body."""
    return reworked(
        lambda response, _: (
            replace(response, headers={**response.headers, "Content-Type": to}) if response.body else response
        )
    )
