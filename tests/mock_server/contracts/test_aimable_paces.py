"""Aimable's syncs at each pace that a world can set; replies always satisfy the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mock_server.behaviours.policy import Policy
from mock_server.clock import ClockState

from .conftest import START, Client

CONNECTORS = (
    "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
    "/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
)


@pytest.fixture
def connector(connect: Callable[[str, str], Client]) -> Client:
    """A connector that has never been synced, in a world with a frozen clock."""
    connectors = connect(CONNECTORS, "mock-aimable-member")
    connectors.engine.worlds.get("default").clock.set(ClockState("frozen", START))
    body = {"provider_slug": "google-drive", "credential": {}}
    return connectors.under("/" + connectors.send("POST", "", body, idempotency_key="k").data["id"])


def trigger(connector: Client, policy: Policy) -> dict[str, Any]:
    """A sync started under a policy, as the reply contains it."""
    connector.engine.worlds.get("default").policies["aimable/syncs"] = policy
    triggered = connector.send("POST", "/sync")
    assert triggered.status == 202
    shown: dict[str, Any] = triggered.data
    return shown


@pytest.mark.parametrize("pace", ["at_once", "after_seconds", "after_reads", "by_hand"])
@pytest.mark.parametrize("more", [{}, {"fail_at": 1, "steps": 1}, {"reads": 1}, {"seconds": (0, 0)}])
def test_what_a_trigger_answers_runs_whatever_the_pace(connector: Client, pace: Any, more: Any) -> None:
    sync = trigger(connector, replace(Policy(pace=pace), **more))
    assert (sync["status"], sync["records_fetched"], sync.get("completed_at")) == ("running", 0, None)


def test_a_sync_that_is_over_at_once_leaves_room_for_the_next(connector: Client) -> None:
    sync = trigger(connector, Policy(pace="at_once", outcome="completed"))
    assert connector.send("POST", "/sync/cancel").status == 409
    assert connector.send("POST", "/sync").status == 202
    ended = connector.get(f"/sync/{sync['id']}").data
    assert (ended["status"], ended["completed_at"]) == ("completed", sync["created_at"])


def test_the_last_read_shows_the_end_in_the_list_too(connector: Client) -> None:
    sync = trigger(connector, Policy(pace="after_reads", reads=3, outcome="completed"))
    assert connector.get(f"/sync/{sync['id']}").data["status"] == "running"
    assert connector.get("/sync").data[0]["status"] == "running"
    ended = connector.get("/sync").data[0]
    assert ended["status"] == "completed"
    assert connector.get(f"/sync/{sync['id']}").data == ended


def test_a_sync_by_hand_runs_until_it_is_cancelled(connector: Client) -> None:
    sync = trigger(connector, Policy(pace="by_hand"))
    assert connector.send("POST", "/sync").status == 409
    cancelled = connector.send("POST", "/sync/cancel").data
    assert (cancelled["id"], cancelled["status"]) == (sync["id"], "cancelled")
    assert connector.get(f"/sync/{sync['id']}").data == cancelled


def test_a_sync_that_fails_half_way_says_why_and_keeps_what_it_fetched(connector: Client) -> None:
    sync = trigger(connector, Policy(pace="after_reads", reads=4, fail_at=2))
    seen = [connector.get(f"/sync/{sync['id']}").data for _ in range(4)]
    assert [record["status"] for record in seen] == ["running", "failed", "failed", "failed"]
    assert seen[1]["metadata"]["error"]
    assert seen[1]["records_fetched"] // 2 in (seen[0]["records_fetched"], seen[0]["records_fetched"] - 1)
