"""Requests and responses, independent of any web framework."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from urllib.parse import parse_qsl

DEFAULT_WORLD = "default"
"""The name of the world of a request that names none."""

_LARGEST_PORT = 65_535
_AUTHORITY = re.compile(
    r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_][A-Za-z0-9._-]{0,254})(?::([0-9]{0,5}))?", re.ASCII
)


def host_name(authority: str) -> str | None:
    """The host of an authority in lower case: a name or an address without brackets.

    None for any other text. Names that browsers accept beyond letters, digits, `-`, `_` and dots
    are none either: no such name is ours.
    """
    match = _AUTHORITY.fullmatch(authority)
    if match is None or int(match[2] or 0) > _LARGEST_PORT:
        return None
    host = match[1].lower()
    if not host.startswith("["):
        return host
    try:
        return str(IPv6Address(host[1:-1]))
    except ValueError:
        return None


def header_value(headers: Mapping[str, str], name: str) -> str | None:
    """The value of a request header, None where it was not sent.

    headers: by lower-case name. A name with underscores is found with hyphens too, because a WSGI server
    cannot tell them apart.
    """
    lower = name.lower()
    value = headers.get(lower)
    return headers.get(lower.replace("_", "-")) if value is None and "_" in lower else value


def query_pairs(query: str) -> tuple[tuple[str, str], ...]:
    """Every pair of a query string, decoded, in its order."""
    if "%" in query or "+" in query:
        return tuple(parse_qsl(query, keep_blank_values=True))
    # Nothing is encoded in most of them.
    return tuple([piece.partition("=")[::2] for piece in query.split("&") if piece])


def cookies(header: str) -> dict[str, str]:
    """The cookies of a request by name.

    Everything between two semicolons is one, even characters RFC 6265 forbids: a wrong value must still reach
    validation.
    """
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return {name.strip(): value.strip().strip('"') for name, equals, value in pairs if equals}


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it was received.

    path: percent-decoded, with undecodable bytes replaced, without the prefix that names a world. query: the
    raw query string. headers: by lower-case name. base_url: scheme, host and the prefix of a world named by
    path, without a slash at the end. world: name of the world it is for. peer: address of the client, empty
    without a connection.
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
class Upload:
    """A file in a multipart form, or one that is the whole body.

    name: the client's, empty for one that is the body. size: in bytes. media_type: empty if unknown. content:
    one character for each byte.
    """

    name: str
    size: int
    media_type: str
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Transmission:
    """How a response is sent; faults change it. The web layer carries it out.

    wait: seconds before the first byte. pace: bytes of the body per second, None for all at once. cut: bytes
    of the body after which the connection is closed, whatever its Content-Length. reset: the connection is
    reset and nothing is sent.
    """

    wait: float = 0.0
    pace: float | None = None
    cut: int | None = None
    reset: bool = False

    def seconds(self, size: int) -> float:
        """The seconds that sending takes at least. size: bytes of the body."""
        sent = size if self.cut is None else min(size, self.cut)
        return self.wait + (sent / self.pace if self.pace else 0.0)


PROMPT = Transmission()
"""The transmission of a response that is sent at once and completely."""


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response.

    headers: with Content-Type where there is a body, never with Content-Length. stream: the pieces of a body
    that is written while it is sent, in place of `body`; only where the sender of the request takes it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    delivery: Transmission = PROMPT
    stream: Iterator[bytes] | None = None
