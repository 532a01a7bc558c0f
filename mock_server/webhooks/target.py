"""Where a world's callbacks go, as somebody set it."""

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


class ForeignHostError(Exception):
    """A host callbacks do not go to. reason: why not, and what would allow it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def resolved(host: str) -> list[str]:
    """The addresses this machine knows a host by. Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Addresses:
    """Judges hosts. allowed: hosts that callbacks may go to wherever they are, in lower case."""

    allowed: frozenset[str] = frozenset()
    resolve: Callable[[str], Sequence[str]] = resolved

    def of(self, host: str) -> tuple[str, ...]:
        """What to connect to for this host, in order: addresses that were looked at, so that a name cannot
        mean another one in between. Raises ForeignHostError."""
        name = host.lower().rstrip(".")
        if name in self.allowed:
            return (host,)
        if name == "localhost" or name.endswith(".localhost"):
            return ("127.0.0.1", "::1")  # RFC 6761, section 6.3: whatever the resolver says
        try:
            found = tuple(self.resolve(name))
        except (OSError, UnicodeError):
            found = ()
        if not found:
            raise ForeignHostError(f"the host {host} has no address")
        foreign = next((address for address in found if not _is_loopback(address)), None)
        if foreign is not None:
            known_as = host if foreign == name else f"{host} ({foreign})"
            raise ForeignHostError(
                f"{known_as} is not this machine: callbacks go to loopback addresses only, "
                f"unless the server is started with --callback-host {host}"
            )
        return found


def _is_loopback(text: str) -> bool:
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


class TargetError(ValueError):
    """A target that cannot be had. member: the one at fault."""

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(f"{member}: {reason}")
        self.member = member
        self.reason = reason


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """An address and the secret that messages to it are signed with.

    events: the types of events it is told, * standing for any text; None for all.
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
        """A target that messages can go to. known: the event types there are.

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
                there_are = f"(there are: {', '.join(types) or 'none'})"
                raise TargetError("events", f"no event {pattern!r} {there_are}")
        return cls(url, secret, None if events is None else tuple(events))

    def to_json(self) -> dict[str, Any]:
        """What is shown of it: everything but the secret."""
        return {"url": self.url} if self.events is None else {"url": self.url, "events": list(self.events)}

    def wants(self, event_type: str) -> bool:
        """Whether it is told events of this type."""
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
    except ForeignHostError as error:
        raise TargetError("url", error.reason) from None
