"""A line in the log for every request, and no credential in it."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder

from mock_server.pipeline.render import REQUEST_ID
from mock_server.redaction import MASKED
from mock_server.web.access_log import log_request
from mock_server.web.reading import is_admin
from mock_server.web.wsgi import path_of, read
from mock_server.web.wsgi_app import FRONT

KEY = "mock-patchworks-admin"


@pytest.mark.parametrize(
    ("path", "headers", "told"),
    [
        ("/api/v1/connectors?token=x", {}, "/api/v1/connectors 401"),
        (f"/api/v1/connectors/{KEY}", {}, f"/api/v1/connectors/{MASKED} 401"),
        (f"/~logged/api/v1/x{KEY}y", {}, f"/~logged/api/v1/x{MASKED}y 404"),
        ("/~logged", {}, "/~logged/ 404"),
        ("/nowhere/own-key-of-mine", {"X-Api-Key": "own-key-of-mine"}, f"/nowhere/{MASKED} 404"),
        (f"/__admin/worlds/{KEY}", {}, f"/__admin/worlds/{MASKED} 404"),
        (
            "/__admin/worlds/own-token-of-mine",
            {"Authorization": "Bearer own-token-of-mine"},
            f"/__admin/worlds/{MASKED} 404",
        ),
        (f"/~No-World/{KEY}", {}, f"/~No-World/{MASKED} 400"),
        ("/a%20b%0ac", {}, "/a%20b%0Ac 404"),
    ],
)
def test_a_line_has_method_path_and_status_on_one_line_without_credentials(
    shipped: Flask, caplog: pytest.LogCaptureFixture, path: str, headers: dict[str, str], told: str
) -> None:
    caplog.set_level(logging.INFO, "mock_server.access")
    environ = EnvironBuilder(path, headers=headers).get_environ()
    front, request = shipped.extensions[FRONT], read(environ)
    response = front.admin(request) if is_admin(path_of(environ)) else front.contract(request)
    log_request(front.engine, request, response.status, response.headers.get(REQUEST_ID, ""), 0.001)
    (line,) = [one.getMessage() for one in caplog.records if one.name == "mock_server.access"]
    assert line.startswith(f"GET {told} ")
