"""Converts between WSGI and our own Request and Response, for any bytes that a client may send."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from mock_server.messages import Request, Response
from mock_server.web.delivery import hold, paced, reset
from mock_server.web.worlds import chosen

StartResponse = Callable[..., Any]

_PHRASES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_BODILESS = frozenset({204, 304})


def is_admin(environ: dict[str, Any]) -> bool:
    """Whether a request is for the admin API."""
    path: str = environ.get("PATH_INFO", "")
    return path == "/__admin" or path.startswith("/__admin/")


def is_page(environ: dict[str, Any]) -> bool:
    """Whether a request is for the console: its first page, its pages below ui/ and its static files."""
    path: str = environ.get("PATH_INFO", "")
    return path in {"/__admin", "/__admin/"} or path.startswith(("/__admin/ui/", "/__admin/static/"))


def read(environ: dict[str, Any]) -> Request:
    """The request in an environ. WSGI texts are bytes decoded as Latin-1; what is not UTF-8 is replaced."""
    headers, host = _headers(environ), _host(environ)
    world, path, prefix = chosen(_text(environ.get("PATH_INFO", "")) or "/", headers, host)
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=_body(environ),
        base_url=f"{environ['wsgi.url_scheme']}://{host}{prefix}",
        world=world,
        peer=environ.get("REMOTE_ADDR", ""),
    )


def send(response: Response, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Start a WSGI response and return its body, in the way its delivery demands.

    Raises CutOffError for a connection that must break.
    """
    delivery = response.delivery
    if delivery.wait:
        hold(environ, delivery.wait)
    if delivery.reset:
        reset(environ)
    headers = list(response.headers.items())
    if response.status not in _BODILESS and environ["REQUEST_METHOD"] != "HEAD":
        headers.append(("Content-Length", str(len(response.body))))
    phrase = _PHRASES.get(response.status, f"{response.status} Status")
    write = start_response(phrase, [(name, _header_safe(value)) for name, value in headers])
    if delivery.pace is not None or delivery.cut is not None:
        write(b"")  # sends the headers at once, also where nothing of the body follows
        return paced(response.body, delivery, environ)
    return [response.body] if response.body else []


def _header_safe(value: str) -> str:
    return value.encode("latin-1", "replace").decode("latin-1").replace("\r", " ").replace("\n", " ")


def _text(value: str) -> str:
    return value if value.isascii() else value.encode("latin-1", "replace").decode("utf-8", "replace")


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {
        key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    return headers


def _host(environ: dict[str, Any]) -> str:
    host: str = environ.get("HTTP_HOST", "")
    if host and all(character.isalnum() or character in ".-:[]_" for character in host):
        return host
    return f"{environ.get('SERVER_NAME', '127.0.0.1')}:{environ.get('SERVER_PORT', '80')}"


def _body(environ: dict[str, Any]) -> bytes:
    stream = environ.get("wsgi.input")
    length = environ.get("CONTENT_LENGTH") or ""
    if stream is None:
        return b""
    if length.isdecimal():
        return bytes(stream.read(int(length)))
    return bytes(stream.read()) if environ.get("wsgi.input_terminated") else b""
