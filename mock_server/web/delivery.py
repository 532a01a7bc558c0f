"""Responses that a fault sends late, slowly, in part, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep

from mock_server.messages import Transmission

_INTERVAL = 0.05
"""Seconds between two pieces of a slow body."""


class CutOffError(ConnectionError):
    """The connection must be closed: the server closes it when this is raised."""


def pieces(body: bytes, delivery: Transmission) -> Iterator[tuple[bytes, float]]:
    """The pieces of a body, each with the seconds to wait before it, as far as the delivery sends it."""
    sent = body if delivery.cut is None else body[: delivery.cut]
    if delivery.pace is None:
        yield sent, 0.0
        return
    size = max(1, int(delivery.pace * _INTERVAL))
    for start in range(0, len(sent), size):
        piece = sent[start : start + size]
        yield piece, len(piece) / delivery.pace


def paced(body: bytes, delivery: Transmission) -> Iterator[bytes]:
    """The body under WSGI, at the pace of the delivery, which holds the server's thread.

    Raises CutOffError where the delivery cuts the body.
    """
    for piece, seconds in pieces(body, delivery):
        sleep(seconds)
        yield piece
    if delivery.cut is not None:
        raise CutOffError("the body was cut by a fault")
