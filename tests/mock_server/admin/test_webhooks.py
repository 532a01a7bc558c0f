"""Callbacks are switched on and off per world; the secret is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.mock_server.admin.conftest import Admin

CALLBACKS = "/worlds/mine/callbacks"
SECRET = "whsec_bW9jay13ZWJob29rLXNpZ25pbmcta2V5"
RUNNING = "5ff19fb0-93f4-48eb-8f93-3353bbc318c5"


@pytest.fixture
def listener() -> Iterator[str]:
    """The address of a server of this machine that takes every message."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hooks"
        server.shutdown()
        thread.join()


def test_callbacks_are_off_until_they_are_set(admin: Admin) -> None:
    assert admin("GET", CALLBACKS).status == 404
    assert admin("DELETE", CALLBACKS).status == 404
    assert admin("GET", "/worlds/mine/deliveries").body == {"items": [], "total": 0}
    put = admin("PUT", CALLBACKS, {"url": "http://127.0.0.1:9/hooks", "secret": SECRET})
    assert (put.status, put.body) == (200, {"url": "http://127.0.0.1:9/hooks"})
    assert admin("GET", CALLBACKS).body == put.body
    assert admin("DELETE", CALLBACKS).status == 204
    assert admin("GET", CALLBACKS).status == 404


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"url": "http://example.com/hooks"}, "example.com"),
        ({"secret": "whsec_mine!"}, "secret"),
        ({"events": ["aimable.nothing.happened"]}, "aimable.syncs.completed"),
    ],
)
def test_what_cannot_be_is_a_conflict_that_quotes_no_secret(
    admin: Admin, change: dict[str, Any], told: str
) -> None:
    refused = admin("PUT", CALLBACKS, {"url": "http://127.0.0.1:9/hooks", "secret": SECRET, **change})
    assert (refused.status, told in refused.detail) == (409, True)
    assert b"mine!" not in refused.response.body
    assert admin("GET", CALLBACKS).status == 404


def test_what_is_no_target_is_refused(admin: Admin) -> None:
    for body in ({}, {"url": "http://127.0.0.1:9/"}, {"url": "ftp://127.0.0.1", "secret": SECRET}):
        assert admin("PUT", CALLBACKS, body).status == 422


def test_a_record_moved_by_hand_is_reported_and_listed(admin: Admin, listener: str) -> None:
    admin("PUT", CALLBACKS, {"url": listener, "secret": SECRET, "events": ["aimable.syncs.*"]})
    admin(
        "PUT", "/worlds/mine/lifecycles/aimable/syncs", {"pace": "by_hand", "steps": 1, "outcome": "failed"}
    )
    assert admin("POST", f"/worlds/mine/collections/aimable/syncs/{RUNNING}/advance").status == 200
    assert admin.engine.world("mine").webhooks.settle(5)
    told = admin("GET", "/worlds/mine/deliveries").body["items"]
    assert [(one["type"], one["status"], one["state"]) for one in told] == [
        ("aimable.syncs.failed", 204, "delivered")
    ]


def test_a_reset_switches_them_off(admin: Admin) -> None:
    admin("PUT", CALLBACKS, {"url": "http://127.0.0.1:9/hooks", "secret": SECRET})
    admin("POST", "/worlds/mine/reset")
    assert admin("GET", CALLBACKS).status == 404


def test_a_world_that_is_not_there_has_none(admin: Admin) -> None:
    path = "/worlds/nobody/callbacks"
    assert admin("GET", path).status == 404
    assert admin("PUT", path, {"url": "http://127.0.0.1:9/hooks", "secret": SECRET}).status == 404
    assert admin("DELETE", path).status == 404
    assert admin("GET", "/worlds/nobody/deliveries").status == 404
