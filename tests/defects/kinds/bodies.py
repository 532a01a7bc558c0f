"""Request bodies that are not validated, or validated too strictly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mock_server.engine import Response
from tests.defects.kinds.registry import kind
from tests.defects.kinds.replies import fits
from tests.defects.places import NOTHING
from tests.defects.seam import UNREADABLE, Asked, PlantedDefect, Plot, Serve

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")

TESTS: Mapping[str, Callable[[Any, Sequence[Any]], bool]] = {
    "missing": lambda value, _: value is NOTHING,
    "null": lambda value, _: value is None,
    "string": lambda value, _: isinstance(value, str),
    "not_string": lambda value, _: value is not NOTHING and value is not None and not isinstance(value, str),
    "no_uuid": lambda value, _: isinstance(value, str) and not _UUID.match(value),
    "word": lambda value, _: isinstance(value, str) and not value.strip().isdecimal(),
    "among": lambda value, values: value in values,
    "not_among": lambda value, values: isinstance(value, str) and value not in values,
    "more_bytes": lambda value, values: isinstance(value, str) and len(value.encode()) > values[0],
    "above": lambda value, values: str(value).isdecimal() and int(value) > values[0],
}
"""What may be wrong with a member, by name; the second argument are the values named with it."""


def reworked_body(make: Callable[[dict[str, Any]], dict[str, Any]]) -> PlantedDefect:
    """A defect that reads another object than was sent."""

    def around(asked: Asked, serve: Serve) -> Response:
        body = asked.body()
        if not isinstance(body, dict):
            return serve(asked.request)
        made = make(dict(body))
        return serve(asked.request if made == body else asked.with_body(made))

    return PlantedDefect(around)


@kind
def supplies_members(_: Plot, *, members: Mapping[str, Any]) -> PlantedDefect:
    """Missing required members are filled in with these values."""
    return reworked_body(lambda body: {**members, **body})


@kind
def ignores_members(_: Plot, *, members: Sequence[str], only_null: bool = False) -> PlantedDefect:
    """Members have no effect, or have none when they are null."""

    def make(body: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in body.items()
            if name not in members or (only_null and value is not None)
        }

    return reworked_body(make)


@kind
def cuts_members(_: Plot, *, members: Mapping[str, int]) -> PlantedDefect:
    """Strings that are too long are truncated instead of rejected."""

    def make(body: dict[str, Any]) -> dict[str, Any]:
        cut = {name: body[name][:most] for name, most in members.items() if isinstance(body.get(name), str)}
        return body | cut

    return reworked_body(make)


@kind
def cuts_arrays(_: Plot, *, member: str, most: int) -> PlantedDefect:
    """Of each array in an object the first elements alone are kept."""

    def make(body: dict[str, Any]) -> dict[str, Any]:
        held = body.get(member)
        if not isinstance(held, dict):
            return body
        cut = {name: value[:most] if isinstance(value, list) else value for name, value in held.items()}
        return body | {member: cut}

    return reworked_body(make)


@kind
def coerces_member(
    _: Plot, *, member: str, when: str, value: Any, values: Sequence[Any] = ()
) -> PlantedDefect:
    """An invalid value is accepted and replaced by another one."""

    def make(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, member: value} if TESTS[when](body.get(member, NOTHING), values) else body

    return reworked_body(make)


@kind
def refuses_member(
    plot: Plot, *, member: str, when: str, status: int, values: Sequence[Any] = ()
) -> PlantedDefect:
    """A good value is refused, or a member that may be missing must be there: the value is taken for one that
    really is bad."""

    def around(asked: Asked, serve: Serve) -> Response:
        body = asked.body()
        if not isinstance(body, dict) or not TESTS[when](body.get(member, NOTHING), values):
            return serve(asked.request)
        response = serve(asked.with_body({**body, member: {"of": "another kind"}}))
        return plot.refusal(status, "Server Error") if response.status == 422 != status else response

    return PlantedDefect(around)


@kind
def replaces_body(_: Plot, *, body: Any) -> PlantedDefect:
    """A body that is JSON but no object is taken for an empty form, filled with this."""

    def around(asked: Asked, serve: Serve) -> Response:
        sent = asked.body()
        odd = sent is not UNREADABLE and not isinstance(sent, dict)
        return serve(asked.with_body(body) if odd else asked.request)

    return PlantedDefect(around)


@kind
def answers_before(_: Plot) -> PlantedDefect:
    """An update returns the record in its previous state."""

    def around(asked: Asked, serve: Serve) -> Response:
        read = asked.with_headers(content_type=None, content_length=None)
        before = serve.quietly(type(read)("GET", read.path, "", read.headers, b"", read.base_url))
        after = serve(asked.request)
        return before if fits(before, ()) and fits(after, ()) else after

    return PlantedDefect(around)
