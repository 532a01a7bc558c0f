"""Where a request comes from: a page of another origin, or this machine."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from mock_server.messages import Request


def foreign_page(request: Request) -> str | None:
    """The origin of the page that sent a request, or None for a request of no page, of a page of this server
    or of one that this machine serves.

    Empty for a page whose origin the browser does not tell (RFC 6454, Fetch Metadata).
    """
    origin = request.headers.get("origin")
    if origin is None:
        site = request.headers.get("sec-fetch-site", "none").lower()
        return None if site in {"none", "same-origin"} else ""
    try:
        page, own = urlsplit(origin), urlsplit(request.base_url)
        is_own = (page.scheme, page.netloc) == (own.scheme, own.netloc)
        host = page.hostname or ""
    except ValueError:  # the headers are a client's: they may be no addresses at all
        return origin
    return None if is_own or is_loopback(host) else origin


def is_loopback(name: str) -> bool:
    """Whether an address or a host name leads to this machine (RFC 6761, section 6.3)."""
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
