"""Serve the application on a socket: an HTTP/1.1 server on asyncio, with llhttp as its parser.

All connections and waits are handled by one event loop, which calls the engine for contract requests. Admin
calls and pages have threads of their own, so that a long one holds up nothing else. docs/performance.md says
why no other server is used.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mock_server.serving.limits import Limits
from mock_server.serving.listening import base_url, listen, raise_open_files
from mock_server.serving.server import HttpServer
from mock_server.web.front import FRONT, Front

if TYPE_CHECKING:
    from ssl import SSLContext

    from flask import Flask

    from mock_server.web.request_log import RequestLog

_SWITCH = 0.001
"""Seconds after which a worker lets the event loop run; Python's own value is five times as long."""

__all__ = ["Limits", "base_url", "serve", "served"]


def serve(
    front: Front,
    *,
    host: str,
    port: int,
    ready: Callable[[str], None],
    limits: Limits | None = None,
    tls: SSLContext | None = None,
    log: RequestLog | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Then requests in progress are answered, waits are ended and all connections closed, within a second.

    front: from `create_front`. port: 0 for any free port. ready: called with the base URL once
    connections are accepted. limits: the defaults when not given. log: of every
    answered request. Raises StartupError if the address cannot be used.
    """
    listening = listen(host, port)
    raise_open_files()
    sys.setswitchinterval(_SWITCH)
    server = HttpServer(front, limits or Limits(), tls=tls, log=log)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        _stop_on_signals(loop, server.stop)
        await server.start(listening)
        ready(base_url(host, listening.getsockname()[1], tls=tls is not None))
        await server.finished()

    asyncio.run(run())


@contextmanager
def served(
    application: Flask | Front, *, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None
) -> Iterator[str]:
    """Serve in a thread during a `with` block, which gets the base URL.

    application: from `create_app` or `create_front`. port: 0 for any free port. limits: the defaults when not
    given. Open connections are closed at the end. Raises StartupError if the address cannot be used.
    """
    listening = listen(host, port)
    front = application if isinstance(application, Front) else application.extensions[FRONT]
    server = HttpServer(front, limits or Limits())
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def run() -> None:
        await server.start(listening)
        started.set()
        await server.finished()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), name="mock-server", daemon=True)
    thread.start()
    started.wait()
    try:
        yield base_url(host, listening.getsockname()[1])
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join()
        loop.close()


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    wanted = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # a shell sets that for background jobs
        wanted.append(signal.SIGINT)
    for number in wanted:
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
