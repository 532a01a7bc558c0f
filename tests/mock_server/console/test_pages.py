"""The console's pages over WSGI: they answer, keep strangers and secrets out, load nothing foreign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mock_server.app import create_app
from mock_server.console.views import VIEWS
from mock_server.settings import Settings

CONNECTOR = "c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"
SECRET = "mock-ya29-onboarding-drive"
PROVIDERS = "/api-proxy/v1/admin/connector-providers"
ADDRESSES = {
    "worlds": "/",
    "world": "/ui/worlds/mine",
    "requests": "/ui/worlds/mine/requests",
    "explain": "/ui/worlds/mine/requests/mine.1",
    "state": "/ui/worlds/mine/state",
    "collection": "/ui/worlds/mine/state/aimable/syncs",
    "record": f"/ui/worlds/mine/state/aimable/connectors/{CONNECTOR}",
    "snapshots": "/ui/snapshots",
    "compare": "/ui/compare?left=snapshot:saved&right=world:default",
    "scenarios": "/ui/scenarios",
    "contracts": "/ui/contracts",
    "reference": "/ui/contracts/aimable/reference",
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(Settings(strict_replies=True))


@pytest.fixture
def reader(app: Flask) -> Iterator[FlaskClient]:
    """Somebody on this machine, with a world of their own, one request made in it, and a snapshot of it."""
    client = app.test_client()
    client.post("/__admin/worlds", json={"name": "mine"})
    client.get(PROVIDERS, headers={"X-Mock-World": "mine", "Authorization": "Bearer mock-aimable-admin"})
    client.post("/__admin/snapshots", json={"name": "saved", "world": "mine"})
    yield client
    client.delete("/__admin/worlds/mine")
    client.delete("/__admin/snapshots/saved")


class ServerContext(HTMLParser):
    """What a page loads and runs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.loaded += [found[name] or "" for name in ("src", "action") if name in found]
        self.loaded += [found["href"] or ""] if tag == "link" else []
        self.inline += [name for name in found if name.startswith("on") or name == "style"]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in found) else []


def test_every_page_is_asked_for_here() -> None:
    assert ADDRESSES.keys() == VIEWS.keys()


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_page_answers_and_runs_nothing_but_our_own_files(reader: FlaskClient, name: str) -> None:
    answer = reader.get(f"/__admin{ADDRESSES[name]}")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    parts = ServerContext(answer.text)
    assert parts.inline == []
    assert [one for one in parts.loaded if not one.startswith("/__admin/")] == []
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "frame-ancestors 'none'" in policy


def test_the_address_without_a_slash_leads_to_the_first_page(reader: FlaskClient) -> None:
    assert reader.get("/__admin", follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/ui/worlds/never-made", "/ui/contracts/unknown/reference", "/ui/nowhere", "/ui/worlds/mine/x"],
)
def test_what_is_not_there_is_a_page_that_says_so(reader: FlaskClient, address: str) -> None:
    answer = reader.get(f"/__admin{address}")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_looking_at_a_world_that_is_not_there_does_not_make_it(reader: FlaskClient) -> None:
    reader.get("/__admin/ui/worlds/never-made")
    assert reader.get("/__admin/worlds/never-made").status_code == 404


@pytest.mark.parametrize("name", [*ADDRESSES])
def test_a_foreign_host_name_sees_no_page(reader: FlaskClient, name: str) -> None:
    answer = reader.get(f"/__admin{ADDRESSES[name]}", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert "mine" not in answer.text


@pytest.mark.parametrize("name", ["record", "collection", "explain", "compare"])
def test_no_page_shows_a_credential(reader: FlaskClient, name: str) -> None:
    text = reader.get(f"/__admin{ADDRESSES[name]}").text
    assert SECRET not in text
    assert "mock-aimable-admin" not in text


def test_a_record_is_text_whatever_it_holds(reader: FlaskClient) -> None:
    path = "/__admin/worlds/mine/collections/aimable/providers/slack"
    record = reader.get(path).json["record"] | {"display_name": "<iframe onload=alert(1)>'\""}
    assert reader.put(path, json=record).status_code == 200
    for page in ("providers", "providers/slack"):
        text = reader.get(f"/__admin/ui/worlds/mine/state/aimable/{page}").text
        assert "<iframe" not in text
        assert "&lt;iframe" in text


def test_the_script_that_draws_references_and_the_documents_it_draws_are_served(reader: FlaskClient) -> None:
    with reader.get("/__admin/ui/renderer.js") as script:
        assert (script.mimetype, "createApiReference" in script.text) == ("text/javascript", True)
    for contract in ("aimable", "admin"):
        page = reader.get(f"/__admin/ui/contracts/{contract}/reference").text
        document = re.search(r'data-document="([^"]+)"', page)
        assert document is not None
        assert reader.get(document[1]).json["openapi"] == "3.1.0"


def test_a_server_with_a_token_asks_for_it_once() -> None:
    client = create_app(Settings(admin_token="open-sesame")).test_client()
    refused = client.get("/__admin/")
    assert refused.status_code == 401
    assert re.search(r'<input name="token" type="password"', refused.text)
    entered = client.post("/__admin/ui/token", data={"token": "open-sesame"})
    assert entered.status_code == 303
    cookie = entered.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/__admin"))
    assert client.get("/__admin/").status_code == 200
    assert client.get("/__admin/worlds").status_code == 200


@pytest.mark.parametrize(
    "page",
    [
        "/__admin/ui/worlds/default/requests/default.1",
        "/__admin/ui/compare?left=snapshot:saved&right=world:default",
        "/__admin/ui/worlds/default/state/aimable/connectors/a%20b",
    ],
)
def test_a_user_who_enters_the_token_comes_to_the_page_they_asked_for(page: str) -> None:
    client = create_app(Settings(admin_token="open-sesame")).test_client()
    kept = re.search(r'name="page" value="([^"]+)"', client.get(page).text)
    assert kept is not None
    entered = client.post("/__admin/ui/token", data={"token": "open-sesame", "page": unescape(kept[1])})
    assert entered.headers["Location"] == page


@pytest.mark.parametrize(
    "page",
    [
        "",
        "https://example.com/__admin/",
        "//example.com/__admin/",
        "/\\example.com/__admin/",
        "/__admin/../v1",
        "/__admin/%2E%2e/v1",
        "/__admin/..\\v1",
        "/__admin/\r\nX: 1",
        "/__administrator",
        "javascript:alert(1)",
    ],
)
def test_the_token_leads_nowhere_outside_the_console(page: str) -> None:
    client = create_app(Settings(admin_token="open-sesame")).test_client()
    entered = client.post("/__admin/ui/token", data={"token": "open-sesame", "page": page})
    assert entered.headers["Location"] == "/__admin/"
