"""The records of a world: read, written, deleted, and moved a step along their lifecycle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.admin.call import AdminCall, Handler, listed
from mock_server.admin.state import OpenedState, collection_in_path, open_state
from mock_server.behaviours.allowed_members import possible_members, unknown_members
from mock_server.behaviours.declared import SCHEDULE, Collection
from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.behaviours.lifecycle import DEFAULT_POLICY, step
from mock_server.behaviours.schedule import Schedule, ScheduleError
from mock_server.errors.api_error import ApiError, ErrorCode, not_found
from mock_server.handlers.registry import Reply
from mock_server.redaction import Secrets
from mock_server.reloading.fitting import Fitting
from mock_server.store.protocol import Record


def list_collections(call: AdminCall) -> Reply:
    """Every collection with the number of its records."""
    with open_state(call) as opened:
        return listed(
            {
                "contract": name,
                "collection": collection.name,
                "called": collection.called,
                "key": collection.key,
                "moves": collection.lifecycle is not None,
                "records": opened.state.count(collection.storage),
            }
            for name, mounted in call.contracts.items()
            for collection in mounted.behaviours.collections.values()
        )


def list_records(call: AdminCall) -> Reply:
    """Records in the order of their creation. Raises ApiError NOT_FOUND, as the handlers below do."""
    collection = collection_in_path(call)
    start, limit = call.query["offset"], call.query["limit"]
    with open_state(call) as opened:
        records = opened.state.select(collection.storage)
        page, total = list(records[start : start + limit]), len(records)
    return listed((_document(call, collection, record) for record in page), total=total)


def get_record(call: AdminCall) -> Reply:
    """One record."""
    collection = collection_in_path(call)
    with open_state(call) as opened:
        record = _existing(call, collection, opened)
    return Reply(_document(call, collection, record))


def put_record(call: AdminCall) -> Reply:
    """Replace the record with this key, or create it. Raises ApiError CONFLICT for a record that does not fit
    its contract."""
    collection = collection_in_path(call)
    fitting, allowed = _fitting(call, collection), _allowed_members(call, collection)
    with open_state(call) as opened:
        key = _key(call, collection)
        before = opened.state.get(collection.storage, key)
        record = _unmasked(call.body, before, collection, call.secrets)
        reason = (
            _schedule_problem(record, collection)
            or next(unknown_members(record, allowed), None)
            or fitting.reason(collection.storage, key, record, opened.state)
        )
        if reason is not None:
            raise ApiError(ErrorCode.CONFLICT, message=f"The record does not fit: {reason}.")
        opened.state.put(collection.storage, key, record)
    return Reply(_document(call, collection, record), status=201 if before is None else 200)


def delete_record(call: AdminCall) -> Reply:
    """Delete a record. Records that refer to it stay."""
    collection = collection_in_path(call)
    with open_state(call) as opened:
        _existing(call, collection, opened)
        opened.state.delete(collection.storage, _key(call, collection))
    return Reply()


def advance_record(call: AdminCall) -> Reply:
    """Move a record one step along its lifecycle. Raises ApiError CONFLICT where it is not running."""
    collection = collection_in_path(call)
    with open_state(call) as opened:
        policy = opened.world.policies.get(collection.storage, DEFAULT_POLICY)
        key = _key(call, collection)
        record = step(opened.state, collection, key, policy=policy, rng=opened.world.rng, now=opened.now)
    return Reply(_document(call, collection, record))


def _key(call: AdminCall, collection: Collection) -> str:
    """The key that the path names. There `|` stands for the slashes in the keys of nested records, as a path
    segment cannot hold a slash."""
    key: str = call.path["key"].replace("|", "/")
    return key if collection.within else canonical_key(key, collection)


def _existing(call: AdminCall, collection: Collection, opened: OpenedState) -> Record:
    """The record that the path names. Raises ApiError NOT_FOUND."""
    record = opened.state.get(collection.storage, _key(call, collection))
    if record is None:
        raise not_found(collection.called, call.path["key"])
    return record


def _fitting(call: AdminCall, collection: Collection) -> Fitting:
    """Checks records of this collection against every contract that stores some there."""
    sharing = [
        mounted
        for mounted in call.contracts.values()
        if any(other.storage == collection.storage for other in mounted.behaviours.collections.values())
    ]
    return Fitting(sharing, call.context.settings.fixtures)


def _allowed_members(call: AdminCall, collection: Collection) -> frozenset[str]:
    """The members that a record of this collection may have; empty where nothing limits them."""
    return possible_members(
        collection.storage,
        call.worlds.scenarios.fixtures().get(collection.storage),
        contracts={name: mounted.contract for name, mounted in call.contracts.items()},
        behaviours={name: mounted.behaviours for name, mounted in call.contracts.items()},
    )


def _unmasked(
    sent: Record, before: Record | None, collection: Collection, secrets: Secrets
) -> dict[str, Any]:
    """What was sent, with the stored secrets where they came back masked: a record can be read, changed and
    written again."""
    if before is None:
        return dict(sent)
    masked = secrets.mask_record(collection, before)
    return {
        name: before[name] if name in masked and masked[name] == value else value
        for name, value in sent.items()
    }


def _schedule_problem(record: Record, collection: Collection) -> str | None:
    """What is wrong with the schedule that the record itself carries, None for a usable one."""
    if collection.lifecycle is None or SCHEDULE not in record:
        return None
    try:
        outcome = Schedule.read(record[SCHEDULE]).outcome
    except ScheduleError:
        return f"{SCHEDULE} is not a valid schedule"
    known = collection.lifecycle.outcomes
    if outcome in known:
        return None
    return f"{SCHEDULE} has the outcome {outcome!r}; allowed: {', '.join(known)}"


def _document(call: AdminCall, collection: Collection, record: Record) -> dict[str, Any]:
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
