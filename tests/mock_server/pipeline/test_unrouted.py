"""What a request gets that no contract has an operation for."""

from __future__ import annotations

from mock_server.app import build_engine
from mock_server.messages import Request
from mock_server.settings import Settings

ENGINE = build_engine(Settings(contracts=("patchworks", "fastapi_platform")))


def test_a_404_names_the_nearest_operation() -> None:
    response = ENGINE.handle(Request("GET", "/api/v1/connector"))
    assert response.status == 404
    assert response.headers["X-Mock-Nearest"] == "GET /api/v1/connectors (patchworks.listConnectors)"


def test_a_404_that_resembles_nothing_names_no_operation() -> None:
    response = ENGINE.handle(Request("GET", "/nothing/of/the/kind"))
    assert response.status == 404
    assert "X-Mock-Nearest" not in response.headers


def test_a_browser_at_the_root_is_led_to_the_console_and_a_program_is_not() -> None:
    page = ENGINE.handle(Request("GET", "/", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}))
    assert (page.status, page.headers["Location"]) == (307, "/__admin/")
    assert ENGINE.handle(Request("GET", "/", headers={"accept": "*/*"})).status == 404
