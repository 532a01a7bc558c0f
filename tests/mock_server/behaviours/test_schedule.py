"""The schedule that a record holds."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.behaviours.policy import Policy
from mock_server.behaviours.schedule import Schedule, ScheduleError, make_schedule
from mock_server.seeded_random import SeededRandom

from .jobs import RUNS, START, policies

SOUND = {"begins": "2026-11-20T12:00:00Z", "ends": "2026-11-20T12:00:03Z", "outcome": "done", "total": 9}


def schedule_for(policy: Policy, *, start: int = 0, total: int | None = None) -> Schedule:
    """A schedule made under a policy."""
    return make_schedule(
        RUNS, policy, SeededRandom(3), place=("yard/jobs", "a"), now=START, start=start, total=total
    )


def test_without_a_policy_only_begin_end_outcome_and_total_are_stored() -> None:
    assert list(schedule_for(Policy()).to_json()) == ["begins", "outcome", "total", "ends"]


@given(policies(), st.integers(0, 300))
def test_a_stored_schedule_reads_back(policy: Policy, start: int) -> None:
    stored = json.loads(json.dumps(schedule_for(policy, start=start).to_json()))
    assert Schedule.read(stored).to_json() == stored


@pytest.mark.parametrize(
    "stored",
    [
        "soon",
        [],
        {},
        {**SOUND, "pace": "by_hand"},
        {**SOUND, "begins": "yesterday"},
        {**SOUND, "begins": "0001-01-01T00:00:00+14:00"},
        {**SOUND, "begins": None},
        {**SOUND, "begins": "2026-11-20T12:00:04Z"},
        {**SOUND, "total": "9"},
        {**SOUND, "total": -1},
        {**SOUND, "start": 10},
        {**SOUND, "steps": 0},
        {**SOUND, "stepped": True},
        {**SOUND, "reads": 0},
        {**SOUND, "fail_at": 5},
        {**SOUND, "outcome": 7},
    ],
)
def test_a_damaged_schedule_is_refused(stored: Any) -> None:
    assert Schedule.read(SOUND).total == 9
    with pytest.raises(ScheduleError):
        Schedule.read(stored)


def test_a_schedule_that_fails_early_is_due_at_that_part_of_its_time() -> None:
    plan = schedule_for(Policy(seconds=(8, 8), steps=4, fail_at=3), total=100)
    assert plan.due == START + timedelta(seconds=6)
    assert (plan.outcome, plan.last_count) == ("failed", 75)
