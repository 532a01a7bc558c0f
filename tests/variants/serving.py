"""Serving an application over real HTTP, for as long as a context lasts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
import waitress.server


@contextmanager
def asgi_server(app: Any) -> Iterator[str]:
    """An ASGI application under uvicorn on a free port; yields its base URL. Raises OSError, RuntimeError."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=2)
    )
    listening = _free_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    waiting = threading.Event()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("uvicorn did not start")
            waiting.wait(0.01)
        yield _address(listening)
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


@contextmanager
def wsgi_server(app: Any) -> Iterator[str]:
    """A WSGI application under waitress on a free port; yields its base URL. Raises OSError."""
    listening = _free_socket()
    server = waitress.server.create_server(app, sockets=[listening], threads=8, ident=None)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield _address(listening)
    finally:
        # Its thread may close it between the note of what to do and the write that wakes it.
        with suppress(OSError):
            server.trigger.pull_trigger(server.close)
        thread.join(10)


def _free_socket() -> socket.socket:
    # With the protocol named, asyncio switches Nagle off: each reply waits 40 ms for an acknowledgement else.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(64)
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"
