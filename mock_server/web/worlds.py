"""Which world a request is for: by header, path or host name."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from mock_server.messages import DEFAULT_WORLD

_HEADER = "x-mock-world"
_PREFIX = "/~"
_DOMAIN = ".localhost"


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


def _by_host(host: str) -> str:
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    name = name.lower().rstrip(".")
    return name.removesuffix(_DOMAIN) if name.endswith(_DOMAIN) else DEFAULT_WORLD
