"""Webhook targets and the hosts that are allowed in them."""

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
    """A host that is not allowed in a target. reason: why, and how to allow it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def resolve_host(host: str) -> list[str]:
    """The IP addresses of a host, by the resolver of this machine. Raises OSError."""
    records = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    # Without duplicates, in the order of the resolver.
    return list(dict.fromkeys(str(address[0]) for *_, address in records))


@dataclass(frozen=True, slots=True)
class Addresses:
    """The hosts that are allowed, besides this machine.

    allowed: names in lower case. resolve: returns the IP addresses of a host.
    """

    allowed: frozenset[str] = frozenset()
    resolve: Callable[[str], Sequence[str]] = resolve_host

    def of(self, host: str) -> tuple[str, ...]:
        """The addresses to connect to, in order. Raises HostNotAllowedError.

        Returns the addresses that were checked: connecting by name would resolve it again, possibly to
        another address (DNS rebinding).
        """
        name = host.lower().rstrip(".")
        if name in self.allowed:
            return (host,)
        if name == "localhost" or name.endswith(".localhost"):
            return ("127.0.0.1", "::1")  # independent of the resolver (RFC 6761, section 6.3)
        try:
            addresses = tuple(self.resolve(name))
        except (OSError, UnicodeError):
            addresses = ()
        if not addresses:
            raise HostNotAllowedError(f"the host {host} has no address")
        foreign = next((address for address in addresses if not _is_loopback(address)), None)
        if foreign is not None:
            label = host if foreign == name else f"{host} ({foreign})"
            raise HostNotAllowedError(
                f"{label} is not a loopback address; "
                f"to allow it, start the server with --callback-host {host}"
            )
        return addresses


def _is_loopback(text: str) -> bool:
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


class TargetError(ValueError):
    """An invalid target. member: the invalid member. reason: what is allowed."""

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(f"{member}: {reason}")
        self.member = member
        self.reason = reason


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """A URL that receives messages.

    secret: signs the messages. events: patterns of event types, in which * matches any text; None for all.
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
        """A valid target. known: all event types.

        Raises TargetError with the member and what is allowed; it never quotes a secret.
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
        """As JSON, without the secret."""
        if self.events is None:
            return {"url": self.url}
        return {"url": self.url, "events": list(self.events)}

    def wants(self, event_type: str) -> bool:
        """Whether it receives events of this type."""
        return self.events is None or any(fnmatchcase(event_type, pattern) for pattern in self.events)


def _check_url(url: str, addresses: Addresses) -> None:
    if not _URL.fullmatch(url):
        raise TargetError("url", "must be a URL such as http://127.0.0.1:9000/hooks")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise TargetError("url", "must have a valid host and port") from None
    if not _HOST.fullmatch(host):
        raise TargetError("url", "must have a valid host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise TargetError(
            "url",
            "must not contain a user, password or fragment: receivers authenticate messages by the signature",
        )
    try:
        addresses.of(host)
    except HostNotAllowedError as error:
        raise TargetError("url", error.reason) from None
