"""Who may use the admin API: users of this machine, or callers that know the token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import urlsplit

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.messages import Request
from mock_server.origins import is_loopback

COOKIE = "mock-admin-token"
"""Carries the token for the console's pages, because links cannot send a header."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of one server.

    token: the secret that callers must send; empty for a server that only users of this machine may control.
    origins: of pages from other servers that may call. hosts: names of this server, beside those of the
    loopback interface.
    """

    token: str = ""
    origins: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()

    def check(self, request: Request) -> None:
        """Accept a request or raise ApiError.

        UNAUTHENTICATED: without the token. FORBIDDEN: a caller on another machine, a foreign host name (as
        in DNS rebinding), or a page of another origin (RFC 6454).
        """
        if self.token:
            sent = _token(request.headers)
            if not compare_digest(sent.encode(), self.token.encode()):
                message = "This server's admin API requires its token."
                if sent:
                    message = f"The token sent is wrong. {message}"
                raise ApiError(ErrorCode.UNAUTHENTICATED, message=message)
        else:
            self._check_local(request)
        self._check_page(request)

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin may call; it is not our own."""
        return origin in self.origins

    def _check_local(self, request: Request) -> None:
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
            message = "Pages of other origins may not use the admin API; --admin-origin names those that may."
            raise ApiError(ErrorCode.FORBIDDEN, message=message)


def _token(headers: Mapping[str, str]) -> str:
    word, _, token = headers.get("authorization", "").partition(" ")
    if word.lower() == "bearer":
        return token.strip()
    match = re.search(rf"(?:^|;)\s*{COOKIE}=([^;\s]+)", headers.get("cookie", ""))
    return match[1] if match else ""
