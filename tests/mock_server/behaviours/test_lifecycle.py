"""What advances a running record, how far, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.behaviours import lifecycle
from mock_server.behaviours.policy import Policy
from mock_server.behaviours.relations import Presenter
from mock_server.clock import from_rfc3339
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.seeded_random import SeededRandom

from .jobs import JOBS, RUNS, START, YARD, Yard, policies

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.floats(0, 6)),
        st.tuples(st.just("back"), st.floats(0, 6)),
        st.tuples(st.just("hand"), st.none()),
        st.tuples(st.just("read"), st.none()),
        st.tuples(st.just("policy"), policies()),
    ),
    max_size=25,
)


def happen(yard: Yard, what: str, more: Any) -> dict[str, Any]:
    """One event, and the job after it."""
    if what == "policy":
        yard.set_policy(more)
    elif what == "hand" and yard.job()["state"] == "running":
        yard.hand()
    elif what == "read":
        yard.read()
    elif what in ("pass", "back"):
        yard.pass_(more if what == "pass" else -more)
    return yard.job()


@given(policies(), EVENTS, st.integers(0, 5))
def test_counters_never_fall_and_ended_records_stay(
    policy: Policy, events: list[tuple[str, Any]], seed: int
) -> None:
    yard = Yard(policy, rng=SeededRandom(seed))
    before: dict[str, Any] = yard.begin()
    for what, more in events:
        after = happen(yard, what, more)
        assert after["fetched"] >= before["fetched"]
        assert ("plan" in after) == (after["state"] == "running")
        assert ("ended" in after) == (after["state"] != "running")
        if before["state"] != "running":
            assert after == before
        elif after["state"] != "running":
            assert from_rfc3339(after["ended"]) >= START
        before = after


@given(policies(), st.integers(0, 5))
def test_each_pace_brings_a_record_to_its_policys_outcome(policy: Policy, seed: int) -> None:
    yard = Yard(policy, rng=SeededRandom(seed))
    plan = yard.begin()["plan"]
    moves = {"at_once": 1, "after_seconds": 1, "after_reads": policy.reads, "by_hand": policy.steps}
    for _ in range(moves[policy.pace]):
        if yard.pass_()["state"] == "running":
            happen(yard, {"after_reads": "read", "by_hand": "hand"}.get(policy.pace, "pass"), 40)
    job = yard.job()
    assert job["state"] == ("failed" if policy.fail_at else policy.outcome or plan["outcome"])
    assert job["fetched"] == plan["total"] * (policy.fail_at or policy.steps) // policy.steps
    assert job.get("reason") == ("lost" if job["state"] == "failed" else None)


@given(policies(), st.integers(1, 5))
def test_a_frozen_clock_moves_only_records_that_end_at_once(policy: Policy, looks: int) -> None:
    yard = Yard(policy)
    begun = yard.begin()
    seen = [yard.pass_() for _ in range(looks)]
    if policy.pace == "at_once":
        assert {record["state"] for record in seen} <= set(RUNS.outcomes)
    else:
        assert seen == [begun] * looks


@given(policies().filter(lambda policy: policy.pace in ("after_reads", "by_hand")))
def test_time_moves_nothing_that_waits_for_reads_or_steps(policy: Policy) -> None:
    yard = Yard(policy)
    begun = yard.begin()
    assert yard.pass_(10**7) == begun


@given(policies().filter(lambda policy: policy.pace != "after_reads"), st.integers(1, 9))
def test_reads_move_nothing_that_waits_for_something_else(policy: Policy, reads: int) -> None:
    read, passed = Yard(policy), Yard(policy)
    read.begin()
    passed.begin()
    for _ in range(reads):
        assert read.read() == passed.pass_()


@given(policies(), st.floats(0, 20))
def test_the_state_does_not_depend_on_earlier_requests(policy: Policy, seconds: float) -> None:
    often, once = Yard(policy), Yard(policy)
    often.begin()
    once.begin()
    for _ in range(4):
        often.pass_(seconds / 4)
    once.now = often.now
    assert often.job() == once.pass_()


def test_a_record_that_ends_at_once_runs_first() -> None:
    yard = Yard(Policy(pace="at_once"))
    begun = yard.begin()
    assert (begun["state"], begun["fetched"]) == ("running", 0)
    assert yard.pass_(5)["ended"] == begun["began"]


@pytest.mark.parametrize(("reads", "counts"), [(1, [120]), (3, [40, 80, 120]), (4, [30, 60, 90, 120])])
def test_the_last_of_its_reads_shows_the_end(reads: int, counts: list[int]) -> None:
    yard = Yard(Policy(pace="after_reads", reads=reads, outcome="done"))
    yard.put(**{**yard.begin(), "plan": {**yard.job()["plan"], "total": 120}})
    seen = [yard.read() for _ in counts]
    assert [record["fetched"] for record in seen] == counts
    assert [record["state"] for record in seen] == ["running"] * (reads - 1) + ["done"]


def test_a_read_that_passes_the_failing_step_shows_the_failure() -> None:
    yard = Yard(Policy(pace="after_reads", reads=3, steps=4, fail_at=2))
    yard.begin()
    assert [yard.read()["state"] for _ in range(3)] == ["running", "failed", "failed"]


def test_a_manual_step_advances_by_one_step() -> None:
    yard = Yard(Policy(pace="by_hand", steps=3, outcome="done"))
    total = yard.begin()["plan"]["total"]
    seen = [yard.hand() for _ in range(3)]
    assert [record["fetched"] for record in seen] == [total // 3, total * 2 // 3, total]
    assert [record["state"] for record in seen] == ["running", "running", "done"]


def test_a_manual_step_advances_a_record_that_the_clock_moves() -> None:
    yard = Yard(Policy(seconds=(8, 8), steps=4, outcome="done"))
    total = yard.begin()["plan"]["total"]
    assert yard.pass_(3)["fetched"] == total * 3 // 8
    assert yard.hand()["fetched"] == total // 2
    assert yard.pass_(0.5)["fetched"] == total // 2
    assert yard.pass_(2.5)["fetched"] == total * 3 // 4
    assert yard.hand()["state"] == "done"


def test_a_manual_step_needs_a_running_record() -> None:
    yard = Yard(Policy(pace="at_once"))
    yard.begin()
    yard.pass_()
    with pytest.raises(ApiError) as refused:
        yard.hand()
    with pytest.raises(ApiError) as missing:
        yard.hand("b")
    assert (refused.value.code, missing.value.code) == (ErrorCode.CONFLICT, ErrorCode.NOT_FOUND)


def test_a_running_record_without_a_schedule_is_moved_by_steps_only() -> None:
    yard = Yard()
    fixture = {"id": "a", "state": "running", "began": "2026-11-20T11:00:00Z", "fetched": 431}
    yard.put(**fixture)
    yard.set_policy(Policy(pace="after_seconds", steps=2, outcome="done"))
    assert yard.read() == yard.pass_(99) == fixture
    half = yard.hand()["fetched"]
    assert (yard.pass_(99)["state"], half > 431) == ("running", True)
    assert yard.hand()["state"] == "done"
    assert yard.job()["fetched"] > half


def test_a_new_policy_applies_to_running_records_from_their_present_state() -> None:
    yard = Yard(Policy(seconds=(8, 8), outcome="done"))
    total = yard.begin()["plan"]["total"]
    count = yard.pass_(4)["fetched"]
    yard.set_policy(Policy(pace="by_hand", steps=2, fail_at=1))
    assert yard.pass_(60)["fetched"] == count
    failed = yard.hand()
    assert (failed["state"], failed["fetched"]) == ("failed", count + (total - count) // 2)


def test_the_next_to_end_by_the_clock_is_known() -> None:
    yard = Yard(Policy(pace="by_hand"))
    yard.begin("a")
    with yard.state() as state:
        assert lifecycle.next_due(state, [YARD]) is None
    for key, seconds in (("b", 9), ("c", 5)):
        yard.policy = Policy(seconds=(seconds, seconds))
        yard.begin(key)
    with yard.state() as state:
        assert lifecycle.next_due(state, [YARD]) == START + timedelta(seconds=5)
    yard.pass_(6)
    with yard.state() as state:
        assert lifecycle.next_due(state, [YARD]) == START + timedelta(seconds=9)


def test_a_clock_set_back_ends_nothing_before_it_began() -> None:
    yard = Yard(Policy(pace="by_hand"))
    record = yard.begin()
    stopped = lifecycle.stop(record, JOBS, "stopped", now=START - timedelta(days=1))
    assert stopped["ended"] == record["began"]


def test_a_clock_set_back_undoes_nothing() -> None:
    yard = Yard(Policy(seconds=(8, 8)))
    yard.begin()
    counted = yard.pass_(6)
    assert yard.pass_(-4) == counted
    assert yard.pass_(5)["fetched"] > counted["fetched"]


@pytest.mark.parametrize("moved", [Yard.pass_, Yard.hand])
def test_a_record_that_ends_at_once_does_not_wait_for_a_clock_set_back(moved: Callable[[Yard], Any]) -> None:
    yard = Yard(Policy(pace="at_once"))
    began = yard.begin()["began"]
    yard.now -= timedelta(hours=1)
    assert moved(yard)["ended"] == began


def test_a_schedule_is_hidden_only_in_collections_with_a_lifecycle() -> None:
    yard = Yard()
    begun = yard.begin()
    at_rest = replace(JOBS, lifecycle=None)
    with yard.state() as state:
        presenter = Presenter(YARD, state)
        assert "plan" not in presenter.show(begun, JOBS)
        assert presenter.show({"id": "b", "plan": "gold"}, at_rest) == {"id": "b", "plan": "gold"}


def test_a_read_writes_nothing_while_nothing_moves() -> None:
    yard = Yard(Policy(pace="by_hand"))
    yard.begin()
    with yard.state() as state:
        before = state.get(JOBS.storage, "a")
        lifecycle.advance(state, lifecycle.moving([YARD]), now=START + timedelta(hours=1))
        assert state.get(JOBS.storage, "a") is before
