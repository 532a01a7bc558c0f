"""The way to the admin API of one server, and what it says when something cannot be done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

_PATIENCE = 30.0
"""Seconds for a reply: the longest an admin call waits on purpose is 5."""


@dataclass(frozen=True, slots=True)
class BrokenPlace:
    """A place of the request that breaks the contract of the admin API. where: path, query, header or body.
    pointer: a JSON pointer. rule: the keyword of JSON Schema that is broken. message: the rule in words."""

    where: str
    pointer: str
    rule: str
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(slots=True, eq=False)
class AdminError(Exception):
    """What the admin API refused, or that it could not be asked.

    asked: method and path. status: 0 when nothing answered. detail: what is wrong, and what is possible.
    broken: the places that break its contract.
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
    """Asks the admin API of one server."""

    def __init__(
        self, base_url: str, *, token: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """base_url: where the server is, as it prints it. token: its --admin-token. transport: another way to
        it than the network."""
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=f"{self.base_url}/__admin",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            transport=transport,
            timeout=_PATIENCE,
            trust_env=False,  # a proxy for the world outside leads to no server of this machine
        )

    def close(self) -> None:
        """End its connections."""
        self._http.close()

    def ask(
        self,
        method: str,
        *segments: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """The JSON that was answered, None for a reply without content. segments: of the path, unquoted.
        query: members that are None are left out. Raises AdminError."""
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
        """The reply of a call whose body, if there is one, is this JSON text. Raises AdminError."""
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
            title = f"no answer from {self.base_url} ({str(error) or type(error).__name__})"
            raise AdminError(asked, 0, title, "is the mock server running there?") from None
        if response.is_success:
            return response
        raise _refused(asked, response)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refused(asked: str, response: httpx.Response) -> AdminError:
    """The refusal in a reply; one that is no problem document comes from another server than ours."""
    if response.headers.get("content-type") != "application/problem+json":
        return AdminError(
            asked, response.status_code, response.reason_phrase, "is this the address of a mock server?"
        )
    problem = response.json()
    places = problem.get("errors", ())
    broken = (BrokenPlace(place["in"], place["pointer"], place["rule"], place["message"]) for place in places)
    return AdminError(asked, response.status_code, problem["title"], problem.get("detail", ""), tuple(broken))
