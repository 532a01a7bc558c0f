"""Aimable's syncs: the clock moves them, one at a time, to one of their outcomes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from mock_server.behaviours.policy import Policy
from mock_server.engine import Engine
from mock_server.messages import Request

from .conftest import Client

CONNECTORS = (
    "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
    "/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
)
DOCUMENTED = f"{CONNECTORS}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"


@pytest.fixture
def connector(connect: Callable[[str, str], Client]) -> Client:
    """A connector that has never been synced."""
    connectors = connect(CONNECTORS, "mock-aimable-member")
    body = {"provider_slug": "google-drive", "credential": {}}
    return connectors.under("/" + connectors.send("POST", "", body, idempotency_key="k").data["id"])


def run_to_end(connector: Client, sync: str) -> list[dict[str, Any]]:
    """The states of a sync, second by second, until it has ended."""
    seen = [connector.get(f"/sync/{sync}").data]
    while seen[-1]["status"] == "running":
        seen.append(connector.get(f"/sync/{sync}").data)
    return seen


def test_a_trigger_is_accepted_and_runs(connector: Client) -> None:
    triggered = connector.send("POST", "/sync")
    assert triggered.status == 202
    assert (triggered.data["status"], triggered.data["records_fetched"]) == ("running", 0)
    assert triggered.data["metadata"] == {}
    assert triggered.data.get("completed_at") is None


def test_a_sync_counts_up_and_ends_within_a_few_seconds(connector: Client) -> None:
    seen = run_to_end(connector, connector.send("POST", "/sync").data["id"])
    counts = [record["records_fetched"] for record in seen]
    assert counts == sorted(counts)
    assert counts[-1] > 0
    assert 2 <= len(seen) <= 4
    assert seen[-1]["completed_at"] > seen[-1]["created_at"]


def test_a_sync_that_has_ended_stays_as_it_is(connector: Client) -> None:
    sync = connector.send("POST", "/sync").data["id"]
    ended = run_to_end(connector, sync)[-1]
    connector.send("POST", "/sync")
    assert connector.get(f"/sync/{sync}").data == ended


def test_every_first_sync_of_a_fresh_world_completes(engine: Engine) -> None:
    headers = {"authorization": "Bearer mock-aimable-member"}
    listed = Client(engine, CONNECTORS, headers).get(limit=100).data
    connectors = [connector["id"] for connector in listed]
    ended: Counter[str] = Counter()
    for seed, number in product(range(20), range(50)):
        world = engine.worlds.create(f"fresh-{seed}-{number}", seed=seed)
        syncs = f"{CONNECTORS}/{connectors[number % len(connectors)]}/sync"
        begun = json.loads(engine.handle(Request("POST", syncs, headers=headers, world=world.name)).body)
        world.clock.advance(timedelta(minutes=1))
        shown = engine.handle(
            Request("GET", f"{syncs}/{begun['data']['id']}", headers=headers, world=world.name)
        )
        ended[json.loads(shown.body)["data"]["status"]] += 1
        engine.worlds.remove(world.name)
    assert ended == {"completed": 1000}


def test_a_sync_fails_with_a_reason_where_a_policy_asks_for_it(connector: Client) -> None:
    connector.engine.world().policies["aimable/syncs"] = Policy(outcome="failed")
    ended = run_to_end(connector, connector.send("POST", "/sync").data["id"])[-1]
    assert (ended["status"], bool(ended["metadata"]["error"])) == ("failed", True)


def test_reading_often_does_not_speed_up_a_sync(connector: Client) -> None:
    clock = connector.engine.world().clock
    sync = connector.send("POST", "/sync").data["id"]
    with connector.engine.world().store.transaction() as state:
        plan = (state.get("aimable/syncs", sync) or {})["plan"]
    connector.get(f"/sync/{sync}")
    assert plan["ends"] > clock.now().isoformat().replace("+00:00", "Z")


def test_one_connector_runs_one_sync_at_a_time(connector: Client) -> None:
    first = connector.send("POST", "/sync").data["id"]
    assert connector.send("POST", "/sync").status == 409
    other = Client(connector.engine, DOCUMENTED, connector.headers)
    assert other.send("POST", "/sync").status == 202
    run_to_end(connector, first)
    assert connector.send("POST", "/sync").status == 202


def test_a_cancelled_sync_ends_at_once(connector: Client) -> None:
    sync = connector.send("POST", "/sync").data["id"]
    cancelled = connector.send("POST", "/sync/cancel")
    assert (cancelled.status, cancelled.data["id"], cancelled.data["status"]) == (200, sync, "cancelled")
    assert cancelled.data["completed_at"]
    for _ in range(5):
        assert connector.get(f"/sync/{sync}").data == cancelled.data
    assert connector.send("POST", "/sync").status == 202


def test_there_is_nothing_to_cancel_when_nothing_runs(connector: Client) -> None:
    assert connector.send("POST", "/sync/cancel").status == 409
    run_to_end(connector, connector.send("POST", "/sync").data["id"])
    assert connector.send("POST", "/sync/cancel").status == 409


def test_syncs_are_listed_newest_first(connector: Client) -> None:
    history = Client(connector.engine, DOCUMENTED, connector.headers)
    newest = history.send("POST", "/sync").data["id"]
    listed = history.get("/sync", limit=100).data
    assert listed[0]["id"] == newest
    assert [record["created_at"] for record in listed] == sorted(
        (record["created_at"] for record in listed), reverse=True
    )
    assert len(listed) > 30


def test_a_sync_is_found_below_its_own_connector_only(connector: Client) -> None:
    sync = connector.send("POST", "/sync").data["id"]
    assert Client(connector.engine, DOCUMENTED, connector.headers).get(f"/sync/{sync}").status == 404


def test_a_schedule_is_never_shown(connector: Client) -> None:
    triggered = connector.send("POST", "/sync").data
    assert "plan" not in triggered
    assert "plan" not in connector.get("/sync").data[0]


def test_a_sync_of_the_fixtures_runs_until_a_request_ends_it(connector: Client) -> None:
    with connector.engine.world().store.transaction() as state:
        seeded = next(state.find("aimable/syncs", {"status": "running"}), None)
        assert seeded is not None
        owner = seeded["collection_connector_id"]
        collection = (state.get("aimable/connectors", owner) or {})["collection_id"]
    base = CONNECTORS.rsplit("/", 2)[0] + f"/{collection}/connectors/{owner}"
    own = Client(connector.engine, base, connector.headers)
    assert own.get(f"/sync/{seeded['id']}").data["status"] == "running"
    assert own.send("POST", "/sync/cancel").data["id"] == seeded["id"]
