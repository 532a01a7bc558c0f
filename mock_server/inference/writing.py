"""Create and change records of an inferred contract: initial state, key, timestamps, required members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.keys import key_of, storage_key
from mock_server.behaviours.timestamps import stamp_created, stamp_updated
from mock_server.handlers.registry import Call
from mock_server.handlers.resource import refuse_taken
from mock_server.handlers.scope import locate, ties
from mock_server.inference.envelopes import normalized, plain_shape
from mock_server.inference.response_builder import ResponseBuilder
from mock_server.inference.seeding import key_for
from mock_server.store.protocol import Record

STATE_MEMBERS = frozenset({"status", "state", "phase", "stage"})
"""Normalized names of members that hold the state of a record."""


def add(
    builder: ResponseBuilder, call: Call, collection: Collection, sent: Mapping[str, Any], *, key: Any = None
) -> Record:
    """Store a new record of a collection, below the records in the path, and return it.

    sent: its members. key: its key if the path contains it. Raises ApiError (CONFLICT) for an existing key if
    the operation documents that.
    """
    located = locate(call, but=None if key is None else collection.name)
    record = {**call.behaviour.defaults, **_initial_state(builder, collection), **sent}
    record |= {**ties(collection, located, call), **stamp_created(collection, call.now)}
    record[collection.key] = _new_key(builder, call, collection, record) if key is None else key
    whole = builder.new(record, collection, call.operation, call.now)
    call.state.put(collection.storage, key_of(whole, collection), whole)
    return whole


def change(
    builder: ResponseBuilder, call: Call, collection: Collection, before: Record, record: Mapping[str, Any]
) -> Record:
    """Replace all members of a record, except its key, and return it."""
    stamped = {**record, **stamp_updated(before, collection, call.now)}
    return _put(builder, call, collection, stamped, before[collection.key])


def fixed(builder: ResponseBuilder, collection: Collection) -> frozenset[str]:
    """Return the members that no request can change."""
    schemas = builder.contract.schemas
    members = builder.members(collection)
    read_only = {
        name for name, member in members.items() if plain_shape(member, schemas).keywords.get("readOnly")
    }
    set_by_server = {collection.key, *collection.parents, *collection.private}
    if collection.created:
        set_by_server.add(collection.created)
    return frozenset(read_only | set_by_server)


def _put(
    builder: ResponseBuilder, call: Call, collection: Collection, record: Mapping[str, Any], key: Any
) -> Record:
    whole = builder.whole(record, collection, key)
    call.state.put(collection.storage, key_of(whole, collection), whole)
    return whole


def _new_key(builder: ResponseBuilder, call: Call, collection: Collection, record: Record) -> Any:
    """The key in the request if it is usable, else a generated one."""
    sent = record.get(collection.key)
    if not isinstance(sent, str | int) or isinstance(sent, bool) or sent == "":
        return _fresh_key(builder, call, collection, record)
    if call.state.get(collection.storage, storage_key(sent, record, collection)) is None:
        return sent
    if collection.ids != "given":
        return _fresh_key(builder, call, collection, record)
    # The client must choose the key. Without a way to refuse it, the operation overwrites the record.
    if call.operation.responses.keys() & {"409", "default", "4XX"}:
        refuse_taken(call.state, collection, record)
    return sent


def _fresh_key(builder: ResponseBuilder, call: Call, collection: Collection, outer: Mapping[str, Any]) -> Any:
    """A key that the schema allows and that no record of the collection has had."""
    while True:
        key = key_for(builder, collection, call.state.next_number(collection.storage))
        if call.state.get(collection.storage, storage_key(key, outer, collection)) is None:
            return key


def _initial_state(builder: ResponseBuilder, collection: Collection) -> dict[str, Any]:
    """The state of a new record, if its schema lists the states: the default, else the first one."""
    shapes = {
        name: plain_shape(member, builder.contract.schemas)
        for name, member in builder.members(collection).items()
        if normalized(name) in STATE_MEMBERS and name != collection.key
    }
    return {
        name: shape.keywords.get("default", shape.keywords["enum"][0])
        for name, shape in shapes.items()
        if shape.keywords.get("enum")
    }
