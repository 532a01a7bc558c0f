"""Responses that a fault sends late, slowly, in part, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import sleep
from typing import Any

from mock_server.messages import Transmission

RESET = "mock_server.reset"
"""Key of the WSGI environ: the server's function that resets the connection."""

HOLD = "mock_server.hold"
"""Key of the WSGI environ: the server's function that waits a number of seconds. It raises CutOffError when
the server stops before they are over."""

_INTERVAL = 0.05
"""Seconds between two pieces of a slow body."""


class CutOffError(ConnectionError):
    """The connection must be closed: the server closes it when this is raised."""


def reset(environ: dict[str, Any]) -> None:
    """Reset the connection. Always raises CutOffError, which closes it where the server cannot reset it."""
    reset_connection: Callable[[], None] | None = environ.get(RESET)
    if reset_connection is not None:
        reset_connection()
    raise CutOffError("the connection was reset by a fault")


def hold(environ: dict[str, Any], seconds: float) -> None:
    """Wait before more is sent. Raises CutOffError when the server stops meanwhile."""
    wait: Callable[[float], None] = environ.get(HOLD, sleep)
    wait(seconds)


def paced(body: bytes, delivery: Transmission, environ: dict[str, Any]) -> Iterator[bytes]:
    """The body in pieces, at the pace of the delivery.

    Raises CutOffError where the delivery cuts the body, and when the server stops meanwhile.
    """
    sent = body if delivery.cut is None else body[: delivery.cut]
    if delivery.pace is None:
        yield sent
    else:
        size = max(1, int(delivery.pace * _INTERVAL))
        for start in range(0, len(sent), size):
            piece = sent[start : start + size]
            hold(environ, len(piece) / delivery.pace)
            yield piece
    if delivery.cut is not None:
        raise CutOffError("the body was cut by a fault")
