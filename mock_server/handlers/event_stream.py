"""Answers as server-sent events, where an operation documents them and the client asks for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mock_server.contract.json_text import dumps
from mock_server.handlers.registry import Call, Reply
from mock_server.sampling.media import bare_type
from mock_server.sampling.shapes import plain_shape

if TYPE_CHECKING:
    from mock_server.contract.operation import DocumentedResponse, Operation
    from mock_server.handlers.response_builder import ResponseBuilder

EVENT_STREAM = "text/event-stream"
_EVENTS = 3


def has_event_stream(operation: Operation) -> bool:
    """Whether an operation documents events for any status."""
    return any(
        bare_type(media_type) == EVENT_STREAM
        for response in operation.responses.values()
        for media_type in response.content
    )


def in_requested_form(call: Call, reply: Reply) -> Reply:
    """Return a reply as events if the operation documents them and the client asks for them; else unchanged.

    A client asks by the body's member that the behaviour names (`stream: true`), or by Accept. An operation
    that documents nothing else always answers with events.
    """
    builder = call.builder
    if builder is None:
        return reply
    response = call.operation.response(reply.status or call.operation.success())
    if response is None or not response.content:
        return reply
    media_type = next((each for each in response.content if bare_type(each) == EVENT_STREAM), None)
    if media_type is None or not _is_requested(call, response):
        return reply
    events = "".join(_events(call, builder, response, media_type, reply.data))
    headers = {**reply.headers, "Content-Type": EVENT_STREAM, "Cache-Control": "no-cache"}
    return dataclasses.replace(reply, written=events, headers=headers)


def _is_requested(call: Call, response: DocumentedResponse) -> bool:
    member, body = call.behaviour.stream, call.body
    if member is not None and isinstance(body, dict) and member in body:
        return body[member] is True
    return bare_type(call.accepted) == EVENT_STREAM or len(response.content) == 1


def _events(
    call: Call, builder: ResponseBuilder, response: DocumentedResponse, media_type: str, answer: Any
) -> Iterator[str]:
    """The events: those of a documented example, else some that the schema allows.

    answer: the body that a client without a stream gets; the only event where the schema is that of a text.
    """
    schema = response.content[media_type]
    for example in response.examples.get(media_type, {}).values():
        if isinstance(example, str) and example.startswith(("data:", "event:", "id:", ":")):
            yield example if example.endswith("\n\n") else f"{example.rstrip()}\n\n"
            return
    shape = plain_shape(schema, call.builder.contract.schemas if call.builder else {})
    if shape.json_type == "string":
        yield _event(answer)
        return
    if shape.json_type == "array":
        schema = shape.keywords.get("items", True)
    for number in range(_EVENTS):
        place = (call.operation.id, "event", number)
        yield _event(builder.sampler.valid_value(schema, place))
    if call.behaviour.stream_end is not None:
        yield f"data: {call.behaviour.stream_end}\n\n"


def _event(value: Any) -> str:
    return f"data: {dumps(value).decode()}\n\n"
