"""The world of one test: an HTTP client for its contracts, and its admin API."""

from __future__ import annotations

import re
from http.client import NOT_FOUND
from secrets import token_hex
from typing import Any

import httpx

from mock_server.testing.client import Admin, AdminError, WorldAdmin

_LONGEST = 63
"""The maximum length of a world's name, which is a label of a host name."""


class MockWorld(WorldAdmin):
    """A world of a running mock server, with the methods of WorldAdmin.

    url: the base URL of this world. headers: select this world at the base URL of the server. client: an
    httpx client for `url`, without credentials. admin: the admin API of the server.
    """

    def __init__(self, admin: Admin, name: str, *, transport: httpx.BaseTransport | None = None) -> None:
        """name: of an existing world. transport: replaces the network."""
        super().__init__(admin.link, name)
        self.admin = admin
        self.url = f"{admin.base_url}/~{name}"
        self.headers = {"X-Mock-World": name}
        self.client = httpx.Client(base_url=self.url, transport=transport, trust_env=False)

    def __repr__(self) -> str:
        return f"<MockWorld {self.url}>"

    def explain(self, reply: httpx.Response) -> dict[str, Any]:
        """The explanation of a reply."""
        return self.admin.explain(reply.headers["X-Mock-Request-Id"])

    def end(self) -> None:
        """Delete the world, unless it is deleted already, and close the client. Raises AdminError."""
        self.client.close()
        try:
            self.delete()
        except AdminError as error:
            if error.status != NOT_FOUND:
                raise


def fresh_name(test: str) -> str:
    """A unique name for a world that contains the name of the test."""
    plain = re.sub(r"[^a-z0-9]+", "-", test.lower()).strip("-") or "test"
    ending = f"-{token_hex(4)}"
    return plain[: _LONGEST - len(ending)].rstrip("-") + ending
