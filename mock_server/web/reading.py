"""Makes a Request of what an HTTP server received, for any bytes that a client may send."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

from mock_server.messages import DEFAULT_WORLD, Request, host_name

_HEADER = "x-mock-world"
_PREFIX = "/~"
_DOMAIN = ".localhost"
_LONGEST_HOST = 300
"""Characters of a usable Host header: of a name of 255 or an address in brackets, and a port."""


def read_request(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    scheme: str,
    server: str,
    peer: str,
) -> Request:
    """The request, with the world it is for.

    path: percent-decoded. headers: by lower-case name. server: host and port of this server, for a request
    without a usable Host header. peer: address of the client, empty where it is not known.
    """
    sent = headers.get("host", "")
    host = sent if len(sent) <= _LONGEST_HOST and _is_authority(sent) else server
    world, path, prefix = chosen(path, headers, host)
    return Request(method, path, query, headers, body, f"{scheme}://{host}{prefix}", world, peer)


def chosen(path: str, headers: Mapping[str, str], host: str) -> tuple[str, str, str]:
    """The world's name, the path below it, and the prefix of the path that named it (empty without one).

    A header takes precedence over the path, and the path over the host name: names under localhost lead to
    this machine (RFC 6761, section 6.3). Whether the name is valid is checked by Worlds.
    """
    prefix = ""
    name = _by_host(host)
    if path.startswith(_PREFIX):
        name, slash, rest = path[len(_PREFIX) :].partition("/")
        prefix, path = _PREFIX + quote(name), slash + rest or "/"
    return headers.get(_HEADER, name), path, prefix


def is_admin(path: str) -> bool:
    """Whether a path is of the admin API or the console."""
    return path == "/__admin" or path.startswith("/__admin/")


def is_page(path: str) -> bool:
    """Whether a path is of the console: its first page, its pages below ui/ and its static files."""
    return path in {"/__admin", "/__admin/"} or path.startswith(("/__admin/ui/", "/__admin/static/"))


@lru_cache(maxsize=512)
def _is_authority(host: str) -> bool:
    return host_name(host) is not None


@lru_cache(maxsize=512)
def _by_host(host: str) -> str:
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    name = name.lower().rstrip(".")
    return name.removesuffix(_DOMAIN) if name.endswith(_DOMAIN) else DEFAULT_WORLD
