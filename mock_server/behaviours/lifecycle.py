"""Lifecycles: records that a request starts and that the clock, reads or manual steps move to an outcome.

The outcome and its time are decided when a record starts and stored in it as its schedule
(schedule.Schedule), so that a saved state continues where it was. A running record without a schedule (from a
fixture) stays as it is until a request or a manual step moves it. A new policy applies to records started
later; reschedule() applies it to running ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.declared import SCHEDULE
from mock_server.behaviours.keys import key_of
from mock_server.behaviours.policy import Policy
from mock_server.behaviours.schedule import Schedule, make_schedule
from mock_server.clock import from_rfc3339, to_rfc3339
from mock_server.errors.api_error import ApiError, ErrorCode, not_found

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, Lifecycle
    from mock_server.seeded_random import SeededRandom
    from mock_server.store.protocol import Record, Transaction

DEFAULT_POLICY = Policy()
"""The policy of collections for which none is set."""


def advance(state: Transaction, moving: Iterable[tuple[Collection, Lifecycle]], *, now: datetime) -> None:
    """Bring every running record to its state at `now`. The only function by which time changes state.

    moving: the collections with a lifecycle, as `moving` returns them.
    """
    for collection, lifecycle in moving:
        version = state.version(collection.storage)
        if collection.resting.get(version):
            continue
        is_resting = True
        for record, schedule in _scheduled(state, collection, lifecycle, by="ends"):
            moved = _moved(record, collection, lifecycle, schedule, now)
            is_resting = False
            if moved != record:
                state.put(collection.storage, key_of(record, collection), moved)
        if is_resting:
            collection.resting.keep(version, value=True)


def moving(behaviours: Iterable[Behaviours]) -> Iterator[tuple[Collection, Lifecycle]]:
    """Yield the collections with a lifecycle."""
    for declared in behaviours:
        for collection in declared.collections.values():
            if collection.lifecycle is not None:
                yield collection, collection.lifecycle


def next_due(state: Transaction, behaviours: Iterable[Behaviours]) -> datetime | None:
    """Return when the clock ends the next record (may be in the past), or None if it ends none."""
    due_times: list[datetime] = []
    for collection, lifecycle in moving(behaviours):
        for _record, schedule in _scheduled(state, collection, lifecycle, by="ends"):
            if schedule.due is not None:
                due_times.append(schedule.due)
    return min(due_times, default=None)


def begin(
    record: Record,
    collection: Collection,
    state: Transaction,
    *,
    rng: SeededRandom,
    now: datetime,
    policy: Policy = DEFAULT_POLICY,
) -> dict[str, Any]:
    """Return the members that start a new record; none without a lifecycle.

    Raises ApiError (CONFLICT) while another record with the same exclusive member runs.
    """
    lifecycle = collection.lifecycle
    if lifecycle is None:
        return {}
    if running(state, collection, record) is not None:
        raise ApiError(ErrorCode.CONFLICT, message=f"A {collection.called.lower()} is already running")
    begun: dict[str, Any] = {lifecycle.member: lifecycle.running}
    if lifecycle.counter:
        begun[lifecycle.counter] = 0
    place = (collection.storage, key_of(record, collection))
    return {**begun, SCHEDULE: make_schedule(lifecycle, policy, rng, place=place, now=now).to_json()}


def running(state: Transaction, collection: Collection, like: Mapping[str, Any]) -> Record | None:
    """Return the running record with the same exclusive member as `like`, if any."""
    lifecycle = collection.lifecycle
    if lifecycle is None or lifecycle.exclusive is None:
        return None
    same = {lifecycle.exclusive: like[lifecycle.exclusive]}
    found = (
        record
        for active in lifecycle.active
        for record in state.find(collection.storage, {**same, lifecycle.member: active})
    )
    return next(found, None)


def stop(record: Record, collection: Collection, to: str, *, now: datetime) -> dict[str, Any]:
    """Return the record ended in state `to` by a request. Raises ApiError (CONFLICT) if it is not running."""
    return _ended(record, collection, _running(record, collection), to, now)


def step(
    state: Transaction, collection: Collection, key: str, *, policy: Policy, rng: SeededRandom, now: datetime
) -> Record:
    """Advance the record with this key manually by one step of its schedule and return it.

    A record without a schedule gets one that only manual steps advance; policy: its number of steps and
    outcome. Raises ApiError: NOT_FOUND for an unknown key, CONFLICT if the record is not running.
    """
    record = state.get(collection.storage, key)
    if record is None:
        raise not_found(collection.called, key)
    lifecycle = _running(record, collection)
    schedule = _schedule(record)
    if schedule is None:
        by_hand = replace(policy, pace="by_hand")
        schedule = _rescheduled(record, collection, lifecycle, by_hand, rng=rng, now=now, total=None)
    # From the step that clock or reads have reached, so that a manual step always advances the record.
    stepped = replace(schedule, stepped=schedule.step(now) + 1)
    moved = _moved({**record, SCHEDULE: stepped.to_json()}, collection, lifecycle, stepped, now)
    state.put(collection.storage, key, moved)
    return moved


def count_read(state: Transaction, collection: Collection, record: Record, *, now: datetime) -> None:
    """Count that a reply shows this record, and advance it if reads do so."""
    lifecycle = collection.lifecycle
    if lifecycle is None or record.get(lifecycle.member) not in lifecycle.active:
        return
    schedule = _schedule(record)
    if schedule is not None and schedule.reads is not None:
        counted = replace(schedule, seen=schedule.seen + 1)
        moved = _moved({**record, SCHEDULE: counted.to_json()}, collection, lifecycle, counted, now)
        state.put(collection.storage, key_of(record, collection), moved)


def counts_reads(state: Transaction, collection: Collection) -> bool:
    """Whether reads advance any record of the collection."""
    lifecycle = collection.lifecycle
    if lifecycle is None:
        return False
    return any(_scheduled(state, collection, lifecycle, by="reads"))


def reschedule(
    state: Transaction, collection: Collection, *, policy: Policy, rng: SeededRandom, now: datetime
) -> None:
    """Apply another policy to the running records from `now` on.

    Their counters continue from the present value to the planned one. Records without a schedule stay as they
    are.
    """
    if collection.lifecycle is None:
        return
    for record, schedule in _scheduled(state, collection, collection.lifecycle):
        new_schedule = _rescheduled(
            record, collection, collection.lifecycle, policy, rng=rng, now=now, total=schedule.total
        )
        rescheduled = {**record, SCHEDULE: new_schedule.to_json()}
        state.put(collection.storage, key_of(record, collection), rescheduled)


def _scheduled(
    state: Transaction, collection: Collection, lifecycle: Lifecycle, *, by: str = "begins"
) -> Iterator[tuple[Record, Schedule]]:
    """The running records with a schedule, found by the index of states: other records cost nothing.

    by: a member that the schedule must have, e.g. "ends" for those that the clock ends.
    """
    for active in lifecycle.active:
        for record in state.find(collection.storage, {lifecycle.member: active}):
            stored = record.get(SCHEDULE)
            if stored is not None and by in stored:
                yield record, Schedule.read(stored)


def _schedule(record: Record) -> Schedule | None:
    stored = record.get(SCHEDULE)
    return None if stored is None else Schedule.read(stored)


def _rescheduled(
    record: Record,
    collection: Collection,
    lifecycle: Lifecycle,
    policy: Policy,
    *,
    rng: SeededRandom,
    now: datetime,
    total: int | None,
) -> Schedule:
    place = (collection.storage, key_of(record, collection))
    start = _count(record, lifecycle)
    return make_schedule(lifecycle, policy, rng, place=place, now=now, start=start, total=total)


def _running(record: Record, collection: Collection) -> Lifecycle:
    lifecycle = collection.lifecycle
    if lifecycle is None or record.get(lifecycle.member) not in lifecycle.active:
        raise ApiError(ErrorCode.CONFLICT, message=f"The {collection.called.lower()} is not running")
    return lifecycle


def _moved(
    record: Record, collection: Collection, lifecycle: Lifecycle, schedule: Schedule, now: datetime
) -> dict[str, Any]:
    """The record in the state that its schedule prescribes for `now`."""
    if schedule.is_over(now):
        moved = _ended(record, collection, lifecycle, schedule.outcome, schedule.end(now))
        count = schedule.last_count
    else:
        moved, count = dict(record), schedule.count(now)
        if lifecycle.states:
            active = lifecycle.active
            reached = min(schedule.step(now) * len(active) // schedule.steps, len(active) - 1)
            # A state never goes back, even if the clock is set back.
            moved[lifecycle.member] = active[max(active.index(record[lifecycle.member]), reached)]
    if lifecycle.counter:
        # A counter never goes back, even if the clock is set back.
        moved[lifecycle.counter] = max(_count(record, lifecycle), count)
    return moved


def _count(record: Record, lifecycle: Lifecycle) -> int:
    count = record.get(lifecycle.counter) if lifecycle.counter else None
    return count if isinstance(count, int) else 0


def _ended(
    record: Record, collection: Collection, lifecycle: Lifecycle, to: str, instant: datetime
) -> dict[str, Any]:
    ended = {member: value for member, value in record.items() if member != SCHEDULE}
    ended[lifecycle.member] = to
    if lifecycle.finished:
        if collection.created:
            # The clock may have been set back: nothing ends before it was created.
            instant = max(instant, from_rfc3339(record[collection.created]))
        ended[lifecycle.finished] = to_rfc3339(instant)
    return ended | dict(lifecycle.writes.get(to, {}))
