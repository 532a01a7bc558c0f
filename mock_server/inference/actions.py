"""The actions of inferred operations on the state."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.errors.api_error import ApiError
from mock_server.handlers.registry import Call, Reply
from mock_server.handlers.resource import listed, own_collection, remove
from mock_server.handlers.scope import target
from mock_server.inference import custom_actions, untyped_state
from mock_server.inference.operations import refuses_unknown
from mock_server.inference.response_builder import ResponseBuilder
from mock_server.inference.writing import add, change, fixed
from mock_server.json_pointer import unescape

_WHOLE_MEMBER = re.compile(r"/[^/]+")


@dataclass(frozen=True, slots=True)
class InferredHandler:
    """Answers every operation of one inferred contract. builder: of that contract."""

    builder: ResponseBuilder

    def __call__(self, call: Call) -> Reply:
        """Return the reply to a valid call. Raises ApiError."""
        return _ACTIONS[call.behaviour.action](self.builder, call)


def _list(builder: ResponseBuilder, call: Call) -> Reply:
    """Return one page of the records below those in the path that satisfy the filters."""
    collection = own_collection(call)
    page = listed(call)
    visible = [builder.shown(record, collection) for record in page.records]
    return builder.reply(call, visible, meta=page.meta)


def _read(builder: ResponseBuilder, call: Call) -> Reply:
    """Return the target record."""
    collection = own_collection(call)
    return builder.show(call, target(call), collection)


def _create(builder: ResponseBuilder, call: Call) -> Reply:
    """Create a record from the body, below the records in the path."""
    collection = own_collection(call)
    record = add(builder, call, collection, _sent_members(builder, call))
    status = _first_declared(call, 201, 200, 202)
    return builder.show(call, record, collection, status=status, key=str(record[collection.key]))


def _replace(builder: ResponseBuilder, call: Call) -> Reply:
    """Replace the target by the body, except members that the server sets; create it if PUT does so."""
    collection = own_collection(call)
    sent = _sent_members(builder, call)
    try:
        before = target(call)
    except ApiError:
        if not builder.put_creates(call, collection):
            raise
        record = add(builder, call, collection, sent, key=_named_key(call))
        status = _first_declared(call, 201)
        return builder.show(call, record, collection, status=status, key=str(record[collection.key]))
    unchanged = {name: value for name, value in before.items() if name in fixed(builder, collection)}
    return builder.show(call, change(builder, call, collection, before, {**sent, **unchanged}), collection)


def _merge(builder: ResponseBuilder, call: Call) -> Reply:
    """Change the target by a merge patch or a JSON Patch; its key stays."""
    collection, before = own_collection(call), target(call)
    sent = builder.sent(call)
    record = patched(before, sent) if isinstance(sent, list) else merged(before, sent or {})
    record[collection.key] = before[collection.key]
    return builder.show(call, change(builder, call, collection, before, record), collection)


def _delete(builder: ResponseBuilder, call: Call) -> Reply:
    """Delete the target and its children.

    A missing record is an error only if the operation documents one.
    """
    collection = own_collection(call)
    status = _first_declared(call, 204, 200, 202)
    try:
        record = target(call)
    except ApiError:
        if refuses_unknown(call.operation):
            raise
        return builder.reply(call, status=status)
    remove(call.state, call.behaviours, collection, record)
    untyped_state.forget_below(call)
    return builder.show(call, record, collection, status=status)


def _sent_members(builder: ResponseBuilder, call: Call) -> dict[str, Any]:
    sent = builder.sent(call, whole=True)
    return sent if isinstance(sent, dict) else {}


def _named_key(call: Call) -> Any:
    """The key in the path, as sent."""
    return next(
        call.path[name]
        for name, collection in call.behaviour.scope.items()
        if collection == call.behaviour.collection
    )


def _first_declared(call: Call, *statuses: int) -> int | None:
    return next((status for status in statuses if str(status) in call.operation.responses), None)


_ACTIONS: Mapping[str, Callable[[ResponseBuilder, Call], Reply]] = {
    "list": _list,
    "read": _read,
    "create": _create,
    "replace": _replace,
    "merge": _merge,
    "delete": _delete,
    "transition": custom_actions.act,
    "custom": custom_actions.act,
}


def merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object changed by a merge patch (RFC 7396), nested objects included.

    Unlike in the RFC, null does not remove a member but is stored: an API's records have fixed members, and
    whether null is allowed is checked against the schema.
    """
    result = dict(before)
    for name, value in changes.items():
        inner = result.get(name)
        result[name] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return result


def patched(before: Mapping[str, Any], steps: list[Any]) -> dict[str, Any]:
    """Return a record changed by a JSON Patch (RFC 6902).

    Only steps that add, replace or remove a top-level member are applied; others are ignored.
    """
    record = dict(before)
    for step in steps:
        path = step.get("path") if isinstance(step, dict) else None
        if not isinstance(path, str) or not _WHOLE_MEMBER.fullmatch(path):
            continue
        name = unescape(path[1:])
        if step.get("op") in {"add", "replace"}:
            record[name] = step.get("value")
        elif step.get("op") == "remove":
            record.pop(name, None)
    return record
