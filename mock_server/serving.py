"""Serve the application on a socket."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mock_server.errors.startup import StartupError
from mock_server.web.delivery import HOLD, RESET, CutOffError

_LARGEST_BODY = 16 * 1024 * 1024
"""Bytes."""
_THREADS = 32
"""Many, because requests that a fault delays, or that wait for others, occupy a thread."""


def serve(application: Any, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Then requests in progress are finished, except those that a fault delays, whose connections are closed.

    port: 0 for any free port. ready: called with the base URL once connections are accepted. Raises
    StartupError if the address cannot be used.
    """
    listening, stopping = _bound(host, port), threading.Event()
    server = _server(application, listening, {}, stopping)

    def stop(_signal: int, _frame: Any) -> None:
        stopping.set()
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # a shell sets that for background jobs
        signal.signal(signal.SIGINT, stop)
    try:
        ready(base_url(host, listening.getsockname()[1]))
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()


@contextmanager
def served(application: Any, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in a thread during a `with` block, which gets the base URL.

    port: 0 for any free port. Open connections are closed at the end. Raises StartupError if the address
    cannot be used.
    """
    from waitress.wasyncore import close_all

    listening, connections, stopping = _bound(host, port), dict[int, Any](), threading.Event()
    server = _server(application, listening, connections, stopping)
    thread = threading.Thread(target=server.run, name="mock-server", daemon=True)
    thread.start()
    try:
        yield base_url(host, listening.getsockname()[1])
    finally:
        stopping.set()
        server.trigger.pull_trigger(lambda: close_all(connections, ignore_all=True))
        thread.join()
        server.task_dispatcher.shutdown()


def base_url(host: str, port: int) -> str:
    """The URL of a server that is bound to this host, for clients on this machine."""
    if host == "0.0.0.0":  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server(
    application: Any, listening: socket.socket, connections: dict[int, Any], stopping: threading.Event
) -> Any:
    """A server for a bound socket.

    connections: filled with the sockets of the server. stopping: set when delayed responses must not be
    waited for any more.
    """
    from waitress.server import create_server

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(
        application,
        connections,
        sockets=[listening],
        threads=_THREADS,
        ident="mock-server",
        max_request_body_size=_LARGEST_BODY,
        clear_untrusted_proxy_headers=True,
        log_socket_errors=False,  # faults break connections on purpose
    )
    server.channel_class = _channel(stopping)
    return server


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise StartupError(f"--host {host}: the address is not valid ({error})") from None
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(1024)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise StartupError(f"--host {host}: is not an address of this machine") from None
        raise StartupError(
            f"--port {port}: cannot listen on {host}:{port} ({error.strerror}); "
            "choose another port, or any free port with --port 0"
        ) from None
    return listening


def _underscored(head: bytes) -> Iterator[tuple[str, str]]:
    """The headers of a request with an underscore in their names, by their key in a WSGI environ."""
    for line in head.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon and b"_" in name:
            key = name.decode("latin-1").upper().replace("-", "_")
            yield f"HTTP_{key}", value.strip(b" \t").decode("latin-1")


def _channel(stopping: threading.Event) -> type[Any]:
    """A channel of waitress with two functions in the WSGI environ.

    HOLD delays a response, at most until the server stops. RESET closes the connection without sending the
    rest, which resets it (RFC 9293, section 3.5.2).
    """
    from waitress.channel import HTTPChannel
    from waitress.parser import HTTPRequestParser
    from waitress.task import WSGITask

    def hold(seconds: float) -> None:
        if stopping.wait(seconds):
            raise CutOffError("the server is stopping")

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        """Keeps headers with underscores in their names, which waitress drops: contracts have such keys."""

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            self.underscored = dict(_underscored(header_plus))

    class Task(WSGITask):  # type: ignore[misc]
        def get_environment(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().get_environment()
            for name, value in self.request.underscored.items():
                environ.setdefault(name, value)
            environ[RESET] = self.drop_when_closed
            environ[HOLD] = hold
            return environ

        def drop_when_closed(self) -> None:
            self.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    class Channel(HTTPChannel):  # type: ignore[misc]
        task_class = Task
        parser_class = Parser

    return Channel
