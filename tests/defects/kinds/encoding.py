"""Responses that are not JSON in UTF-8."""

from __future__ import annotations

from dataclasses import replace

from mock_server.engine import Response
from tests.defects.kinds.registry import kind
from tests.defects.kinds.replies import reworked
from tests.defects.places import NOTHING, value_of, with_value
from tests.defects.seam import Asked, PlantedDefect, Plot


@kind
def encodes(_: Plot, *, encoding: str, note: str) -> PlantedDefect:
    """The reply is written in another encoding; a further member makes that show."""

    def rework(response: Response, _: Asked) -> Response:
        value = value_of(response)
        if value is NOTHING:
            return response
        noted = {**value, "note": note} if isinstance(value, dict) else [*value, note]
        text = with_value(response, noted).body.decode()
        return replace(response, body=text.encode(encoding, "replace"))

    return reworked(rework)


@kind
def writes_python(_: Plot) -> PlantedDefect:
    """The response is the repr of a Python value."""
    return reworked(lambda response, _: replace(response, body=repr(value_of(response)).encode()))


@kind
def prefixes(_: Plot, *, text: str) -> PlantedDefect:
    """The JSON has a prefix."""
    return reworked(lambda response, _: replace(response, body=text.encode() + response.body))


@kind
def trails_comma(_: Plot) -> PlantedDefect:
    """The JSON has a trailing comma."""
    return reworked(
        lambda response, _: replace(response, body=response.body[:-1] + b"," + response.body[-1:])
    )
