"""A lossy proxy between the harness and a conforming server."""

from __future__ import annotations

import http.client
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import urlsplit

Fault = Literal["502", "429", "reset", "reset-after", "hang", "dead"]
"""What happens to a request.

502, 429: the proxy answers it, the server does not see it; 429 asks to come again in a second. reset: the
connection is reset before the server sees the request. reset-after: the server answers, and the connection is
reset instead of passing that on. hang: no answer ever. dead: from this request on every connection is reset,
and no new one is accepted.
"""

Plan = Callable[[int, str, str], Fault | None]
"""The fault of a request, by its number (from 1), method and path; None passes it on."""

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})


def share(fraction: float, *faults: Fault, seed: int) -> Plan:
    """A plan that injects one of several faults into a share of the requests, reproducibly."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def plan(number: int, method: str, path: str) -> Fault | None:
        return chance.choice(faults) if chance.random() < fraction else None

    return plan


def limited(rate: int, *, clock: Callable[[], float] = time.monotonic) -> Plan:
    """A plan that lets so many requests pass in each second."""
    passed: Counter[int] = Counter()

    def plan(number: int, method: str, path: str) -> Fault | None:
        second = int(clock())
        passed[second] += 1
        return "429" if passed[second] > rate else None

    return plan


@dataclass(frozen=True, slots=True)
class Passed:
    """An answer on its way to the client."""

    status: int
    headers: Sequence[tuple[str, str]]
    content: bytes


Alter = Callable[[bytes, Passed], Passed]
"""Makes another answer of a request's body and the answer of the server."""


class FaultProxy:
    """A proxy on a free port. url: where it listens. seen: method and path of each request, in order.

    spoiled: how many requests had a fault. released: set when what hangs may end. alter: changes each answer
    of the server. delay: the seconds that each request takes longer.
    """

    def __init__(self, upstream: str, plan: Plan, alter: Alter | None = None, *, delay: float = 0.0) -> None:
        address = urlsplit(upstream)
        self.seen: list[str] = []
        self.spoiled = 0
        self.released = threading.Event()
        self.delay = delay
        self._upstream = (str(address.hostname), int(address.port or 80))
        self._plan = plan
        self._alter = alter
        self._lock = threading.Lock()
        self._dead = False
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and release hanging connections."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def fault(self, method: str, path: str) -> Fault | None:
        """Count a request and say what happens to it."""
        with self._lock:
            self.seen.append(f"{method} {path}")
            fault = "dead" if self._dead else self._plan(len(self.seen), method, path)
            self.spoiled += fault is not None
            if fault == "dead" and not self._dead:
                self._dead = True
                self._server.socket.close()
            return fault

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Passed:
        """The server's answer."""
        connection = http.client.HTTPConnection(*self._upstream, timeout=30)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            passed = Passed(answer.status, answer.getheaders(), answer.read())
            return passed if self._alter is None else self._alter(body, passed)
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A harness that is killed leaves broken connections behind."""

    def get_request(self) -> tuple[Any, Any]:
        """Without delay, so that thousands of small answers take no seconds."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address


class _Handler(BaseHTTPRequestHandler):
    """One connection to the proxy."""

    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def handle_one_request(self) -> None:
        """Any method is passed on."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        time.sleep(self.proxy.delay)
        fault = self.proxy.fault(self.command, self.path)
        if fault == "hang":
            self.proxy.released.wait()
        if fault in ("hang", "reset", "dead"):
            self._reset()
        elif fault == "429":
            self._answer(Passed(429, [("Retry-After", "1")], b""))
        elif fault == "502":
            self._answer(Passed(502, [("Content-Type", "text/html")], b"<h1>Bad Gateway</h1>"))
        else:
            passed = self.proxy.forward(self.command, self.path, _end_to_end(self.headers.items()), body)
            self._reset() if fault == "reset-after" else self._answer(passed)

    def _answer(self, passed: Passed) -> None:
        self.send_response_only(passed.status)
        for name, value in _end_to_end(passed.headers).items():
            self.send_header(name, value)
        if passed.status != 204:
            self.send_header("Content-Length", str(len(passed.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(passed.content)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def finish(self) -> None:
        """A connection that was reset has nothing left to be written."""
        with suppress(OSError, ValueError):
            super().finish()


def _end_to_end(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers that a proxy passes on (RFC 9110 section 7.6.1)."""
    return {name: value for name, value in headers if name.lower() not in _HOP_BY_HOP}


@contextmanager
def proxied(
    upstream: str, plan: Plan, *, alter: Alter | None = None, delay: float = 0.0
) -> Iterator[FaultProxy]:
    """A proxy before a server, while the block runs."""
    proxy = FaultProxy(upstream, plan, alter, delay=delay)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
