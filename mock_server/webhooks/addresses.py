"""Where a callback may go: to this machine, and to hosts the server was started with."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address


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
