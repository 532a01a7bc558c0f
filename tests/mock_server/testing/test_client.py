"""The typed client steers a world as its words say, and tells a tester what cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from mock_server.app import create_app
from mock_server.settings import Settings
from mock_server.testing.client import Admin, AdminError, BrokenPlace, WorldAdmin
from mock_server.testing.in_process import BASE_URL, transport
from tests.mock_server.testing.conftest import AIMABLE, PROVIDERS

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
RUNNING = {"status": "running", "records_fetched": 0, "completed_at": None}

Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(mine: WorldAdmin, way: httpx.WSGITransport) -> Ask:
    """Asks the world as a client with a credential does."""
    someone = httpx.Client(base_url=f"{BASE_URL}/~{mine.name}", transport=way, headers=AIMABLE)
    return someone.request


def refusal(call: Callable[[], object]) -> AdminError:
    with pytest.raises(AdminError) as caught:
        call()
    return caught.value


def test_a_frozen_clock_is_read_set_and_advanced(mine: WorldAdmin) -> None:
    mine.clock.freeze(NOON)
    mine.clock.advance(timedelta(hours=1))
    mine.clock.advance(0.5)
    assert mine.clock.now() == NOON + timedelta(hours=1, seconds=0.5)
    mine.clock.set("2026-06-10T14:00:00+02:00")
    assert (mine.clock.now(), mine.clock.state()["mode"]) == (NOON, "frozen")


def test_a_clock_is_stepped_and_scaled(mine: WorldAdmin) -> None:
    assert mine.clock.step(5)["step"] == 5
    assert mine.clock.scale(60)["mode"] == "stepped"
    assert mine.clock.run(2)["scale"] == 2


def test_a_moment_without_a_zone_is_refused_before_it_is_sent(mine: WorldAdmin) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        mine.clock.set(NOON.replace(tzinfo=None))


def test_a_fault_strikes_as_it_was_added_and_is_taken_away(mine: WorldAdmin, ask: Ask) -> None:
    rule = mine.faults.add(
        "unavailable", operation="aimable.listConnectorProviders", calls=[2], retry_after=5
    )
    replies = [ask("GET", PROVIDERS) for _ in range(3)]
    assert [one.status_code for one in replies] == [200, 503, 200]
    assert replies[1].headers["Retry-After"] == "5"
    assert mine.faults.get(rule["id"])["seen"] == {"calls": 3, "hits": 1}
    mine.faults.remove(rule["id"])
    assert mine.faults.list() == []


def test_the_next_reply_is_overridden_and_the_one_after_is_not(mine: WorldAdmin, ask: Ask) -> None:
    mine.override(operation="aimable.listConnectorProviders", code=403)
    assert [ask("GET", PROVIDERS).status_code for _ in range(2)] == [403, 200]
    mine.override(wait=0, times=3)
    mine.overrides.clear()
    assert mine.overrides.list() == []


def test_records_are_found_changed_and_moved(mine: WorldAdmin) -> None:
    syncs = mine.collection("aimable", "syncs")
    key = syncs.list(limit=1)[0]["key"]
    syncs.set_lifecycle("by_hand", steps=2, outcome="completed")
    syncs.change(key, **RUNNING)
    states = [syncs.advance(key)["status"] for _ in range(2)]
    assert states == ["running", "completed"]
    assert [one["key"] for one in syncs].count(key) == 1
    before = syncs.count()
    syncs.delete(key)
    assert syncs.count() == before - 1


def test_every_record_of_a_collection_longer_than_a_page_is_seen(admin: Admin) -> None:
    connectors = admin.create("big", scenario="large").collection("aimable", "connectors")
    assert len({one["key"] for one in connectors}) == connectors.count() > 500


def test_what_was_asked_is_counted_and_waited_for(mine: WorldAdmin, ask: Ask) -> None:
    ask("GET", PROVIDERS)
    ask("GET", f"{PROVIDERS}s")
    assert mine.requests.wait(operation="listConnectorProviders", status=200) == 1
    assert mine.requests.count(method="POST") == 0
    assert [one["near"][0]["operation"] for one in mine.requests.near_misses()] == ["listConnectorProviders"]
    assert [one["status"] for one in mine.requests.list()] == [200, 404]
    assert mine.requests.list(after="mine.1")[0]["id"] == "mine.2"


def test_waiting_for_what_does_not_come_says_how_far_it_got(mine: WorldAdmin, ask: Ask) -> None:
    ask("GET", PROVIDERS)
    with pytest.raises(TimeoutError, match=r"1 of 2 requests \(method GET\) reached world mine"):
        mine.requests.wait(2, timeout=0.01, method="GET")


def test_a_world_goes_back_to_where_it_was_saved(admin: Admin, mine: WorldAdmin) -> None:
    mine.save("before")
    syncs = mine.collection("aimable", "syncs")
    gone = syncs.list()[0]["key"]
    syncs.delete(gone)
    changed = admin.compare("snapshot:before", "world:mine")
    assert [(one["collection"], one["removed"]) for one in changed["collections"]] == [("syncs", [gone])]
    mine.restore("before")
    assert admin.compare("snapshot:before", "world:mine")["same"]


def test_an_exported_snapshot_is_loaded_into_another_server(admin: Admin, mine: WorldAdmin) -> None:
    mine.save("before")
    text = admin.snapshots.export("before")
    with Admin(BASE_URL, transport=transport(create_app(Settings(strict_replies=True)))) as other:
        assert other.snapshots.load("before", text)["world"] == "mine"
        assert other.snapshots.export("before") == text


def test_a_refusal_says_what_was_asked_and_what_is_possible(admin: Admin, mine: WorldAdmin) -> None:
    error = refusal(lambda: mine.override(operation="aimable.listConnectorProviders", code=418))
    assert (error.status, error.title) == (409, "Conflict")
    assert "403" in error.detail
    assert str(error).startswith("POST /__admin/worlds/mine/overrides: 409 Conflict; ")
    assert "first-run" in str(refusal(lambda: admin.create("other", scenario="nothing")))


def test_a_refusal_names_the_places_that_break_the_contract(admin: Admin) -> None:
    error = refusal(lambda: admin.create("Not A Name"))
    words = "body name must be 1 to 63 characters from a-z, 0-9 and -, not starting or ending with -"
    assert error.broken == (BrokenPlace("body", "/name", "pattern", words),)
    assert words in str(error)


def test_a_server_that_is_not_there_is_reported_in_plain_words() -> None:
    error = refusal(Admin("http://127.0.0.1:1").health)
    assert error.status == 0
    assert "no reply from http://127.0.0.1:1" in str(error)


def test_a_server_that_is_no_mock_is_reported_in_plain_words() -> None:
    def page(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(404, html="<h1>Not here</h1>")

    error = refusal(Admin("http://elsewhere", transport=httpx.MockTransport(page)).health)
    assert str(error) == "GET /__admin/health: 404 Not Found; is this the address of a mock server?"


def test_the_token_is_sent_and_never_shown() -> None:
    guarded = transport(create_app(Settings(admin_token="mock-token-of-the-tests")))
    assert Admin(BASE_URL, token="mock-token-of-the-tests", transport=guarded).health()["status"] == "ok"
    error = refusal(Admin(BASE_URL, token="mock-token-of-others", transport=guarded).health)
    assert error.status == 401
    assert "mock-token" not in f"{error}{error!r}"


def test_a_connection_that_breaks_on_purpose_is_the_clients_own_error(mine: WorldAdmin, ask: Ask) -> None:
    mine.faults.add("reset", calls=[1])
    mine.faults.add("truncate", calls=[2], fraction=0.5)
    for _ in range(2):
        with pytest.raises(httpx.ReadError):
            ask("GET", PROVIDERS)
    assert ask("GET", PROVIDERS).status_code == 200
