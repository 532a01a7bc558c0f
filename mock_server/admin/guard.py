"""Who may steer the mock: this machine's own users, or whoever knows the token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.messages import Request

COOKIE = "mock-admin-token"
"""Carries the token for pages, which cannot send a header."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of one server.

    token: what a caller must know, empty for a server that only this machine's users may steer. origins: of
    pages from elsewhere that may call. hosts: names this server goes by, beside those of the loopback
    interface.
    """

    token: str = ""
    origins: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()

    def check(self, request: Request) -> None:
        """Let a request pass or raise ApiError: UNAUTHENTICATED without the token, FORBIDDEN for a caller
        on another machine, under a foreign host name (DNS rebinding), or from a foreign page (RFC 6454)."""
        if self.token:
            sent = _token(request.headers)
            if not compare_digest(sent.encode(), self.token.encode()):
                asked = "This server's admin API asks for its token."
                message = f"The token sent is not the right one. {asked}" if sent else asked
                raise ApiError(ErrorCode.UNAUTHENTICATED, message=message)
        else:
            self._check_near(request)
        self._check_page(request)

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin, which is not our own, may call."""
        return origin in self.origins

    def _check_near(self, request: Request) -> None:
        if request.peer and not is_loopback(request.peer):
            message = "Without --admin-token only this machine may use the admin API."
            raise ApiError(ErrorCode.FORBIDDEN, message=message)
        name = (urlsplit(request.base_url).hostname or "").lower()
        if not (is_loopback(name) or name in self.hosts):
            message = f"Without --admin-token the admin API answers to loopback names, not to {name!r}."
            raise ApiError(ErrorCode.FORBIDDEN, message=message)

    def _check_page(self, request: Request) -> None:
        origin = request.headers.get("origin")
        site = request.headers.get("sec-fetch-site", "none")
        own = origin is not None and urlsplit(origin).netloc == urlsplit(request.base_url).netloc
        if (origin is None or own) and site != "cross-site":
            return
        if origin is None or not self.allows(origin):
            message = "A page from elsewhere may not use the admin API; --admin-origin names those that may."
            raise ApiError(ErrorCode.FORBIDDEN, message=message)


def is_loopback(name: str) -> bool:
    """Whether an address or a host name leads to this machine (RFC 6761, section 6.3)."""
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _token(headers: Mapping[str, str]) -> str:
    word, _, token = headers.get("authorization", "").partition(" ")
    if word.lower() == "bearer":
        return token.strip()
    found = re.search(rf"(?:^|;)\s*{COOKIE}=([^;\s]+)", headers.get("cookie", ""))
    return found[1] if found else ""
