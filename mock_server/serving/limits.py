"""What clients of the server may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What clients may use. Sizes in bytes, times in seconds.

    body, head: of a request. idle: between two requests of a connection. receive_head, receive_body: from
    the first byte of a request to the last one. send: while a client takes nothing of a response.
    connections: open at the same time.
    """

    body: int = 16 * 1024 * 1024
    head: int = 256 * 1024
    idle: float = 60.0
    receive_head: float = 20.0
    receive_body: float = 60.0
    send: float = 60.0
    connections: int = 20_000
