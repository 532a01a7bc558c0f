"""What is kept under an address that names no record."""

from __future__ import annotations

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Call, Reply
from mock_server.inference.operations import refuses_unknown
from mock_server.inference.response_builder import ResponseBuilder
from mock_server.sampling.sampler import NO_VALUE
from mock_server.store.protocol import Record


def answer(builder: ResponseBuilder, call: Call) -> Reply:
    """Written by PUT and PATCH, gone after DELETE, made up before any of them, as for any other method.

    Raises ApiError (NOT_FOUND) for what is gone, where the operation can say so.
    """
    method = call.operation.method
    stored = call.state.get(_storage(call), _address(call))
    if method == "DELETE":
        _keep(call, {"gone": True})
        return builder.reply(call)
    if method in {"PUT", "PATCH"}:
        return _write(builder, call, stored)
    if method not in {"GET", "HEAD"}:
        return _echo(builder, call)
    if stored and stored.get("gone") and refuses_unknown(call.operation):
        raise ApiError(ErrorCode.NOT_FOUND)
    return builder.reply(call, stored["value"] if stored and stored.get("value") is not None else NO_VALUE)


def forget_below(call: Call) -> None:
    """Drop what is kept under addresses inside that of a record that is gone."""
    for stored in list(call.state.find(_storage(call))):
        if stored["address"].startswith(f"{_address(call)}/"):
            call.state.delete(_storage(call), stored["address"])


def _write(builder: ResponseBuilder, call: Call, stored: Record | None) -> Reply:
    value = call.body
    before = stored.get("value", {}) if stored and call.operation.method == "PATCH" else {}
    if isinstance(value, dict) and isinstance(before, dict):
        value = {**before, **value}
    _keep(call, {"value": value})
    return builder.reply(call, NO_VALUE if value is None else value)


def _echo(builder: ResponseBuilder, call: Call) -> Reply:
    """A made-up answer in which equally named members of the request come back."""
    made = builder.reply(call)
    if not isinstance(made.data, dict) or not isinstance(call.body, dict) or call.behaviour.envelope.data:
        return made
    echoed = {name: value for name, value in call.body.items() if name in made.data}
    return builder.reply(call, {**made.data, **echoed})


def _keep(call: Call, record: Record) -> None:
    call.state.put(_storage(call), _address(call), {"address": _address(call), **record})


def _storage(call: Call) -> str:
    return f"{call.operation.contract}/documents"


def _address(call: Call) -> str:
    return call.operation.path.format_map({name: str(value) for name, value in call.path.items()})
