"""One request and its reply on their way through the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it came, free of any web framework.

    path: percent-decoded, undecodable bytes replaced. query: the raw query string. headers: by lower-case name.
    base_url: scheme and host the client used, without a slash at the end.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "http://127.0.0.1:4010"


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back. headers include Content-Type whenever there is a body, never Content-Length."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
