"""Transitions of a world take place when they are due, without a request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from queue import Queue

import pytest

from mock_server.clock import Clock, ClockState
from mock_server.webhooks.target import WebhookTarget
from mock_server.webhooks.transition_scheduler import Scheduler, seconds_until

from .conftest import NOW, PATIENCE, SECRET, Make, Receiver


class Diary:
    """Says what is due as it is told; both questions can be waited for."""

    def __init__(self, *due: float | None) -> None:
        self._due = list(due)
        self.asked: Queue[float | None] = Queue()
        self.woken: Queue[str] = Queue()

    def due(self) -> float | None:
        answer = self._due.pop(0) if self._due else None
        self.asked.put(answer)
        return answer

    def wake(self) -> None:
        self.woken.put("woken")


@contextmanager
def watching(diary: Diary) -> Iterator[Scheduler]:
    scheduler = Scheduler(diary.due, diary.wake, pause=0.0)
    scheduler.start()
    yield scheduler
    scheduler.close(wait=PATIENCE)


def test_it_wakes_when_something_is_due() -> None:
    diary = Diary(0.0)
    with watching(diary):
        assert diary.woken.get(timeout=PATIENCE)


def test_it_asks_again_after_waking() -> None:
    diary = Diary(0.0, 0.001, None)
    with watching(diary):
        assert [diary.asked.get(timeout=PATIENCE) for _ in range(3)] == [0.0, 0.001, None]
        assert diary.woken.qsize() == 2


def test_it_asks_again_when_nudged_and_does_not_wake_for_what_is_far_off() -> None:
    diary = Diary(None, 5_000.0, 100.0, 0.0)
    with watching(diary) as scheduler:
        for expected in (None, 5_000.0, 100.0):
            assert diary.asked.get(timeout=PATIENCE) == expected
            assert diary.woken.empty()
            scheduler.recheck()
        assert diary.woken.get(timeout=PATIENCE)


def test_a_fault_while_telling_what_is_due_is_logged_and_does_not_end_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    diary = Diary(0.0)
    faults: Queue[str] = Queue()

    def due() -> float | None:
        if faults.empty():
            faults.put("one")
            raise RuntimeError
        return diary.due()

    scheduler = Scheduler(due, diary.wake, pause=0.0)
    scheduler.start()
    faults.get(timeout=PATIENCE)
    faults.put("over")
    scheduler.recheck()
    assert diary.woken.get(timeout=PATIENCE)
    scheduler.close(wait=PATIENCE)
    assert "the time of the next transition" in caplog.text


def test_a_running_clock_says_when_in_real_seconds() -> None:
    due = NOW + timedelta(seconds=30)
    assert seconds_until(due, ClockState("running", NOW)) == 30
    assert seconds_until(due, ClockState("running", NOW, scale=60)) == 0.5


@pytest.mark.parametrize(
    "clock", [ClockState("frozen", NOW), ClockState("stepped", NOW), ClockState("running", NOW, scale=0)]
)
def test_a_clock_that_does_not_move_by_itself_waits_for_nothing_but_what_is_due(clock: ClockState) -> None:
    assert seconds_until(NOW + timedelta(seconds=1), clock) is None
    assert seconds_until(NOW, clock) == 0
    assert seconds_until(NOW - timedelta(seconds=1), clock) == 0


def test_without_anything_to_come_there_is_nothing_to_wait_for() -> None:
    assert seconds_until(None, ClockState("running", NOW)) is None


SCHEDULE = {"begins": "2026-11-20T09:00:00Z", "ends": "2026-11-20T10:00:00Z", "outcome": "failed", "total": 0}
RUNNING = {"id": "a", "status": "running", "plan": SCHEDULE}


def next_type(receiver: Receiver) -> str:
    message: dict[str, str] = json.loads(receiver.next().body)
    return message["type"]


def test_a_record_that_begins_is_reported_as_ended_without_a_request(make: Make, receiver: Receiver) -> None:
    told = make(WebhookTarget(receiver.url, SECRET), clock=Clock(ClockState("running", NOW, scale=36_000)))
    with told.store.transaction() as state:
        state.put("shop/jobs", "a", RUNNING)
        told.webhooks.publish(state, at=NOW)
    assert next_type(receiver) == "shop.jobs.running"
    assert next_type(receiver) == "shop.jobs.failed"
    with told.store.transaction() as state:
        assert (state.get("shop/jobs", "a") or {})["status"] == "failed"


def test_a_record_that_ran_before_callbacks_were_switched_on_is_reported(
    make: Make, receiver: Receiver
) -> None:
    told = make(None, clock=Clock(ClockState("frozen", NOW + timedelta(hours=2))))
    with told.store.transaction() as state:
        state.put("shop/jobs", "a", RUNNING)
    told.webhooks.set(WebhookTarget(receiver.url, SECRET))
    assert next_type(receiver) == "shop.jobs.failed"


def test_a_frozen_clock_that_is_advanced_ends_what_is_due_then(make: Make, receiver: Receiver) -> None:
    clock = Clock(ClockState("frozen", NOW))
    told = make(WebhookTarget(receiver.url, SECRET), clock=clock)
    with told.store.transaction() as state:
        state.put("shop/jobs", "a", RUNNING)
        told.webhooks.publish(state, at=NOW)
    assert next_type(receiver) == "shop.jobs.running"
    clock.advance(timedelta(hours=1))
    told.webhooks.recheck()
    assert next_type(receiver) == "shop.jobs.failed"


def test_a_record_that_is_to_end_earlier_is_reported_then(make: Make, receiver: Receiver) -> None:
    clock = Clock(ClockState("running", NOW))
    told = make(WebhookTarget(receiver.url, SECRET), clock=clock)
    with told.store.transaction() as state:
        state.put("shop/jobs", "a", RUNNING)
        told.webhooks.publish(state, at=NOW)
    assert next_type(receiver) == "shop.jobs.running"
    with told.store.transaction() as state:
        state.put("shop/jobs", "a", {**RUNNING, "plan": {**SCHEDULE, "ends": "2026-11-20T09:00:00Z"}})
        told.webhooks.publish(state, at=NOW)
    assert next_type(receiver) == "shop.jobs.failed"
