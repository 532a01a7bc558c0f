"""Which world a request is for: by header, by path, by host name; and what leads on stays inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from mock_server.app import create_app
from mock_server.settings import Settings

PLATFORM = "/v1/admin/connector-providers"
PATCHWORKS = "/api/v1/connectors"
KEY = {"X-API-Key": "mock-platform-admin-key"}
BEARER = {"Authorization": "Bearer mock-patchworks-admin"}


@pytest.fixture(scope="module")
def client() -> Client:
    return create_app(Settings(strict_replies=True, max_worlds=12)).test_client()


@pytest.fixture(autouse=True)
def _clean(client: Client) -> Iterator[None]:
    yield
    for world in client.get("/__admin/worlds").json["items"][1:]:  # type: ignore[index]
        client.delete(f"/__admin/worlds/{world['name']}")


def world_of(response: Response) -> str:
    """The world that answered."""
    assert response.status_code == 200
    return str(response.headers["X-Mock-Request-Id"].rpartition(".")[0])


def next_of(response: Response) -> Any:
    """The address of the next page."""
    assert response.json is not None
    return response.json["links"]["next"]


CHOICES = [
    ("", {}, "http://localhost:4010", "default"),
    ("", {"X-Mock-World": "a"}, "http://localhost:4010", "a"),
    ("/~b", {}, "http://localhost:4010", "b"),
    ("/%7Eb", {}, "http://localhost:4010", "b"),
    ("", {}, "http://c.localhost:4010", "c"),
    ("", {}, "http://C.LocalHost:4010", "c"),
    ("", {}, "http://c.localhost", "c"),
    ("", {}, "http://127.0.0.1:4010", "default"),
    ("", {}, "http://[::1]:4010", "default"),
    ("", {}, "http://localhost.example.org", "default"),
    ("/~b", {}, "http://c.localhost", "b"),
    ("/~b", {"X-Mock-World": "a"}, "http://c.localhost", "a"),
    ("", {"X-Mock-World": "a"}, "http://c.localhost", "a"),
    ("", {"X-Mock-World": "default"}, "http://c.localhost", "default"),
]


@pytest.mark.parametrize(("prefix", "headers", "base", "expected"), CHOICES)
def test_a_header_counts_before_a_path_before_a_host_name(
    client: Client, prefix: str, headers: dict[str, str], base: str, expected: str
) -> None:
    assert world_of(client.get(prefix + PLATFORM, headers={**KEY, **headers}, base_url=base)) == expected


def test_what_is_written_in_one_world_is_not_in_another(client: Client) -> None:
    setup = f"{PLATFORM}/google-workspace/setup"
    client.delete(f"/~a{setup}", headers=KEY)
    client.post(f"/~b{setup}", json={"x": 1}, headers=KEY)
    shown = {
        name: client.get(f"/~{name}{PLATFORM}/google-workspace", headers=KEY).json for name in ("a", "b", "c")
    }
    told = {name: one["data"]["setup_complete"] for name, one in shown.items()}  # type: ignore[index]
    assert (told["a"], told["b"]) == (False, True)
    assert shown["c"] == client.get(f"{PLATFORM}/google-workspace", headers=KEY).json


def test_pages_lead_on_inside_the_world_their_path_named(client: Client) -> None:
    page = client.get(f"/~a{PATCHWORKS}?per_page=2", headers=BEARER, base_url="http://localhost:4010")
    assert page.json is not None
    assert page.json["meta"]["path"] == f"http://localhost:4010/~a{PATCHWORKS}"
    following = urlsplit(next_of(page))
    assert (following.netloc, following.path) == ("localhost:4010", f"/~a{PATCHWORKS}")
    second = client.get(f"{following.path}?{following.query}", headers=BEARER)
    assert world_of(second) == "a"
    assert second.json is not None
    assert second.json["meta"]["current_page"] == 2


def test_pages_lead_on_at_the_host_that_named_the_world(client: Client) -> None:
    page = client.get(f"{PATCHWORKS}?per_page=2", headers=BEARER, base_url="http://c.localhost:4010")
    following = urlsplit(next_of(page))
    assert (following.netloc, following.path) == ("c.localhost:4010", PATCHWORKS)


def test_a_redirect_stays_inside_the_world(client: Client) -> None:
    sent = client.get(f"/~a{PLATFORM}/", headers=KEY, base_url="http://localhost:4010")
    assert (sent.status_code, sent.location) == (307, f"http://localhost:4010/~a{PLATFORM}")


def test_a_prefix_alone_is_the_root_of_its_world(client: Client) -> None:
    for path in ("/~a", "/~a/"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["X-Mock-Request-Id"].partition(".")[0]) == (404, "a")


def test_the_admin_api_is_no_part_of_a_world(client: Client) -> None:
    assert client.get("/~a/__admin/health").status_code == 404


NO_NAMES = ["A", "a_b", "-a", "a-", "a.b", "a" * 64, "ä", "%00", "a b", "~", "*"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_no_world_is_made_of_what_is_no_name(client: Client, name: str) -> None:
    for answer in (
        client.get(f"/~{name}{PLATFORM}", headers=KEY),
        client.get(PLATFORM, headers={**KEY, "X-Mock-World": name.encode().decode("latin-1")}),
    ):
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
        assert answer.json is not None
        assert answer.json["status"] == 400
    assert len(client.get("/__admin/worlds").json["items"]) == 1  # type: ignore[index]


@pytest.mark.parametrize("base", ["http://a.b.localhost", "http://a_b.localhost"])
def test_a_host_under_localhost_that_is_no_name_is_refused(client: Client, base: str) -> None:
    assert client.get(PLATFORM, headers=KEY, base_url=base).status_code == 400


@pytest.mark.parametrize(
    "chosen", [{"path": f"/~{PLATFORM}"}, {"path": PLATFORM, "headers": {"X-Mock-World": ""}}]
)
def test_an_empty_name_is_none(client: Client, chosen: dict[str, Any]) -> None:
    assert client.get(**chosen).status_code == 400


@pytest.mark.parametrize("name", ["a", "9", "a-b", "a--b", "a" * 63, "0-9"])
def test_any_label_in_lower_case_is_a_name(client: Client, name: str) -> None:
    assert world_of(client.get(f"/~{name}{PLATFORM}", headers=KEY)) == name


def test_more_worlds_than_the_server_keeps_are_refused_and_the_others_go_on(client: Client) -> None:
    answers = [client.get(f"/~w{number}{PLATFORM}", headers=KEY) for number in range(12)]
    assert [one.status_code for one in answers] == [200] * 11 + [503]
    assert answers[-1].content_type == "application/problem+json"
    assert "--max-worlds" in answers[-1].text
    assert world_of(client.get(f"/~w3{PLATFORM}", headers=KEY)) == "w3"
    client.delete("/__admin/worlds/w3")
    assert world_of(client.get(f"/~w11{PLATFORM}", headers=KEY)) == "w11"
