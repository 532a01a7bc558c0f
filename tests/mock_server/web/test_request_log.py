"""The request log: what a line says, that no credential is in it, and that nothing waits for it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder

from mock_server.redaction import MASKED
from mock_server.web.reading import is_admin
from mock_server.web.request_log import LogForm, RequestLog
from mock_server.web.wsgi import path_of, read
from mock_server.web.wsgi_app import FRONT

KEY = "mock-patchworks-admin"
CONNECTORS = (
    "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
    "/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
)


def logged(
    app: Flask,
    *requests: tuple[str, dict[str, str]],
    form: LogForm = "text",
    stream: io.StringIO | None = None,
) -> list[str]:
    """The lines of these requests, each a path with headers."""
    front, written = app.extensions[FRONT], stream or io.StringIO()
    log = RequestLog(front.engine, written, form=form, with_admin=True)
    for path, headers in requests:
        environ = EnvironBuilder(path, headers=headers).get_environ()
        request = read(environ)
        response = front.admin(request) if is_admin(path_of(environ)) else front.contract(request)
        log.add(request, response.status, response.headers, 0.001)
    log.close()
    return written.getvalue().splitlines()


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("path", "headers", "line"),
    [
        ("/api/v1/connectors?token=x", {}, "GET /api/v1/connectors listConnectors 401"),
        (f"/api/v1/connectors/{KEY}", {}, f"GET /api/v1/connectors/{MASKED} showConnector 401"),
        (f"/~logged/api/v1/x{KEY}y", {}, f"GET /~logged/api/v1/x{MASKED}y 404"),
        ("/~logged", {}, "GET /~logged/ 404"),
        ("/nowhere/own-key-of-mine", {"X-Api-Key": "own-key-of-mine"}, f"GET /nowhere/{MASKED} 404"),
        (f"/__admin/worlds/{KEY}", {}, f"GET /__admin/worlds/{MASKED} 404"),
        (
            "/__admin/worlds/own-token-of-mine",
            {"Authorization": "Bearer own-token-of-mine"},
            f"GET /__admin/worlds/{MASKED} 404",
        ),
        (f"/~No-World/{KEY}", {}, f"GET /~No-World/{MASKED} 400"),
        ("/a%20b%0ac", {}, "GET /a%20b%0Ac 404"),
    ],
)
def test_a_line_has_method_path_and_status_on_one_line_without_credentials(
    shipped: Flask, path: str, headers: dict[str, str], line: str
) -> None:
    (written,) = logged(shipped, (path, headers))
    assert line in written
    assert KEY not in written


@pytest.mark.parametrize(
    ("path", "headers", "line"),
    [
        (
            CONNECTORS,
            {"Authorization": "Bearer mock-aimable-member"},
            "default member GET …/collections/9c8d…/connectors listCollectionConnectors 200 1.0 ms",
        ),
        (
            f"{CONNECTORS}?limit=101",
            {"Authorization": "Bearer mock-aimable-member", "X-Mock-World": "ann"},
            "422 1.0 ms query limit breaks maximum (100)",
        ),
        (
            "/api-proxy/v1/admin/connector-providers",
            {"Authorization": "Bearer mock-aimable-member"},
            "403 1.0 ms member lacks admin",
        ),
        (
            "/api/v1/connectors",
            {"Authorization": "mock-patchworks-expired-key"},
            "401 1.0 ms the credential of expired expired at 2026-01-01",
        ),
        (
            "/api/v1/connector",
            {},
            "default - GET /api/v1/connector 404 1.0 ms nearest: GET /api/v1/connectors (patchworks.",
        ),
        (
            "/api/v1/connectors",
            {"Prefer": "code=200"},
            "the Prefer header asked for code=200, no credential was sent",
        ),
    ],
)
def test_a_line_says_who_asked_for_what_and_why_it_was_refused(
    shipped: Flask, path: str, headers: dict[str, str], line: str
) -> None:
    (written,) = logged(shipped, (path, headers))
    assert line in written


def test_a_program_gets_the_same_facts_as_json(shipped: Flask) -> None:
    (line,) = logged(shipped, ("/api/v1/connectors", {}), form="json")
    facts: dict[str, Any] = json.loads(line)
    assert facts.pop("time")
    assert facts.pop("id").startswith("default.")
    assert facts == {
        "world": "default",
        "principal": None,
        "method": "GET",
        "path": "/api/v1/connectors",
        "contract": "patchworks",
        "operation": "listConnectors",
        "status": 401,
        "ms": 1.0,
        "why": "no credential was sent",
        "nearest": "",
    }


def test_a_terminal_gets_colours_unless_the_user_wants_none(
    shipped: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    request: tuple[str, dict[str, str]] = ("/api/v1/connectors", {})
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in logged(shipped, request, stream=Terminal())[0]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in logged(shipped, request, stream=Terminal())[0]


def test_more_requests_than_a_terminal_can_show_are_counted(shipped: Flask) -> None:
    front, stream = shipped.extensions[FRONT], Terminal()
    log = RequestLog(front.engine, stream, form="text", with_admin=False)
    request = read(EnvironBuilder("/nowhere").get_environ())
    for _ in range(1000):
        log.add(request, 404, {}, 0.001)
    log.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) < 200
    assert any(" more" in line for line in lines)
