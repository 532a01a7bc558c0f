"""Which changes become events, and what an event says."""

from __future__ import annotations

from itertools import count

import pytest

from mock_server.behaviours.declared import SCHEDULE, Behaviours, Collection, Lifecycle, Relation
from mock_server.contract.operation import Contract
from mock_server.redaction import Secrets
from mock_server.store.memory import MemoryStore
from mock_server.store.protocol import Change
from mock_server.webhooks.events import event_types, message_id, record_view, transitions

from .conftest import NOW, Player, as_it_is, job


def types(behaviours: Behaviours, *changes: Change) -> list[str]:
    return [event.type for event in transitions(changes, [behaviours], as_it_is, at=NOW)]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, "running", ["shop.jobs.running"]),
        ("running", "completed", ["shop.jobs.completed"]),
        ("running", "cancelled", ["shop.jobs.cancelled"]),
        ("failed", "running", ["shop.jobs.running"]),
        ("running", "running", []),
        ("running", None, []),
        (None, "completed", []),
        ("running", "of no lifecycle", []),
    ],
)
def test_beginnings_and_ends_are_reported(
    behaviours: Behaviours, before: str | None, after: str | None, told: list[str]
) -> None:
    assert types(behaviours, job(before, after)) == told


def test_records_without_a_lifecycle_are_not_reported(behaviours: Behaviours) -> None:
    assert types(behaviours, Change("shop/notes", "n1", before=None, after={"status": "running"})) == []


def test_events_keep_the_order_of_the_changes(behaviours: Behaviours) -> None:
    changes = [job("running", "failed", key="b"), job(None, "running", key="a")]
    assert types(behaviours, *changes) == ["shop.jobs.failed", "shop.jobs.running"]


def test_the_message_says_where_from_and_where_to_and_shows_the_record(behaviours: Behaviours) -> None:
    numbers = count(1)
    (event,) = transitions(
        [job("running", "completed")],
        [behaviours],
        lambda _declared, collection, record: {"called": collection.called, "id": record["id"]},
        at=NOW,
        new_id=lambda: f"msg_{next(numbers)}",
    )
    assert event.to_json("w") == {
        "id": "msg_1",
        "type": "shop.jobs.completed",
        "at": "2026-11-20T09:00:00Z",
        "world": "w",
        "from": "running",
        "to": "completed",
        "record": {"called": "Job", "id": "j1"},
    }


def test_records_that_two_contracts_share_are_reported_once(behaviours: Behaviours) -> None:
    other = Behaviours("twin", "declared", behaviours.collections, {})
    events = transitions([job(None, "running")], [behaviours, other], as_it_is, at=NOW)
    assert len(events) == 1


def test_a_record_is_reported_as_a_reply_shows_it_with_every_secret_masked() -> None:
    lifecycle = Lifecycle(member="status", running="running", outcomes={"completed": 1}, seconds=(1, 2))
    owner = Relation("owner", "one", "owners", "owner_id", "owner", always=True)
    jobs = Collection(
        "jobs",
        "shop/jobs",
        "id",
        "text",
        "Job",
        relations={"owner": owner},
        private=frozenset({"owner_id"}),
        secret=frozenset({"token"}),
        lifecycle=lifecycle,
    )
    owners = Collection("owners", "shop/owners", "id", "text", "Owner", secret=frozenset({"password"}))
    declared = Behaviours("shop", "declared", {"jobs": jobs, "owners": owners}, {})
    contract = Contract("shop", "Shop", "", operations={}, schemes={}, schemas={})
    secrets = Secrets.of(Player(contract, declared))
    record = {"id": "j1", "status": "completed", "owner_id": "o1", "token": "canary-1", SCHEDULE: {}}
    with MemoryStore().transaction() as state:
        state.put("shop/owners", "o1", {"id": "o1", "password": "canary-2"})
        change = Change("shop/jobs", "j1", before={"id": "j1", "status": "running"}, after=record)
        (event,) = transitions([change], [declared], record_view(state, secrets), at=NOW)
    assert event.record == {
        "id": "j1",
        "status": "completed",
        "token": "**********",
        "owner": {"id": "o1", "password": "**********"},
    }


def test_every_state_of_every_lifecycle_has_a_type(behaviours: Behaviours) -> None:
    states = ["cancelled", "completed", "failed", "running"]
    assert event_types([behaviours]) == tuple(f"shop.jobs.{state}" for state in states)


def test_message_ids_differ_and_hold_no_full_stop() -> None:
    first, second = message_id(), message_id()
    assert first != second
    assert "." not in first
