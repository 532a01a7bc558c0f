"""A mock server in the same process, without a socket, for httpx clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import httpx

from mock_server.web.delivery import CutOffError
from mock_server.web.wsgi import StartResponse

BASE_URL = "http://localhost"
"""The URL of the mock. The admin API requires a loopback name."""


def transport(application: Any) -> httpx.WSGITransport:
    """A transport to a mock in this process. Faults that break the connection raise the same httpx errors as
    on a socket.

    application: a WSGI application.
    """

    def call(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        return _body(application, environ, start_response)

    return httpx.WSGITransport(call)


def _body(application: Any, environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
    try:
        yield from application(environ, start_response)
    except CutOffError as error:
        raise httpx.ReadError(str(error)) from None
