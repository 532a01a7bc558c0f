"""A mock without a socket, for clients made of httpx."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import httpx

from mock_server.web.delivery import CutOffError
from mock_server.web.wsgi import StartResponse

BASE_URL = "http://localhost"
"""Where the mock seems to be: a loopback name, as its admin API asks for."""


def transport(application: Any) -> httpx.WSGITransport:
    """The way to a mock in this process. Faults that break a connection are httpx's own errors, as they are
    on a socket."""

    def played(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        return _arriving(application, environ, start_response)

    return httpx.WSGITransport(played)


def _arriving(application: Any, environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
    try:
        yield from application(environ, start_response)
    except CutOffError as error:
        raise httpx.ReadError(str(error)) from None
