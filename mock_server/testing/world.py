"""A world as one test has it: reached by a client, steered by the admin API."""

from __future__ import annotations

import re
from http.client import NOT_FOUND
from secrets import token_hex
from typing import Any

import httpx

from mock_server.testing.client import Admin, AdminError, WorldAdmin

_LONGEST = 63
"""The letters a world's name may have, as a label of a host name."""


class MockWorld(WorldAdmin):
    """A world of a running mock, with every verb of WorldAdmin.

    url: the base address of this world alone, for clients that take one. headers: what chooses it on the
    server's own address. client: an httpx client of `url`, without credentials. admin: the server.
    """

    def __init__(self, admin: Admin, name: str, *, transport: httpx.BaseTransport | None = None) -> None:
        """name: of a world that exists. transport: another way to the server than the network."""
        super().__init__(admin.link, name)
        self.admin = admin
        self.url = f"{admin.base_url}/~{name}"
        self.headers = {"X-Mock-World": name}
        self.client = httpx.Client(base_url=self.url, transport=transport, trust_env=False)

    def __repr__(self) -> str:
        return f"<MockWorld {self.url}>"

    def explain(self, reply: httpx.Response) -> dict[str, Any]:
        """Why this world replied so."""
        return self.admin.explain(reply.headers["X-Mock-Request-Id"])

    def end(self) -> None:
        """Forget the world, if nobody has yet, and close its client. Raises AdminError."""
        self.client.close()
        try:
            self.delete()
        except AdminError as error:
            if error.status != NOT_FOUND:
                raise


def fresh_name(test: str) -> str:
    """A name no other world has, in which one recognises the test."""
    plain = re.sub(r"[^a-z0-9]+", "-", test.lower()).strip("-") or "test"
    ending = f"-{token_hex(4)}"
    return plain[: _LONGEST - len(ending)].rstrip("-") + ending
