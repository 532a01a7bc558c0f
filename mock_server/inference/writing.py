"""How records of an inferred contract come to be and change: begun, keyed, stamped, made whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.keys import key_of, storage_key
from mock_server.behaviours.timestamps import stamp_created, stamp_updated
from mock_server.handlers.registry import Call
from mock_server.handlers.resource import refuse_taken
from mock_server.handlers.scope import locate, ties
from mock_server.inference.envelopes import plain, words
from mock_server.inference.response_builder import ResponseBuilder
from mock_server.inference.seeding import key_for
from mock_server.store.protocol import Record

STATES = frozenset({"status", "state", "phase", "stage"})
"""Members that say how far a record has come."""


def add(
    builder: ResponseBuilder, call: Call, collection: Collection, sent: Mapping[str, Any], *, key: Any = None
) -> Record:
    """Put a new record of these members into a collection, below what the path names.

    key: its key, when the path names it. Raises ApiError (CONFLICT) for a key that is taken, where the
    operation can say so.
    """
    outer = ties(collection, locate(call, but=None if key is None else collection.name), call)
    record = {**call.behaviour.defaults, **_begun(builder, collection), **sent}
    record |= {**outer, **stamp_created(collection, call.now)}
    record[collection.key] = _new_key(builder, call, collection, record) if key is None else key
    return _put(builder, call, collection, record, record[collection.key])


def change(
    builder: ResponseBuilder, call: Call, collection: Collection, before: Record, record: Mapping[str, Any]
) -> Record:
    """Put these members in place of a record's; its key stays."""
    stamped = {**record, **stamp_updated(before, collection, call.now)}
    return _put(builder, call, collection, stamped, before[collection.key])


def fixed(builder: ResponseBuilder, collection: Collection) -> frozenset[str]:
    """The members no request changes."""
    schemas = builder.contract.schemas
    members = builder.members(collection)
    read_only = {name for name, member in members.items() if plain(member, schemas).keywords.get("readOnly")}
    own = {collection.key, *collection.parents, *collection.private, *filter(None, [collection.created])}
    return frozenset(read_only | own)


def _put(
    builder: ResponseBuilder, call: Call, collection: Collection, record: Mapping[str, Any], key: Any
) -> Record:
    whole = builder.whole(record, collection, key)
    call.state.put(collection.storage, key_of(whole, collection), whole)
    return whole


def _new_key(builder: ResponseBuilder, call: Call, collection: Collection, record: Record) -> Any:
    """The key the request brings, if it is free; else one that no record of the collection has had."""
    brought = record.get(collection.key)
    free = call.state.get(collection.storage, storage_key(brought, record, collection)) is None
    if isinstance(brought, str | int) and not isinstance(brought, bool) and brought != "":
        if free:
            return brought
        if collection.ids == "given" and call.operation.responses.keys() & {"409", "default", "4XX"}:
            refuse_taken(call.state, collection, record)
        if collection.ids == "given":
            return brought
    return _fresh_key(builder, call, collection, record)


def _fresh_key(builder: ResponseBuilder, call: Call, collection: Collection, outer: Mapping[str, Any]) -> Any:
    """A key the schema allows and no record of the collection has had."""
    while True:
        key = key_for(builder, collection, call.state.next_number(collection.storage))
        if call.state.get(collection.storage, storage_key(key, outer, collection)) is None:
            return key


def _begun(builder: ResponseBuilder, collection: Collection) -> dict[str, Any]:
    """The state a new record is in, where its schema lists the states: the default, else the first one."""
    shapes = {
        name: plain(member, builder.contract.schemas)
        for name, member in builder.members(collection).items()
        if words(name) in STATES and name != collection.key
    }
    return {
        name: shape.keywords.get("default", shape.keywords["enum"][0])
        for name, shape in shapes.items()
        if shape.keywords.get("enum")
    }
