"""Records that move by themselves: begun by a call, moved by the clock, by being read or by hand, ended by an
outcome or a call.

What lies before a record is decided when it begins and kept in it as its schedule (schedule.Schedule), so
that a saved state goes on where it was. A running record without a schedule (one of the fixtures) stays as it
is until a call or a hand moves it. A new policy holds for records begun later; reschedule() makes it hold for
those on their way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.keys import key_of
from mock_server.behaviours.policy import Policy
from mock_server.behaviours.schedule import Schedule, make_schedule
from mock_server.clock import from_rfc3339, to_rfc3339
from mock_server.errors.api_error import ApiError, ErrorCode, not_found

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, Lifecycle
    from mock_server.seeded_random import SeededRandom
    from mock_server.store.protocol import Record, Transaction

SCHEDULE = "plan"
"""The private member of a record that moves: what lies before it, in the form of Plan.to_json."""

AS_DECLARED = Policy()
"""What holds where no policy is set."""


def advance(state: Transaction, behaviours: Iterable[Behaviours], *, now: datetime) -> None:
    """Move every running record to where it is at `now`. The only place where time changes state."""
    for collection, lifecycle in moving(behaviours):
        for record, schedule in _scheduled(state, collection, lifecycle, by="ends"):
            moved = _moved(record, collection, lifecycle, schedule, now)
            if moved != record:
                state.put(collection.storage, key_of(record, collection), moved)


def moving(behaviours: Iterable[Behaviours]) -> Iterator[tuple[Collection, Lifecycle]]:
    """The collections whose records move by themselves."""
    for declared in behaviours:
        for collection in declared.collections.values():
            if collection.lifecycle is not None:
                yield collection, collection.lifecycle


def next_due(state: Transaction, behaviours: Iterable[Behaviours]) -> datetime | None:
    """When the clock ends the next record, may be in the past; None while no record waits for the clock."""
    scheduled = (
        schedule for pair in moving(behaviours) for _, schedule in _scheduled(state, *pair, by="ends")
    )
    return min((schedule.due for schedule in scheduled if schedule.due is not None), default=None)


def begin(
    record: Record,
    collection: Collection,
    state: Transaction,
    *,
    rng: SeededRandom,
    now: datetime,
    policy: Policy = AS_DECLARED,
) -> dict[str, Any]:
    """The members that set a new record going.

    Raises ApiError (CONFLICT) while another of the same exclusive member runs.
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
    """The record that runs with the same exclusive member as `like`, if one does."""
    lifecycle = collection.lifecycle
    if lifecycle is None or lifecycle.exclusive is None:
        return None
    where = {lifecycle.exclusive: like[lifecycle.exclusive], lifecycle.member: lifecycle.running}
    return next(state.find(collection.storage, where), None)


def stop(record: Record, collection: Collection, to: str, *, now: datetime) -> dict[str, Any]:
    """The record as a call ends it. Raises ApiError (CONFLICT) when it does not run."""
    return _ended(record, collection, _running(record, collection), to, now)


def step(
    state: Transaction, collection: Collection, key: str, *, policy: Policy, rng: SeededRandom, now: datetime
) -> Record:
    """The record with this key, brought forward by hand to the next step of its way, and what else is due.

    One without a schedule sets off for it, moved by hand alone; policy: in how many steps, and to which end.
    Raises ApiError: NOT_FOUND without such a record, CONFLICT when it does not run.
    """
    record = state.get(collection.storage, key)
    if record is None:
        raise not_found(collection.called, key)
    lifecycle = _running(record, collection)
    schedule = _schedule(record)
    if schedule is None:
        by_hand = replace(policy, pace="by_hand")
        schedule = _rescheduled(record, collection, lifecycle, by_hand, rng=rng, now=now, total=None)
    stepped = replace(schedule, stepped=schedule.step(now) + 1)
    moved = _moved({**record, SCHEDULE: stepped.to_json()}, collection, lifecycle, stepped, now)
    state.put(collection.storage, key, moved)
    return moved


def count_read(state: Transaction, collection: Collection, record: Record, *, now: datetime) -> None:
    """A reply is about to show this record: one that reads move is moved."""
    lifecycle = collection.lifecycle
    if lifecycle is None or record.get(lifecycle.member) != lifecycle.running:
        return
    schedule = _schedule(record)
    if schedule is not None and schedule.reads is not None:
        seen = replace(schedule, seen=schedule.seen + 1)
        moved = _moved({**record, SCHEDULE: seen.to_json()}, collection, lifecycle, seen, now)
        state.put(collection.storage, key_of(record, collection), moved)


def counts_reads(state: Transaction, collection: Collection) -> bool:
    """Whether any record of the collection is moved by being read."""
    lifecycle = collection.lifecycle
    if lifecycle is None:
        return False
    return any(_scheduled(state, collection, lifecycle, by="reads"))


def reschedule(
    state: Transaction, collection: Collection, *, policy: Policy, rng: SeededRandom, now: datetime
) -> None:
    """Let the records on their way follow another policy from `now` on, from where their counters stand to
    where they were bound for. Those without a schedule stay as they are."""
    if collection.lifecycle is None:
        return
    for record, schedule in _scheduled(state, collection, collection.lifecycle):
        anew = _rescheduled(
            record, collection, collection.lifecycle, policy, rng=rng, now=now, total=schedule.total
        )
        state.put(collection.storage, key_of(record, collection), {**record, SCHEDULE: anew.to_json()})


def _scheduled(
    state: Transaction, collection: Collection, lifecycle: Lifecycle, *, by: str = "begins"
) -> Iterator[tuple[Record, Schedule]]:
    """The records on their way, found by the index of states, so that those at rest cost nothing.

    by: a member their schedules have, such as the one that says what moves them.
    """
    for record in state.find(collection.storage, {lifecycle.member: lifecycle.running}):
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
    if lifecycle is None or record.get(lifecycle.member) != lifecycle.running:
        raise ApiError(ErrorCode.CONFLICT, message=f"The {collection.called.lower()} is not running")
    return lifecycle


def _moved(
    record: Record, collection: Collection, lifecycle: Lifecycle, schedule: Schedule, now: datetime
) -> dict[str, Any]:
    """The record as its schedule has it now."""
    if schedule.is_over(now):
        moved = _ended(record, collection, lifecycle, schedule.outcome, schedule.end(now))
        count = schedule.last_count
    else:
        moved, count = dict(record), schedule.count(now)
    if lifecycle.counter:
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
        if collection.created:  # a clock that was set back ends nothing before it began
            instant = max(instant, from_rfc3339(record[collection.created]))
        ended[lifecycle.finished] = to_rfc3339(instant)
    return ended | dict(lifecycle.writes.get(to, {}))
