"""HTTP calls of the admin API, and their errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

_PATIENCE = 30.0
"""The timeout in seconds. Calls that wait for something reply within 5 s."""


@dataclass(frozen=True, slots=True)
class BrokenPlace:
    """A violation of the admin API's contract. where: path, query, header or body. pointer: a JSON pointer.
    rule: the violated keyword of JSON Schema. message: the rule as a sentence."""

    where: str
    pointer: str
    rule: str
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(slots=True, eq=False)
class AdminError(Exception):
    """The admin API rejected a call, or did not reply.

    asked: method and path. status: 0 if there was no reply. detail: the reason, and what is allowed. broken:
    violations of the contract.
    """

    asked: str
    status: int
    title: str
    detail: str = ""
    broken: tuple[BrokenPlace, ...] = ()

    def __str__(self) -> str:
        lines = [
            f"{self.status} {self.title}" if self.status else self.title,
            self.detail,
            *map(str, self.broken),
        ]
        return f"{self.asked}: {'; '.join(filter(None, lines))}"


class Link:
    """Calls the admin API of one server."""

    def __init__(
        self, base_url: str, *, token: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """base_url: the URL that the server prints. token: the value of its --admin-token. transport:
        replaces the network."""
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=f"{self.base_url}/__admin",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            transport=transport,
            timeout=_PATIENCE,
            trust_env=False,  # a proxy cannot reach a server on this machine
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def ask(
        self,
        method: str,
        *segments: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Send a call; returns the JSON of the reply, None if it is empty.

        segments: of the path, not encoded. query: members that are None are left out. Raises AdminError.
        """
        content = None if body is None else json.dumps(body)
        response = self.send(method, *segments, query=query, content=content)
        return response.json() if response.content else None

    def send(
        self,
        method: str,
        *segments: str,
        query: Mapping[str, Any] | None = None,
        content: str | None = None,
    ) -> httpx.Response:
        """Send a call; returns the reply. content: a JSON text. Raises AdminError."""
        path = "/" + "/".join(quote(segment, safe="") for segment in segments)
        asked = f"{method} /__admin{path}"
        try:
            response = self._http.request(
                method,
                path,
                params={name: _text(value) for name, value in (query or {}).items() if value is not None},
                content=content,
                headers={} if content is None else {"Content-Type": "application/json"},
            )
        except httpx.TransportError as error:
            title = f"no reply from {self.base_url} ({str(error) or type(error).__name__})"
            raise AdminError(asked, 0, title, "is the mock server running there?") from None
        if response.is_success:
            return response
        raise _refused(asked, response)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refused(asked: str, response: httpx.Response) -> AdminError:
    """The error in a reply. One that is not a problem document is from another server than the mock."""
    if response.headers.get("content-type") != "application/problem+json":
        return AdminError(
            asked, response.status_code, response.reason_phrase, "is this the address of a mock server?"
        )
    problem = response.json()
    places = problem.get("errors", ())
    broken = (BrokenPlace(place["in"], place["pointer"], place["rule"], place["message"]) for place in places)
    return AdminError(asked, response.status_code, problem["title"], problem.get("detail", ""), tuple(broken))
