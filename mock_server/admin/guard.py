"""Who may use the admin API: users of this machine, or callers that know the token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.messages import Request, host_name
from mock_server.origins import is_loopback

COOKIE = "mock-admin-token"
"""Carries the token for the console's pages, because links cannot send a header."""


_FORWARDING = frozenset(
    {
        *("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"),
        *("x-forwarded-server", "x-forwarded-prefix", "x-real-ip", "x-original-host", "x-original-url"),
        *("x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip", "fly-client-ip"),
        *("x-envoy-external-address", "x-amzn-trace-id", "x-azure-clientip", "cdn-loop"),
    }
)
"""Headers that proxies add: behind one, every client seems to be on this machine."""

_OWN_SITES = frozenset({"none", "same-origin"})
"""Values of Sec-Fetch-Site for a page of this server, and for an address that a user has typed."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
"""Media types of the forms of web pages."""


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
            if not compare_digest(sent.encode("utf-8", "replace"), self.token.encode()):
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
        if not _FORWARDING.isdisjoint(request.headers):
            message = "Without --admin-token the admin API does not answer through a proxy."
            raise ApiError(ErrorCode.FORBIDDEN, message=message)
        name = host_name(_authority(request))
        if name is None or not (is_loopback(name) or name in self.hosts):
            message = "Without --admin-token the admin API answers to loopback names only."
            raise ApiError(ErrorCode.FORBIDDEN, message=message)

    def _check_page(self, request: Request) -> None:
        headers = request.headers
        origin = headers.get("origin")
        if origin is not None and self.allows(origin):
            return
        own = _authority(request).lower()
        is_own = origin is None or origin.lower().partition("://")[2] == own
        if not is_own or headers.get("sec-fetch-site", "none") not in _OWN_SITES:
            message = "Pages of other origins may not use the admin API; --admin-origin names those that may."
            raise ApiError(ErrorCode.FORBIDDEN, message=message)

    def check_form(self, request: Request) -> None:
        """Refuse what a form of a web page may have sent. Raises ApiError FORBIDDEN.

        An old browser sends neither Origin nor Sec-Fetch-Site with a form. It cannot send Authorization.
        """
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        is_form = request.method not in _SAFE and media_type in _FORM_TYPES
        if is_form and not {"authorization", "origin"} & request.headers.keys():
            message = "The admin API takes JSON; forms of web pages may not use it."
            raise ApiError(ErrorCode.FORBIDDEN, message=message)


def _authority(request: Request) -> str:
    """Host and port by which the client calls this server, as it sent them."""
    sent = request.headers.get("host")
    return request.base_url.partition("://")[2].partition("/")[0] if sent is None else sent


def _token(headers: Mapping[str, str]) -> str:
    word, _, token = headers.get("authorization", "").partition(" ")
    if word.lower() == "bearer":
        return token.strip()
    match = re.search(rf"(?:^|;)\s*{COOKIE}=([^;\s]+)", headers.get("cookie", ""))
    return match[1] if match else ""
