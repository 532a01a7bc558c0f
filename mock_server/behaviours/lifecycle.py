"""Records that move by themselves: begun by a call, moved by the clock, ended by an outcome or a call.

What lies before a record is decided when it begins and kept in it as its plan, so that a saved state goes on
where it was. A running record without a plan (one of the fixtures) stays as it is until a call ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.keys import key_of
from mock_server.clock import from_rfc3339, to_rfc3339
from mock_server.errors.problem import ApiError, Kind

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, Lifecycle
    from mock_server.chance import Chance
    from mock_server.store.protocol import Record, Transaction

PLAN = "plan"
"""The private member that holds what lies before a record: begins, ends, outcome, total."""


def advance(state: Transaction, behaviours: Iterable[Behaviours], *, now: datetime) -> None:
    """Move every running record to where it is at `now`. The only place where time changes state."""
    for declared in behaviours:
        for collection in declared.collections.values():
            if collection.lifecycle is not None:
                _advance(state, collection, collection.lifecycle, now)


def begin(
    record: Record, collection: Collection, state: Transaction, *, chance: Chance, now: datetime
) -> dict[str, Any]:
    """The members that set a new record going.

    Raises ApiError (CONFLICT) while another of the same exclusive member runs.
    """
    lifecycle = collection.lifecycle
    if lifecycle is None:
        return {}
    if running(state, collection, record) is not None:
        raise ApiError(Kind.CONFLICT, message=f"A {collection.called.lower()} is already running")
    begun: dict[str, Any] = {lifecycle.member: lifecycle.running}
    if lifecycle.counter:
        begun[lifecycle.counter] = 0
    plan = _plan(lifecycle, chance, (collection.storage, key_of(record, collection)), now)
    return {**begun, PLAN: plan}


def running(state: Transaction, collection: Collection, like: Mapping[str, Any]) -> Record | None:
    """The record that runs with the same exclusive member as `like`, if one does."""
    lifecycle = collection.lifecycle
    if lifecycle is None or lifecycle.exclusive is None:
        return None
    where = {lifecycle.exclusive: like[lifecycle.exclusive], lifecycle.member: lifecycle.running}
    return next(state.find(collection.storage, where), None)


def stop(record: Record, collection: Collection, to: str, *, now: datetime) -> dict[str, Any]:
    """The record as a call ends it. Raises ApiError (CONFLICT) when it does not run."""
    lifecycle = collection.lifecycle
    if lifecycle is None or record[lifecycle.member] != lifecycle.running:
        raise ApiError(Kind.CONFLICT, message=f"The {collection.called.lower()} is not running")
    return _ended(record, lifecycle, to, now)


def _advance(state: Transaction, collection: Collection, lifecycle: Lifecycle, now: datetime) -> None:
    for record in state.find(collection.storage, {lifecycle.member: lifecycle.running}):
        plan = record.get(PLAN)
        if plan is None:
            continue
        ends = from_rfc3339(plan["ends"])
        if now >= ends:
            moved = _ended(record, lifecycle, plan["outcome"], ends)
            if lifecycle.counter:
                moved[lifecycle.counter] = plan["total"]
        elif lifecycle.counter:
            count = max(record[lifecycle.counter], _counted(plan, ends, now))
            moved = {**record, lifecycle.counter: count}
        else:
            continue
        state.put(collection.storage, key_of(record, collection), moved)


def _counted(plan: Mapping[str, Any], ends: datetime, now: datetime) -> int:
    begins = from_rfc3339(plan["begins"])
    return int(plan["total"] * ((now - begins) / (ends - begins)))


def _ended(record: Record, lifecycle: Lifecycle, to: str, instant: datetime) -> dict[str, Any]:
    ended = {member: value for member, value in record.items() if member != PLAN}
    ended[lifecycle.member] = to
    if lifecycle.finished:
        ended[lifecycle.finished] = to_rfc3339(instant)
    return ended | dict(lifecycle.writes.get(to, {}))


def _plan(lifecycle: Lifecycle, chance: Chance, place: tuple[str, str], now: datetime) -> dict[str, Any]:
    outcomes = [state for state, weight in lifecycle.outcomes.items() for _ in range(weight)]
    shortest, longest = lifecycle.seconds
    seconds = shortest + (longest - shortest) * chance.fraction(*place, "seconds")
    return {
        "begins": to_rfc3339(now),
        "ends": to_rfc3339(now + timedelta(seconds=max(seconds, 0.001))),
        "outcome": chance.choice(outcomes, *place, "outcome"),
        "total": chance.integer(*lifecycle.total, *place, "total"),
    }
