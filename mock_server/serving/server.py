"""One server: its connections, their limits and its end."""

from __future__ import annotations

import asyncio
import socket
import ssl
from time import monotonic, time
from typing import TYPE_CHECKING
from wsgiref.handlers import format_date_time

from mock_server.serving.connection import Connection
from mock_server.serving.limits import Limits
from mock_server.serving.listening import BACKLOG, open_files
from mock_server.serving.workers import Workers
from mock_server.web.front import Front

if TYPE_CHECKING:
    from mock_server.web.request_log import RequestLog

_WORKERS = 4
"""Few, because no call waits in a thread: each more makes the event loop wait longer for its turn."""
_WORKERS_WITH_UPSTREAM = 32
"""Each waits for a real service most of the time."""
_ACCEPTED = 64
"""Connections that are accepted before anything else is done again."""
_SPARE_FILES = 64
"""Files besides the connections: of specs, of the console, of callbacks."""
_SWEEP = 0.5
"""Seconds between two looks at what has taken too long."""
_GRACE = 0.6
"""Seconds that requests in progress may take at the end."""


class HttpServer:
    """Serves a Front on a listening socket. Everything but the workers runs in one event loop."""

    def __init__(
        self,
        front: Front,
        limits: Limits,
        *,
        tls: ssl.SSLContext | None = None,
        log: RequestLog | None = None,
    ) -> None:
        """log: of every answered request."""
        self.front = front
        self.limits = limits
        self.log = log
        self.scheme = "http" if tls is None else "https"
        self.workers = Workers(_WORKERS if front.engine.upstream is None else _WORKERS_WITH_UPSTREAM)
        self.connections: dict[Connection, None] = {}
        self.stopping = False
        self.common_headers = _common_headers()
        self.loop: asyncio.AbstractEventLoop
        self._tls = tls
        self._most = min(limits.connections, open_files() - _SPARE_FILES)
        self._stop = asyncio.Event()
        self._emptied = asyncio.Event()

    async def start(self, listening: socket.socket) -> None:
        """Accept connections on this socket from now on."""
        self.loop = asyncio.get_running_loop()
        self._server = await self.loop.create_server(
            lambda: Connection(self), sock=listening, ssl=self._tls, backlog=_ACCEPTED
        )
        listening.listen(BACKLOG)  # asyncio has made it as short as its number of connections at once
        self._sweeping = self.loop.call_later(_SWEEP, self._sweep)

    def stop(self) -> None:
        """Begin the end."""
        self._stop.set()

    async def finished(self) -> None:
        """Wait for `stop`; then close every connection, at the latest when the grace is over."""
        await self._stop.wait()
        self.stopping = True
        self._server.close()
        for connection in list(self.connections):
            connection.finish_up()
        if self.connections:
            try:
                await asyncio.wait_for(self._emptied.wait(), _GRACE)
            except TimeoutError:
                for connection in list(self.connections):
                    connection.abort()
                await asyncio.sleep(0)  # in which the connections note that they are lost
        self._sweeping.cancel()
        self.workers.close()

    def add(self, connection: Connection) -> None:
        """A connection was made. Where there are too many, those idle for the longest time are closed."""
        self.connections[connection] = None
        if len(self.connections) > self._most:
            idle = sorted((each for each in self.connections if each.is_idle), key=lambda each: each.deadline)
            for each in idle[: len(idle) // 10 + 1]:
                each.abort()

    def remove(self, connection: Connection) -> None:
        """A connection is closed."""
        self.connections.pop(connection, None)
        if self.stopping and not self.connections:
            self._emptied.set()

    def _sweep(self) -> None:
        """End what has taken too long. One timer for all connections costs less than one for each request."""
        self.common_headers = _common_headers()
        now = monotonic()
        for connection in [each for each in self.connections if each.deadline < now]:
            connection.expire()
        self._sweeping = self.loop.call_later(_SWEEP, self._sweep)


def _common_headers() -> str:
    """The headers of every response (RFC 9110, section 6.6.1)."""
    return f"Server: mock-server\r\nDate: {format_date_time(time())}\r\n"
