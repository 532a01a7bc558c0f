"""Hostile requests without a network: no exception, no 5xx, no body in answers to HEAD, no long wait."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from io import BytesIO
from time import perf_counter
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from mock_server.app import create_app
from mock_server.console.views import VIEWS
from mock_server.settings import Settings
from tests.hostile.material import HOSTS, ORIGINS, HostileRequest, Material

COUNT = 1500
LONGEST = 5.0
"""Seconds that one answer may take on a busy machine: a walk that is not bounded takes far longer."""


def environ(request: HostileRequest) -> dict[str, Any]:
    """The request as a WSGI server hands it over (PEP 3333)."""
    path, _, query = request.target.partition("?")
    made: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "4010",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_HOST": request.host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        made["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_every_hostile_request_is_answered(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    application, material = create_app(Settings()).wsgi_app, Material(seed)
    statuses: Counter[int] = Counter()
    with caplog.at_level(logging.WARNING):
        for _ in range(COUNT):
            request, started = material.request(), []
            begun = perf_counter()
            body = b"".join(application(environ(request), lambda *values, s=started: s.append(values)))
            status = int(started[0][0][:3])
            assert perf_counter() - begun < LONGEST, request
            assert status < 500, request
            assert not (request.method == "HEAD" and body), request
            statuses[status] += 1
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert {200, 400, 401, 403, 404, 422} <= statuses.keys()


@pytest.mark.parametrize("token", ["", "secret-token-of-a-test"])
def test_every_page_is_answered_under_every_host_and_from_every_origin(token: str) -> None:
    application = create_app(Settings(admin_token=token)).wsgi_app
    parts = {"world": "default", "contract": "aimable", "collection": "connectors"}
    for path, _ in VIEWS.values():
        address = "/__admin" + path
        for name, part in parts.items():
            address = address.replace(f"<{name}>", part)
        for host, origin in [*((host, "") for host in HOSTS), *(("localhost", each) for each in ORIGINS)]:
            headers = (("authorization", f"Bearer {token}"), *([("origin", origin)] if origin else ()))
            request = HostileRequest("GET", address, headers, b"", host)
            started: list[Any] = []
            b"".join(application(environ(request), lambda *values, s=started: s.append(values)))
            assert int(started[0][0][:3]) < 500, request
