"""State of addresses that belong to no collection: the last value written to each is stored."""

from __future__ import annotations

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Call, Reply
from mock_server.inference.operations import refuses_unknown
from mock_server.inference.response_builder import ResponseBuilder
from mock_server.sampling.sampler import NO_VALUE
from mock_server.store.protocol import Record


def answer(builder: ResponseBuilder, call: Call) -> Reply:
    """Answer a call: GET returns the value that PUT or PATCH wrote, or a generated one before any write.

    DELETE deletes the value. Other methods return a generated value. Raises ApiError (NOT_FOUND) for a
    deleted value if the operation documents that.
    """
    method = call.operation.method
    stored = call.state.get(_storage(call), _address(call))
    if method == "DELETE":
        # A mark instead of no entry: a deleted value must not be generated again.
        _store(call, {"gone": True})
        return builder.reply(call)
    if method in {"PUT", "PATCH"}:
        return _write(builder, call, stored)
    if method not in {"GET", "HEAD"}:
        return _echo(builder, call)
    if stored and stored.get("gone") and refuses_unknown(call.operation):
        raise ApiError(ErrorCode.NOT_FOUND)
    value = stored.get("value") if stored else None
    return builder.reply(call, NO_VALUE if value is None else value)


def forget_below(call: Call) -> None:
    """Delete the values of addresses below that of a deleted record."""
    for stored in list(call.state.find(_storage(call))):
        if stored["address"].startswith(f"{_address(call)}/"):
            call.state.delete(_storage(call), stored["address"])


def _write(builder: ResponseBuilder, call: Call, stored: Record | None) -> Reply:
    value = call.body
    before = stored.get("value", {}) if stored and call.operation.method == "PATCH" else {}
    if isinstance(value, dict) and isinstance(before, dict):
        value = {**before, **value}
    _store(call, {"value": value})
    return builder.reply(call, NO_VALUE if value is None else value)


def _echo(builder: ResponseBuilder, call: Call) -> Reply:
    """A generated answer that repeats the members of the request with equal names."""
    reply = builder.reply(call)
    if not isinstance(reply.data, dict) or not isinstance(call.body, dict) or call.behaviour.envelope.data:
        return reply
    echoed = {name: value for name, value in call.body.items() if name in reply.data}
    return builder.reply(call, {**reply.data, **echoed})


def _store(call: Call, record: Record) -> None:
    call.state.put(_storage(call), _address(call), {"address": _address(call), **record})


def _storage(call: Call) -> str:
    return f"{call.operation.contract}/documents"


def _address(call: Call) -> str:
    return call.operation.path.format_map({name: str(value) for name, value in call.path.items()})
