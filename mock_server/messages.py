"""HTTP's two messages, free of any web framework, and how the second one travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_WORLD = "default"
"""The world of a request that names none."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it came.

    path: percent-decoded, undecodable bytes replaced, without a world's prefix. query: the raw query string.
    headers: by lower-case name. base_url: scheme, host and, where the client chose its world by path, that
    prefix; without a slash at the end. world: the name of the world it is for. peer: the address it came
    from, empty where there is no connection.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "http://127.0.0.1:4010"
    world: str = DEFAULT_WORLD
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a response travels when a fault has a say; the surface that holds the connection does it.

    wait: seconds before the first byte. pace: bytes of the body per second, None for all at once. cut: after
    how many bytes of the body the connection ends, its announced length notwithstanding. reset: the
    connection is reset and nothing is sent.
    """

    wait: float = 0.0
    pace: float | None = None
    cut: int | None = None
    reset: bool = False


PROMPT = Delivery()
"""At once and whole."""


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back. headers include Content-Type whenever there is a body, never Content-Length."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    delivery: Delivery = PROMPT
