"""Operations other than CRUD: the path and method suggest an effect; otherwise the answer is generated."""

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
from mock_server.inference.envelopes import normalized, plain_shape
from mock_server.inference.operations import refuses_unknown, success_schema
from mock_server.inference.response_builder import ResponseBuilder
from mock_server.inference.writing import STATE_MEMBERS, add, change, fixed
from mock_server.store.protocol import Record


def act(builder: ResponseBuilder, call: Call) -> Reply:
    """Return or change the record in the path, else act on the collection, else on the address's own value.

    Raises ApiError (NOT_FOUND) for a missing record.
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
    """Create the records in a list, change the one that the body names, or delete all below the path."""
    method = call.operation.method
    if isinstance(call.body, list) and method == "POST":
        bodies = [members for members in call.body if isinstance(members, dict)]
        created = [add(builder, call, collection, members) for members in bodies]
        return _show_all(builder, call, created, collection)
    if method in {"PUT", "PATCH"} and isinstance(call.body, dict):
        return _by_body(builder, call, collection)
    if method == "DELETE":
        for record in list(call.state.find(collection.storage, ties(collection, located, call))):
            remove(call.state, call.behaviours, collection, record)
        return builder.reply(call)
    return untyped_state.answer(builder, call)


def _show_all(builder: ResponseBuilder, call: Call, records: list[Record], collection: Collection) -> Reply:
    """Return all created records, or the last one if the reply is a single record."""
    listed = plain_shape(success_schema(call.operation), builder.contract.schemas).json_type == "array"
    if records and not listed and not call.behaviour.envelope.data:
        return builder.show(call, records[-1], collection)
    return builder.reply(call, [builder.shown(record, collection) for record in records])


def _by_body(builder: ResponseBuilder, call: Call, collection: Collection) -> Reply:
    """Change the record whose key is in the body."""
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
    """Perform a verb on a record (`/orders/{id}/cancel`): write the sent members and the verb's state."""
    members = builder.members(collection)
    sent = {**dict(call.query), **(call.body if isinstance(call.body, dict) else {})}
    changes = {
        name: sent[name] for name in members if name in sent and name not in fixed(builder, collection)
    }
    verb = normalized(call.operation.path.rstrip("/").rpartition("/")[2].rpartition(":")[2])
    for name, schema in members.items():
        if normalized(name) not in STATE_MEMBERS:
            continue
        options = plain_shape(schema, builder.contract.schemas).keywords.get("enum", ())
        states = [option for option in options if isinstance(option, str)]
        state = next((state for state in states if _leads_to(verb, normalized(state))), None)
        if state is not None:
            changes |= {name: state, **_state_timestamps(builder, normalized(state), members, call)}
    return builder.show(call, change(builder, call, collection, before, {**before, **changes}), collection)


def _state_timestamps(
    builder: ResponseBuilder, state: str, members: Mapping[str, Schema], call: Call
) -> dict[str, str]:
    """The timestamps of reaching a state: publishedAt for published."""
    return {
        name: to_rfc3339(call.now)
        for name, schema in members.items()
        if normalized(name) in {f"{state}at", f"{state}on"}
        and plain_shape(schema, builder.contract.schemas).keywords.get("format") == "date-time"
    }


def _leads_to(verb: str, state: str) -> bool:
    """Whether a verb leads to a state: cancel to cancelled, publish to published, close to closed."""
    # close → clos → closed. A state that only starts like a short verb ("go", "good") is another word.
    stem = verb.rstrip("e")
    return (len(stem) > 2 and state.startswith(stem) and state != verb) or verb == state
