"""What clients asked of a world is searched, counted, waited for, exported and explained."""

from __future__ import annotations

from threading import Timer

import pytest

from tests.mock_server.admin.conftest import AIMABLE, Admin

REQUESTS = "/worlds/mine/requests"
PROVIDERS = "/api-proxy/v1/admin/connector-providers"


@pytest.fixture
def asked(admin: Admin) -> Admin:
    """A server whose world has seen a success, a refusal and a request that matches nothing."""
    admin.client("mine", "GET", PROVIDERS, **AIMABLE)
    admin.client("mine", "GET", PROVIDERS)
    admin.client("mine", "GET", f"{PROVIDERS[:-1]}")
    admin.client("default", "GET", PROVIDERS, **AIMABLE)
    return admin


def test_requests_are_listed_in_their_order(asked: Admin) -> None:
    listed = asked("GET", REQUESTS).body
    assert [(one["id"], one["status"]) for one in listed["items"]] == [
        ("mine.1", 200),
        ("mine.2", 401),
        ("mine.3", 404),
    ]
    assert listed["items"][0]["operation"] == "listConnectorProviders"
    assert asked("GET", f"{REQUESTS}?limit=1").body["total"] == 3
    assert [one["id"] for one in asked("GET", f"{REQUESTS}?limit=1").body["items"]] == ["mine.3"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("contract=aimable", 2),
        ("operation=listConnectorProviders&status=401", 1),
        ("method=POST", 0),
        (f"path={PROVIDERS}", 2),
        ("after=mine.1", 2),
    ],
)
def test_requests_are_counted_by_what_is_asked_for(asked: Admin, query: str, count: int) -> None:
    assert asked("GET", f"{REQUESTS}/count?{query}").body == {"count": count, "forgotten": 0}
    assert asked("GET", f"{REQUESTS}?{query}").body["total"] == count
    assert len(asked("GET", f"{REQUESTS}/har?{query}").body["log"]["entries"]) == count


def test_a_filter_with_a_slip_in_its_name_is_refused(asked: Admin) -> None:
    refused = asked("GET", f"{REQUESTS}/count?opration=listConnectorProviders")
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/opration")


def test_waiting_ends_with_what_was_waited_for(asked: Admin) -> None:
    assert asked("GET", f"{REQUESTS}/wait?count=3").body == {"reached": True, "count": 3}
    later = Timer(0.05, asked.client, ("mine", "GET", PROVIDERS))
    later.start()
    assert asked("GET", f"{REQUESTS}/wait?count=4&timeout_seconds=5").body["reached"] is True
    later.join()


def test_waiting_ends_with_the_time(asked: Admin) -> None:
    waited = asked("GET", f"{REQUESTS}/wait?count=9&timeout_seconds=0")
    assert waited.body == {"reached": False, "count": 3}
    assert asked("GET", f"{REQUESTS}/wait?timeout_seconds=6").status == 422


def test_what_matched_nothing_is_reported_with_what_is_near(asked: Admin) -> None:
    missed = asked("GET", f"{REQUESTS}/near-misses").body
    assert [one["id"] for one in missed["items"]] == ["mine.3"]
    assert missed["items"][0]["near"][0]["operation"] == "listConnectorProviders"


def test_a_reply_names_the_id_it_can_be_explained_by(asked: Admin) -> None:
    replied = asked.client("mine", "GET", PROVIDERS)
    told = asked("GET", f"/explain/{replied.headers['X-Mock-Request-Id']}").body
    assert told["matched"]["operation"] == "listConnectorProviders"
    assert told["allowed"]["decision"] == "unauthenticated"
    assert all(told[part]["sentence"] for part in ("matched", "allowed", "valid", "answered", "rests_on"))
    assert asked("GET", "/explain/mine.3").body["matched"]["operation"] is None


def test_a_cleared_journal_holds_nothing(asked: Admin) -> None:
    asked("POST", "/worlds/mine/clear", {"parts": ["requests"]})
    assert asked("GET", REQUESTS).body == {"items": [], "total": 0, "forgotten": 0}
    assert asked("GET", "/explain/mine.1").status == 404


def test_what_is_not_there_is_not_found(admin: Admin) -> None:
    for part in ("", "/count", "/wait", "/near-misses", "/har"):
        assert admin("GET", f"/worlds/nobody/requests{part}").status == 404
    assert admin("GET", "/explain/nobody.1").status == 404
    assert admin("GET", "/explain/mine").status == 422
    assert admin("GET", f"{REQUESTS}?after=1").status == 422


def test_what_the_journal_has_forgotten_is_reported(admin: Admin) -> None:
    admin("POST", "/worlds", {"name": "long"})
    for _ in range(1003):
        admin.client("long", "GET", "/nowhere")
    listed = admin("GET", "/worlds/long/requests?limit=1").body
    assert (listed["total"], listed["forgotten"]) == (1003, 3)
    assert admin("GET", "/worlds/long/requests/count?status=404").body == {"count": 1003, "forgotten": 3}
    assert admin("GET", "/worlds/long/requests/count?path=/nowhere").body == {"count": 1000, "forgotten": 3}
