"""The socket that the server listens on, and its URL."""

from __future__ import annotations

import errno
import socket

from mock_server.errors.startup import StartupError

BACKLOG = 1024
"""Connections that wait to be accepted."""
_OPEN_FILES = 65_536


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on this address. port: 0 for any free port. Raises StartupError."""
    try:
        # As bytes, because a text would load the tables of international names first.
        name: str | bytes = host.encode() if host.isascii() else host
        family, kind, protocol, _name, address = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise StartupError(f"--host {host}: the address is not valid ({error})") from None
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where SO_REUSEADDR would share a port in use
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise StartupError(f"--host {host}: is not an address of this machine") from None
        raise StartupError(
            f"--port {port}: cannot listen on {host}:{port} ({error.strerror}); "
            "choose another port, or any free port with --port 0"
        ) from None
    listening.setblocking(False)
    return listening


def base_url(host: str, port: int, *, tls: bool = False) -> str:
    """The URL of a server that is bound to this host, for clients on this machine."""
    if host == "0.0.0.0":  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def raise_open_files() -> None:
    """Allow this process as many open files as the system lets it have, because connections count."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):  # macOS has a lower limit of its own
            return


def open_files() -> int:
    """The number of files this process may have open."""
    try:
        import resource
    except ImportError:
        return _OPEN_FILES
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _OPEN_FILES if soft == resource.RLIM_INFINITY else soft
