"""The records of a world: looked at, put, taken away, moved by hand."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from mock_server.admin.call import AdminCall, Handler
from mock_server.admin.listing import listed
from mock_server.admin.state import Opened, kept, opened
from mock_server.behaviours.allowed_members import kept_members, unknown_members
from mock_server.behaviours.declared import Collection
from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.behaviours.lifecycle import AS_DECLARED, PLAN, step
from mock_server.behaviours.schedule import Schedule, ScheduleError
from mock_server.errors.api_error import ApiError, ErrorCode, not_found
from mock_server.handlers.registry import Reply
from mock_server.redaction import Secrets
from mock_server.reloading.fitting import Fitting
from mock_server.store.protocol import Record


def list_collections(call: AdminCall) -> Reply:
    """Every collection with the number of its records."""
    contracts = call.context.engine.context.contracts
    with opened(call) as at:
        return listed(
            {
                "contract": name,
                "collection": collection.name,
                "called": collection.called,
                "key": collection.key,
                "moves": collection.lifecycle is not None,
                "records": sum(1 for _ in at.state.find(collection.storage)),
            }
            for name, mounted in contracts.items()
            for collection in mounted.behaviours.collections.values()
        )


def list_records(call: AdminCall) -> Reply:
    """Records in the order they were made. Raises ApiError NOT_FOUND, as the others do."""
    collection = kept(call)
    start, limit = call.query["offset"], call.query["limit"]
    with opened(call) as at:
        found = list(at.state.find(collection.storage))
    shown = (_shown(call, collection, one) for one in islice(found, start, start + limit))
    return listed(shown, total=len(found))


def get_record(call: AdminCall) -> Reply:
    """One record."""
    collection = kept(call)
    with opened(call) as at:
        record = _found(call, collection, at)
    return Reply(_shown(call, collection, record))


def put_record(call: AdminCall) -> Reply:
    """A record in place of the one with this key, or a new one. Raises ApiError CONFLICT for one that does
    not fit its contract."""
    collection = kept(call)
    fitting, known = _fitting(call, collection), _known(call, collection)
    with opened(call) as at:
        key = _key(call, collection)
        before = at.state.get(collection.storage, key)
        record = _unmasked(call.body, before, collection, call.secrets)
        why = (
            _unplanned(record, collection)
            or _misspelled(record, known)
            or fitting.reason(collection.storage, key, record, at.state)
        )
        if why is not None:
            raise ApiError(ErrorCode.CONFLICT, message=f"The record does not fit: {why}.")
        at.state.put(collection.storage, key, record)
    return Reply(_shown(call, collection, record), status=201 if before is None else 200)


def delete_record(call: AdminCall) -> Reply:
    """The world without this record; what points to it stays."""
    collection = kept(call)
    with opened(call) as at:
        _found(call, collection, at)
        at.state.delete(collection.storage, _key(call, collection))
    return Reply()


def advance_record(call: AdminCall) -> Reply:
    """The record one step further. Raises ApiError CONFLICT when it does not run."""
    collection = kept(call)
    with opened(call) as at:
        policy = at.world.policies.get(collection.storage, AS_DECLARED)
        key = _key(call, collection)
        record = step(at.state, collection, key, policy=policy, rng=at.world.rng, now=at.now)
    return Reply(_shown(call, collection, record))


def _key(call: AdminCall, collection: Collection) -> str:
    """The key the path names: a slash, which parts the keys of nested records, cannot stand in a segment."""
    key: str = call.path["key"].replace("|", "/")
    return key if collection.within else canonical_key(key, collection)


def _found(call: AdminCall, collection: Collection, at: Opened) -> Record:
    record = at.state.get(collection.storage, _key(call, collection))
    if record is None:
        raise not_found(collection.called, call.path["key"])
    return record


def _fitting(call: AdminCall, collection: Collection) -> Fitting:
    """What judges records of this collection: every contract that keeps some there."""
    contracts = call.context.engine.context.contracts.values()
    concerned = [
        mounted
        for mounted in contracts
        if any(one.storage == collection.storage for one in mounted.behaviours.collections.values())
    ]
    return Fitting(concerned, call.context.settings.fixtures)


def _known(call: AdminCall, collection: Collection) -> frozenset[str]:
    """The members a record of this collection can have; empty where nothing tells."""
    engine = call.context.engine
    return kept_members(
        collection.storage,
        engine.worlds.scenarios.fixtures().get(collection.storage),
        contracts={name: mounted.contract for name, mounted in engine.context.contracts.items()},
        behaviours={name: mounted.behaviours for name, mounted in engine.context.contracts.items()},
    )


def _misspelled(record: Record, known: frozenset[str]) -> str | None:
    """Why a record has a member too many, as an import would say it."""
    return next(unknown_members(record, known), None)


def _unmasked(
    sent: Record, before: Record | None, collection: Collection, secrets: Secrets
) -> dict[str, Any]:
    """What was sent, with the secrets of before where they came back as they are shown."""
    masked = {} if before is None else secrets.mask_record(collection, before)
    return {
        name: before[name] if before and name in masked and masked[name] == value else value
        for name, value in sent.items()
    }


def _unplanned(record: Record, collection: Collection) -> str | None:
    """Why a record cannot go the way that it says lies before it."""
    if collection.lifecycle is None or PLAN not in record:
        return None
    try:
        outcome = Schedule.read(record[PLAN]).outcome
    except ScheduleError:
        return f"{PLAN} is none that it could follow"
    known = collection.lifecycle.outcomes
    return None if outcome in known else f"{PLAN} leads to {outcome!r}, not to any of {', '.join(known)}"


def _shown(call: AdminCall, collection: Collection, record: Record) -> dict[str, Any]:
    return {
        "contract": call.path["contract"],
        "collection": collection.name,
        "key": key_of(record, collection).replace("/", "|"),
        "record": call.secrets.mask_record(collection, record),
    }


HANDLERS: Mapping[str, Handler] = {
    "listCollections": list_collections,
    "listRecords": list_records,
    "getRecord": get_record,
    "putRecord": put_record,
    "deleteRecord": delete_record,
    "advanceRecord": advance_record,
}
