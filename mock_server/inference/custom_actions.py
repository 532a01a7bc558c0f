"""Operations that are no CRUD: by what their path and method suggest, in the end a made-up answer."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.keys import storage_key
from mock_server.clock import to_rfc3339
from mock_server.contract.operation import Schema
from mock_server.errors.api_error import not_found
from mock_server.handlers.registry import Call, Reply
from mock_server.handlers.resource import own_collection, remove
from mock_server.handlers.scope import locate, ties
from mock_server.inference import untyped_state
from mock_server.inference.envelopes import plain, words
from mock_server.inference.operations import refuses_unknown, success_schema
from mock_server.inference.response_builder import ResponseBuilder
from mock_server.inference.writing import STATES, add, change, fixed
from mock_server.store.protocol import Record


def act(builder: ResponseBuilder, call: Call) -> Reply:
    """Show or alter the record the path names, else act on the collection, else on the address alone.

    Raises ApiError (NOT_FOUND) where a record the path names is not there.
    """
    located = locate(call)
    if call.behaviour.collection is None:
        return untyped_state.answer(builder, call)
    collection = own_collection(call)
    record = located.get(collection.name)
    if record is None:
        return _act_on_all(builder, call, collection, located)
    if call.operation.method in {"GET", "HEAD"}:
        return builder.show(call, record, collection)
    return _alter(builder, call, collection, record)


def _act_on_all(
    builder: ResponseBuilder, call: Call, collection: Collection, located: Mapping[str, Record]
) -> Reply:
    """Add the records a body lists, change the one it names, or remove all below what the path names."""
    method = call.operation.method
    if isinstance(call.body, list) and method == "POST":
        made = [add(builder, call, collection, members) for members in call.body if isinstance(members, dict)]
        return _show_all(builder, call, made, collection)
    if method in {"PUT", "PATCH"} and isinstance(call.body, dict):
        return _by_body(builder, call, collection)
    if method == "DELETE":
        for record in list(call.state.find(collection.storage, ties(collection, located, call))):
            remove(call.state, call.behaviours, collection, record)
        return builder.reply(call)
    return untyped_state.answer(builder, call)


def _show_all(builder: ResponseBuilder, call: Call, records: list[Record], collection: Collection) -> Reply:
    """All that were made, or the last one where the reply shows one."""
    listed = plain(success_schema(call.operation), builder.contract.schemas).json_type == "array"
    if records and not listed and not call.behaviour.envelope.data:
        return builder.show(call, records[-1], collection)
    return builder.reply(call, [builder.shown(record, collection) for record in records])


def _by_body(builder: ResponseBuilder, call: Call, collection: Collection) -> Reply:
    """A change whose body names the record."""
    sent = builder.sent(call)
    key = sent.get(collection.key)
    place = storage_key(key, ties(collection, locate(call), call), collection)
    before = call.state.get(collection.storage, place) if key is not None else None
    if before is not None:
        changed = change(builder, call, collection, before, {**before, **sent})
        return builder.show(call, changed, collection)
    if refuses_unknown(call.operation):
        raise not_found(collection.called, key)
    return builder.show(call, add(builder, call, collection, sent), collection)


def _alter(builder: ResponseBuilder, call: Call, collection: Collection, before: Record) -> Reply:
    """A verb on a record: the members it is sent, and the state its name speaks of."""
    members = builder.members(collection)
    sent = {**dict(call.query), **(call.body if isinstance(call.body, dict) else {})}
    changes = {
        name: sent[name] for name in members if name in sent and name not in fixed(builder, collection)
    }
    verb = words(call.operation.path.rstrip("/").rpartition("/")[2].rpartition(":")[2])
    for name, schema in members.items():
        options = plain(schema, builder.contract.schemas).keywords.get("enum", ())
        meant = [option for option in options if isinstance(option, str) and _leads_to(verb, words(option))]
        if words(name) in STATES and meant:
            changes |= {name: meant[0]} | _reached(builder, words(meant[0]), members, call)
    return builder.show(call, change(builder, call, collection, before, {**before, **changes}), collection)


def _reached(
    builder: ResponseBuilder, state: str, members: Mapping[str, Schema], call: Call
) -> dict[str, str]:
    """The members that say when a state was reached: publishedAt for published."""
    return {
        name: to_rfc3339(call.now)
        for name, schema in members.items()
        if words(name) in {f"{state}at", f"{state}on"}
        and plain(schema, builder.contract.schemas).keywords.get("format") == "date-time"
    }


def _leads_to(verb: str, state: str) -> bool:
    """Whether a verb leads to a state: cancel to cancelled, publish to published, close to closed."""
    stem = verb.rstrip("e")
    return (len(stem) > 2 and state.startswith(stem) and state != verb) or verb == state
