"""Converts between WSGI and our own Request and Response."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO
from time import sleep
from typing import Any

from mock_server.messages import Request, Response
from mock_server.web.delivery import CutOffError, paced
from mock_server.web.reading import read_request

StartResponse = Callable[..., Any]
WsgiApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_PHRASES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_BODILESS = frozenset({204, 304})


def path_of(environ: dict[str, Any]) -> str:
    """The percent-decoded path. WSGI texts are bytes decoded as Latin-1; what is not UTF-8 is replaced."""
    path: str = environ.get("PATH_INFO", "") or "/"
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")


def read(environ: dict[str, Any]) -> Request:
    """The request in an environ."""
    return read_request(
        environ["REQUEST_METHOD"],
        path_of(environ),
        environ.get("QUERY_STRING", ""),
        _headers(environ),
        _body(environ),
        scheme=environ["wsgi.url_scheme"],
        server=f"{environ.get('SERVER_NAME', '127.0.0.1')}:{environ.get('SERVER_PORT', '80')}",
        peer=environ.get("REMOTE_ADDR", ""),
    )


def send(response: Response, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Start a WSGI response and return its body, in the way its delivery demands. A wait holds the server's
    thread, because WSGI has no other way to wait.

    Raises CutOffError for a connection that must break.
    """
    delivery = response.delivery
    if delivery.wait:
        sleep(delivery.wait)
    if delivery.reset:
        raise CutOffError("the connection was reset by a fault")
    headers = list(response.headers.items())
    if environ["REQUEST_METHOD"] == "HEAD":
        response = replace(response, body=b"")
    elif response.status not in _BODILESS:
        headers.append(("Content-Length", str(len(response.body))))
    phrase = _PHRASES.get(response.status, f"{response.status} Status")
    write = start_response(phrase, [(name, _header_safe(value)) for name, value in headers])
    if delivery.pace is not None or delivery.cut is not None:
        write(b"")  # sends the headers at once, also where nothing of the body follows
        return paced(response.body, delivery)
    return [response.body] if response.body else []


def called(application: WsgiApplication, request: Request) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of the answer that a WSGI application gives to a request at once."""
    started: list[Any] = []
    answer = application(_environ(request), lambda *values: started.extend(values))
    try:
        body = b"".join(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
    return int(started[0][:3]), started[1], body


def _environ(request: Request) -> dict[str, Any]:
    """The environ of a request (PEP 3333)."""
    scheme, _, host = request.base_url.partition("://")
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        name, port = host, "443" if scheme == "https" else "80"
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": name,
        "SERVER_PORT": port,
        "REMOTE_ADDR": request.peer,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for header, value in request.headers.items():
        environ[f"HTTP_{header.upper().replace('-', '_')}"] = value
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ["CONTENT_LENGTH"] = str(len(request.body))
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body is whole
    return environ


def _header_safe(value: str) -> str:
    return value.encode("latin-1", "replace").decode("latin-1").replace("\r", " ").replace("\n", " ")


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {
        key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    return headers


def _body(environ: dict[str, Any]) -> bytes:
    stream = environ.get("wsgi.input")
    length = environ.get("CONTENT_LENGTH") or ""
    if stream is None:
        return b""
    if length.isdecimal():
        return bytes(stream.read(int(length)))
    return bytes(stream.read()) if environ.get("wsgi.input_terminated") else b""
