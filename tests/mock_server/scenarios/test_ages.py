"""The data keeps its age, whenever a server starts and however long it runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from mock_server.behaviours.ages import aged
from mock_server.clock import from_rfc3339
from mock_server.scenarios import scenarios as scenarios_module
from mock_server.scenarios.scenarios import Scenarios
from mock_server.seeded_random import SeededRandom

from .conftest import SHIPPED, played

START = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)


def test_times_refer_to_the_start() -> None:
    written = {"a": "-2d", "b": ["-2d 09:30:00", "+90m"], "c": "2026-11-15T02:00:04.5Z", "d": "-2d of rest"}
    assert aged(written, START, datetime(2026, 11, 16, tzinfo=UTC).date()) == {
        "a": "2027-02-27T15:00:00Z",
        "b": ["2027-02-27T09:30:00Z", "2027-03-01T16:30:00Z"],
        "c": "2027-02-28T02:00:04.5Z",
        "d": "-2d of rest",
    }
    assert aged(written["c"], START) == written["c"]


@pytest.mark.parametrize("scenario", ["default", "large"])
def test_no_scheduled_thing_is_older_than_its_period(scenario: str) -> None:
    base = Scenarios([SHIPPED], played(), rng=SeededRandom(0), start=START).get(scenario).base
    scheduled: dict[str, list[datetime]] = defaultdict(list)
    for sync in base.records["aimable/syncs"].values():
        begun = from_rfc3339(sync["created_at"])
        assert begun < START
        if (sync["metadata"] or {}).get("trigger") == "schedule":
            scheduled[sync["collection_connector_id"]].append(begun)
    working = {
        key for key, record in base.records["aimable/connectors"].items() if record["status"] == "active"
    }
    periodic = {key: sorted(times) for key, times in scheduled.items() if key in working and len(times) > 1}
    assert len(periodic) > 4
    for key, times in periodic.items():
        period = max(later - earlier for earlier, later in pairwise(times))
        assert START - times[-1] <= period + timedelta(days=1), key


def test_the_ages_of_a_server_that_runs_for_days_are_those_of_the_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenarios = Scenarios([SHIPPED], played("aimable"), rng=SeededRandom(0))

    def latest(now: datetime) -> datetime:
        monkeypatch.setattr(scenarios_module, "machine_time", lambda: now)
        records = scenarios.get("default").base.records["aimable/syncs"].values()
        return max(from_rfc3339(record["created_at"]) for record in records)

    first = latest(START)
    assert latest(START + timedelta(hours=2)) == first
    assert latest(START + timedelta(days=20)) == first + timedelta(days=20)


def test_ages_refer_to_the_clock_of_a_scenario(own: Scenarios, write: Callable[..., Path]) -> None:
    write(
        "past.yaml",
        clock={"now": "2020-05-05T12:00:00Z"},
        records={
            "aimable/connectors": {"c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e": {"updated_at": "-1d 10:00:00"}}
        },
    )
    records = own.get("past").base.records
    changed = records["aimable/connectors"]["c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"]
    assert changed["updated_at"] == "2020-05-04T10:00:00Z"
    assert max(sync["created_at"] for sync in records["aimable/syncs"].values()) < "2020-05-05"
