"""What an inferred operation does with the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_server.errors.problem import ApiError
from mock_server.handlers.registry import Call, Reply
from mock_server.handlers.resource import own_collection, remove
from mock_server.handlers.scope import locate, target, ties
from mock_server.inference import documents, verbs
from mock_server.inference.operations import refuses_unknown
from mock_server.inference.paging import cut, matching, sorted_as_asked
from mock_server.inference.patches import merged, patched
from mock_server.inference.stage import Stage
from mock_server.inference.writing import add, change, fixed
from mock_server.store.protocol import Record


@dataclass(frozen=True, slots=True)
class Actor:
    """Answers every operation of one inferred contract. stage: that contract."""

    stage: Stage

    def __call__(self, call: Call) -> Reply:
        """The reply to a valid call. Raises ApiError."""
        return _ACTIONS[call.behaviour.action](self.stage, call)


def _list(stage: Stage, call: Call) -> Reply:
    """One page of the records that belong to what the path names and satisfy the filters."""
    collection = own_collection(call)
    records: Sequence[Record] = list(
        call.state.find(collection.storage, ties(collection, locate(call), call))
    )
    records = sorted_as_asked(matching(records, call, collection), call)
    found = cut(records, call, collection)
    shown = [stage.shown(one, collection) for one in found.records]
    return stage.reply(call, shown, meta=found.meta)


def _read(stage: Stage, call: Call) -> Reply:
    """The record the path names."""
    collection = own_collection(call)
    return stage.show(call, target(call), collection)


def _create(stage: Stage, call: Call) -> Reply:
    """A new record of what the body says, below what the path names."""
    collection = own_collection(call)
    record = add(stage, call, collection, _sent_members(stage, call))
    status = _first_declared(call, 201, 200, 202)
    return stage.show(call, record, collection, status=status, key=str(record[collection.key]))


def _replace(stage: Stage, call: Call) -> Reply:
    """The record the path names, of what the body says; what the server sets stays. Where PUT makes records,
    one that is not there comes to be."""
    collection = own_collection(call)
    sent = _sent_members(stage, call)
    try:
        before = target(call)
    except ApiError:
        if not stage.put_makes(call, collection):
            raise
        record = add(stage, call, collection, sent, key=_named_key(call))
        status = _first_declared(call, 201)
        return stage.show(call, record, collection, status=status, key=str(record[collection.key]))
    kept = {name: value for name, value in before.items() if name in fixed(stage, collection)}
    return stage.show(call, change(stage, call, collection, before, {**sent, **kept}), collection)


def _merge(stage: Stage, call: Call) -> Reply:
    """The record the path names, with the members of the body in place of its own, or as a JSON Patch leaves
    it; its key stays."""
    collection, before = own_collection(call), target(call)
    sent = stage.sent(call)
    record = patched(before, sent) if isinstance(sent, list) else merged(before, sent or {})
    record[collection.key] = before[collection.key]
    return stage.show(call, change(stage, call, collection, before, record), collection)


def _delete(stage: Stage, call: Call) -> Reply:
    """Remove the record the path names, with everything that belongs to it. Where the operation has no way to
    say that it is not there, that is no fault."""
    collection = own_collection(call)
    status = _first_declared(call, 204, 200, 202)
    try:
        record = target(call)
    except ApiError:
        if refuses_unknown(call.operation):
            raise
        return stage.reply(call, status=status)
    remove(call.state, call.behaviours, collection, record)
    documents.forget_below(call)
    return stage.show(call, record, collection, status=status)


def _sent_members(stage: Stage, call: Call) -> dict[str, Any]:
    sent = stage.sent(call, whole=True)
    return sent if isinstance(sent, dict) else {}


def _named_key(call: Call) -> Any:
    """The key the path names."""
    return next(
        call.path[name] for name, one in call.behaviour.scope.items() if one == call.behaviour.collection
    )


def _first_declared(call: Call, *statuses: int) -> int | None:
    return next((one for one in statuses if str(one) in call.operation.responses), None)


_ACTIONS: Mapping[str, Callable[[Stage, Call], Reply]] = {
    "list": _list,
    "read": _read,
    "create": _create,
    "replace": _replace,
    "merge": _merge,
    "delete": _delete,
    "transition": verbs.act,
    "custom": verbs.act,
}
