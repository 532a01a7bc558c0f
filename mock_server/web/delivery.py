"""Responses that travel badly: late, slowly, in part, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import sleep
from typing import Any

from mock_server.messages import Delivery

RESET = "mock_server.reset"
"""The environ's member with which a server lets us reset the connection."""

HOLD = "mock_server.hold"
"""The environ's member with which a server waits for us, given the seconds. It raises CutOffError when the
server is to stop before they are over."""

_BEAT = 0.05
"""Seconds between two pieces of a slow body."""


class CutOffError(ConnectionError):
    """The connection ends here: the server that holds it closes it when this is raised."""


def reset(environ: dict[str, Any]) -> None:
    """Reset the connection. Raises CutOffError, also where the server offers no way to do it."""
    reset_connection: Callable[[], None] | None = environ.get(RESET)
    if reset_connection is not None:
        reset_connection()
    raise CutOffError("the connection was reset by a fault")


def hold(environ: dict[str, Any], seconds: float) -> None:
    """Hold an answer back. Raises CutOffError when the server stops meanwhile."""
    wait: Callable[[float], None] = environ.get(HOLD, sleep)
    wait(seconds)


def paced(body: bytes, delivery: Delivery, environ: dict[str, Any]) -> Iterator[bytes]:
    """The body as it travels. Raises CutOffError where the delivery cuts it, and when the server stops
    meanwhile."""
    arriving = body if delivery.cut is None else body[: delivery.cut]
    if delivery.pace is None:
        yield arriving
    else:
        piece = max(1, int(delivery.pace * _BEAT))
        for begin in range(0, len(arriving), piece):
            hold(environ, len(arriving[begin : begin + piece]) / delivery.pace)
            yield arriving[begin : begin + piece]
    if delivery.cut is not None:
        raise CutOffError("the body was cut by a fault")
