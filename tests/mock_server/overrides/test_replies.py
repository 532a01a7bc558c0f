"""Replies of one's own, sequences, templates and conditions, asked over HTTP through the typed client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from mock_server.app import create_app
from mock_server.clock import from_rfc3339
from mock_server.settings import Settings
from mock_server.testing.client import Admin, AdminError, WorldAdmin
from mock_server.testing.in_process import BASE_URL, transport

CONNECTORS = (
    "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
    "/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
)
DRIVE = f"{CONNECTORS}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"
OUTSIDE = "X-Mock-Outside-Contract"

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def way() -> httpx.WSGITransport:
    settings = Settings(strict_replies=True, start_time=from_rfc3339("2026-11-20T09:00:00Z"))
    return transport(create_app(settings))


@pytest.fixture
def admin(way: httpx.WSGITransport) -> Iterator[Admin]:
    with Admin(BASE_URL, transport=way) as admin:
        yield admin


@pytest.fixture
def world(admin: Admin) -> Iterator[WorldAdmin]:
    """A fresh world."""
    world = admin.create("own")
    yield world
    world.delete()


@pytest.fixture
def ask(way: httpx.WSGITransport) -> Iterator[Ask]:
    """Ask the API in that world as a member of the space."""
    headers = {"X-Mock-World": "own", "Authorization": "Bearer mock-aimable-member"}
    with httpx.Client(base_url=BASE_URL, transport=way, headers=headers) as client:
        yield client.request


def test_any_response_can_be_given_and_one_outside_the_contract_says_so(
    admin: Admin, world: WorldAdmin, ask: Ask
) -> None:
    world.overrides.next(
        operation="listCollectionConnectors",
        reply={"status": 500, "headers": {"X-Trace": "abc"}, "json": {"error": "maintenance"}},
    )
    reply = ask("GET", CONNECTORS)
    assert (reply.status_code, reply.json()) == (500, {"error": "maintenance"})
    assert (reply.headers["X-Trace"], reply.headers["Content-Type"]) == ("abc", "application/json")
    assert reply.headers[OUTSIDE] == "the status 500 is not declared"
    assert admin.explain(reply.headers["X-Mock-Request-Id"])["interfered"]["override"] == {
        "override": "override-1",
        "reply": 500,
        "outside_contract": "the status 500 is not declared",
    }
    assert ask("GET", CONNECTORS).status_code == 200


@pytest.mark.parametrize(
    ("reply", "outside"),
    [
        ({"json": {"data": [], "meta": {"next_cursor": None, "has_more": False}}}, None),
        ({"json": {"data": [{"id": 3}], "meta": {}}}, "breaks type"),
        ({"body": "<h1>down</h1>", "headers": {"content-type": "text/html"}}, "text/html is not declared"),
        ({"body": "{", "headers": {"Content-Type": "application/json"}}, "the body is not JSON"),
        ({"status": 403, "json": {"detail": "Not yours"}}, None),
    ],
)
def test_what_a_response_breaks_of_the_contract_is_marked(
    world: WorldAdmin, ask: Ask, reply: dict[str, Any], outside: str | None
) -> None:
    world.overrides.next(operation="listCollectionConnectors", reply=reply)
    given = ask("GET", CONNECTORS)
    assert (OUTSIDE in given.headers) == (outside is not None)
    assert (outside or "") in given.headers.get(OUTSIDE, "")


def test_a_status_without_a_body_has_the_documented_one_or_the_platforms(world: WorldAdmin, ask: Ask) -> None:
    world.overrides.next(operation="listCollectionConnectors", sequence=[{"status": 403}, {"status": 503}])
    documented, worded = ask("GET", CONNECTORS), ask("GET", CONNECTORS)
    assert documented.status_code == 403
    assert documented.json()["detail"]
    assert OUTSIDE not in documented.headers
    assert (worded.status_code, worded.json()) == (503, {"detail": "Service Unavailable"})
    assert worded.headers[OUTSIDE] == "the status 503 is not declared"


def test_a_sequence_returns_to_the_usual_response_or_stays_with_its_last(world: WorldAdmin, ask: Ask) -> None:
    steps: Any = [{"status": 503, "delay": 0.01}, "normal", {"status": 500, "body": "late"}]
    world.overrides.next(operation="listCollectionConnectors", sequence=steps)
    assert [ask("GET", CONNECTORS).status_code for _ in range(4)] == [503, 200, 500, 200]
    stays = world.overrides.next(operation="listCollectionConnectors", sequence=steps, times="unlimited")
    assert [ask("GET", CONNECTORS).status_code for _ in range(5)] == [503, 200, 500, 500, 500]
    assert world.overrides.get(stays["id"])["left"] == "unlimited"
    world.save("in-the-middle")
    world.overrides.remove(stays["id"])
    assert ask("GET", CONNECTORS).status_code == 200
    world.restore("in-the-middle")
    assert ask("GET", CONNECTORS).status_code == 500


def test_a_template_has_the_values_of_the_request(world: WorldAdmin, ask: Ask) -> None:
    template = {
        "id": "{{ path.connector_id }}",
        "page": "{{ query.page | int + 1 }}",
        "echo": "{{ body }}",
        "words": "{{ method }} {{ headers['x-plan'] | default('free') }} {{ call }}",
    }
    world.overrides.next(operation="updateCollectionConnector", reply={"template": template})
    sent = {"scope_config": {"x": ["{{ 7 }}"]}, "items": 3}
    reply = ask("PATCH", f"{DRIVE}?page=4", json=sent)
    assert reply.json() == {
        "id": DRIVE.rpartition("/")[2],
        "page": 5,
        "echo": sent,
        "words": "PATCH free 1",
    }
    text = "[{% for name in body.names %}{{ name | tojson }}{% if not loop.last %},{% endif %}{% endfor %}]"
    world.overrides.next(operation="updateCollectionConnector", reply={"template": text})
    names = ['a "quoted" one', "{% raw %}", "ü"]
    reply = ask("PATCH", DRIVE, json={"names": names})
    assert (reply.json(), reply.headers["Content-Type"]) == (names, "application/json")


def test_a_template_that_fails_for_a_request_says_so(world: WorldAdmin, ask: Ask) -> None:
    world.overrides.next(operation="getCollectionConnector", reply={"template": "{{ query.page + 1 }}"})
    reply = ask("GET", f"{DRIVE}?page=x")
    assert reply.status_code == 500
    assert reply.json()["detail"].startswith("The template of the override override-1 cannot be rendered")


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}{{ range(10**9) }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 'a' | center(1000000000) }}",
        "{% for a in body %}{% for b in body %}x{% endfor %}{% endfor %}",
        "{% include 'secrets' %}",
        "{% macro m() %}{{ m() }}{% endmacro %}",
        "{{ body.x.format(1) }}",
        "{{",
        "{{ boddy.id }}",
        "{{ self }}",
        "{{ body" + ".a" * 9000 + " }}",
        "{{ " + "not " * 4000 + "body }}",
    ],
)
def test_a_template_cannot_do_more_than_show_values(world: WorldAdmin, template: str) -> None:
    with pytest.raises(AdminError) as refused:
        world.overrides.next(operation="getCollectionConnector", reply={"template": template})
    assert refused.value.status == 422
    assert "reply.template" in str(refused.value)


@pytest.mark.parametrize(
    ("when", "hit", "missed"),
    [
        (
            {"path": {"connector_id": DRIVE.rpartition("/")[2]}},
            ("PATCH", DRIVE),
            ("PATCH", f"{CONNECTORS}/x"),
        ),
        ({"query": {"limit": "2"}}, ("PATCH", f"{DRIVE}?limit=1&limit=2"), ("PATCH", f"{DRIVE}?limit=22")),
        ({"query": {"limit": 2}}, ("PATCH", f"{DRIVE}?limit=2"), ("PATCH", DRIVE)),
        ({"query": {"limit": False}}, ("PATCH", DRIVE), ("PATCH", f"{DRIVE}?limit=2")),
        ({"query": {"q": {"pattern": "^a"}}}, ("PATCH", f"{DRIVE}?q=ab"), ("PATCH", f"{DRIVE}?q=ba")),
        ({"headers": {"User-Agent": {"pattern": "httpx"}}}, ("PATCH", DRIVE), None),
        ({"headers": {"X-Plan": True}}, None, ("PATCH", DRIVE)),
        ({"body": {"$.scope_config.n": 1}}, ("PATCH", DRIVE), None),
        ({"body": {"$.scope_config.n": True}}, None, ("PATCH", DRIVE)),
        ({"body": {"$..n": 1, "$.other": 2}}, None, ("PATCH", DRIVE)),
        ({"body": {"required": ["scope_config"]}}, ("PATCH", DRIVE), ("GET", DRIVE)),
        ({"method": "PATCH"}, ("PATCH", DRIVE), ("GET", DRIVE)),
        ({"role": "member"}, ("PATCH", DRIVE), None),
        ({"role": "admin"}, None, ("PATCH", DRIVE)),
        ({"world": "o*n"}, ("PATCH", DRIVE), None),
        ({"world": "other"}, None, ("PATCH", DRIVE)),
        ({"operation": "aimable.updateCollectionConnector"}, ("PATCH", DRIVE), ("GET", DRIVE)),
    ],
)
def test_faults_and_overrides_have_the_same_conditions(
    world: WorldAdmin, ask: Ask, when: dict[str, Any], hit: Any, missed: Any
) -> None:
    arrangements: list[Callable[[], object]] = [
        lambda: world.overrides.next(when=when, reply={"status": 599, "body": ""}, times="unlimited"),
        lambda: world.faults.add("html_page", when=when, status=599),
    ]
    for arrange in arrangements:
        world.clear("faults", "overrides")
        arrange()
        for request, is_hit in ((hit, True), (missed, False)):
            if request is not None:
                method, url = request
                body = {"scope_config": {"n": 1}} if method == "PATCH" else None
                assert (ask(method, url, json=body).status_code == 599) is is_hit, url


def test_an_override_is_for_the_calls_it_counts(world: WorldAdmin, ask: Ask) -> None:
    world.overrides.next(
        operation="getCollectionConnector", when={"every": 2}, reply={"status": 500}, times=2
    )
    assert [ask("GET", DRIVE).status_code for _ in range(6)] == [200, 500, 200, 500, 200, 200]


def test_prefer_gives_an_error_that_only_the_platform_knows(world: WorldAdmin, ask: Ask) -> None:
    reply = ask("GET", CONNECTORS, headers={"Prefer": "code=500"})
    assert (reply.status_code, reply.json()) == (500, {"detail": "Internal Server Error"})
    assert reply.headers["Preference-Applied"] == "code=500"
    assert reply.headers[OUTSIDE] == "the status 500 is not declared"
    world.faults.add("status", operation="listCollectionConnectors", code=500)
    assert ask("GET", CONNECTORS).status_code == 500
    assert ask("GET", CONNECTORS, headers={"Prefer": "code=418"}).status_code == 400
