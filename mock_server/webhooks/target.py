"""Where webhooks go: the hosts that are allowed, and the target a user set for a world."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from mock_server.webhooks.signing import key_of_secret

_URL = re.compile(r"https?://[!-~]+")
_HOST = re.compile(r"[0-9A-Za-z._-]+|[0-9A-Fa-f:.]+")


class HostNotAllowedError(Exception):
    """A host that webhooks may not go to. reason: why, and what would allow it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def resolve_host(host: str) -> list[str]:
    """The addresses this machine resolves a host to. Raises OSError."""
    records = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in records))


@dataclass(frozen=True, slots=True)
class Addresses:
    """The hosts that are allowed beside this machine's own.

    allowed: names in lower case. resolve: the addresses of a host.
    """

    allowed: frozenset[str] = frozenset()
    resolve: Callable[[str], Sequence[str]] = resolve_host

    def of(self, host: str) -> tuple[str, ...]:
        """What to connect to for this host, in order: addresses that were looked at, so that a name cannot
        mean another one in between. Raises ForeignHostError."""
        name = host.lower().rstrip(".")
        if name in self.allowed:
            return (host,)
        if name == "localhost" or name.endswith(".localhost"):
            return ("127.0.0.1", "::1")  # RFC 6761, section 6.3: whatever the resolver says
        try:
            addresses = tuple(self.resolve(name))
        except (OSError, UnicodeError):
            addresses = ()
        if not addresses:
            raise HostNotAllowedError(f"the host {host} has no address")
        foreign = next((address for address in addresses if not _is_loopback(address)), None)
        if foreign is not None:
            known_as = host if foreign == name else f"{host} ({foreign})"
            raise HostNotAllowedError(
                f"{known_as} is not this machine: callbacks go to loopback addresses only, "
                f"unless the server is started with --callback-host {host}"
            )
        return addresses


def _is_loopback(text: str) -> bool:
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


class TargetError(ValueError):
    """An invalid target. member: the one that is wrong."""

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(f"{member}: {reason}")
        self.member = member
        self.reason = reason


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """An address and the secret that messages to it are signed with.

    events: patterns of the event types it receives, * standing for any text; None for all.
    """

    url: str
    secret: str = field(repr=False)
    events: tuple[str, ...] | None = None

    @classmethod
    def checked(
        cls,
        url: str,
        secret: str,
        events: Sequence[str] | None = None,
        *,
        addresses: Addresses,
        known: Iterable[str],
    ) -> WebhookTarget:
        """A target that messages can go to. known: every event type.

        Raises TargetError, naming the member and what it may be; it never quotes a secret.
        """
        _check_url(url, addresses)
        try:
            key_of_secret(secret)
        except ValueError as error:
            raise TargetError("secret", str(error)) from None
        types = list(known)
        for pattern in events or ():
            if not any(fnmatchcase(type_, pattern) for type_ in types):
                allowed = f"(allowed: {', '.join(types) or 'none'})"
                raise TargetError("events", f"no event {pattern!r} {allowed}")
        return cls(url, secret, None if events is None else tuple(events))

    def to_json(self) -> dict[str, Any]:
        """What is shown of it: everything but the secret."""
        return {"url": self.url} if self.events is None else {"url": self.url, "events": list(self.events)}

    def wants(self, event_type: str) -> bool:
        """Whether it receives events of this type."""
        return self.events is None or any(fnmatchcase(event_type, pattern) for pattern in self.events)


def _check_url(url: str, addresses: Addresses) -> None:
    if not _URL.fullmatch(url):
        raise TargetError("url", "must be an address such as http://127.0.0.1:9000/hooks")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise TargetError("url", "names no host and port") from None
    if not _HOST.fullmatch(host):
        raise TargetError("url", "names no host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise TargetError("url", "must have no user, password or fragment: the signature says who sends")
    try:
        addresses.of(host)
    except HostNotAllowedError as error:
        raise TargetError("url", error.reason) from None
