"""The reply in the contract's shape, refusals in the platform's words, and what is done to every reply."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from typing import Any

import orjson

from mock_server.behaviours.declared import Envelope
from mock_server.contract.json_text import dumps
from mock_server.contract.plan import Frame, RecordsPlan, ReplyPlan, json_content
from mock_server.contract.presentation import Link, may_have_links, with_documented
from mock_server.contract.validation import Check
from mock_server.errors.api_error import ApiError, Violation
from mock_server.handlers.registry import Reply
from mock_server.messages import Response
from mock_server.pipeline.body import encode_body
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.links import record_linker, with_own_links
from mock_server.pipeline.mounted_contracts import Route
from mock_server.sampling.media import concrete_type
from mock_server.sampling.pruning import NO_VALUE

REQUEST_ID = "X-Mock-Request-Id"
"""The header with the id under which the journal keeps the exchange."""

_JSON, _VIOLATIONS = attrgetter("json"), attrgetter("violations")

NO_BODY: Any = object()
"""Stands for the value of a response without a body."""


Piece = tuple[bytes, tuple[Violation, ...]]

_SLICE = 20
"""Records that are written at once while a list is sent: this takes less than a millisecond."""


@dataclass(slots=True)
class Rendered:
    """A reply in the contract's shape.

    value: what its body is written from, or NO_BODY. headers: without those of `after` steps. declared: what
    the operation declares of the status, None where it declares nothing. body: the body where it is written
    already. broken: the rules of its schema that it breaks, None where the value is still to be checked.
    is_sound: whether the reply is known to break nothing. pieces: of a body that is written while it is sent,
    each with the rules that it breaks. stream: their texts.
    """

    status: int
    headers: dict[str, str]
    value: Any
    declared: ReplyPlan | None
    media_type: str = ""
    body: bytes | None = None
    broken: tuple[Violation, ...] | None = None
    is_sound: bool = False
    pieces: Iterator[Piece] | None = None
    stream: Iterator[bytes] | None = None


def render(exchange: Exchange) -> Rendered:
    """The handler's reply in its envelope, reduced to the members that the response schema declares."""
    reply, plan = exchange.reply, exchange.route.plan
    status = reply.status or plan.success
    declared = plan.usual if status == plan.success else plan.reply(status)
    if declared is None or declared.media_type is None:
        if reply.literal and reply.data is not None:
            return _rendered(reply, status, reply.data, declared, "application/json")
        return Rendered(status, dict(reply.headers), NO_BODY, declared)
    media_type = concrete_type(declared.media_type)
    if exchange.accepted and exchange.route.behaviour.action == "download" and isinstance(reply.data, str):
        content = encode_body(reply.data, "application/octet-stream")
        headers = {**reply.headers, "Content-Type": exchange.accepted}
        return Rendered(status, headers, reply.data, declared, body=content, broken=())
    if exchange.accepted and _is_declared(exchange, status):
        return _rendered(reply, status, _whole(exchange, declared), declared, exchange.accepted)
    records = None if reply.literal or reply.written is not None else declared.records
    if reply.show is not None and (records is None or not records.is_list):
        # The list cannot be written apart from its body.
        reply = exchange.reply = replace(reply, data=reply.show(reply.data), show=None)
    if records is not None and records.is_list == isinstance(reply.data, list):
        return _render_apart(exchange, status, declared, records, media_type)
    value = reply.data
    if not reply.literal:
        value = _in_envelope(reply.data, reply.meta, exchange.route.behaviour.envelope)
    # A generated value has what its schema or its example shows; records have members of their own.
    if not reply.literal or exchange.route.behaviour.collection is not None:
        value = _projected(value, declared)
    value = _linked(value, exchange, declared.check)
    return _rendered(reply, status, value, declared, media_type)


def _is_declared(exchange: Exchange, status: int) -> bool:
    """Whether the accepted media type is one of this status, and its schema is the usual one's."""
    response = exchange.route.operation.response(status)
    content = {} if response is None else response.content
    return exchange.accepted in content and content[exchange.accepted] == json_content(content)[1]


def _whole(exchange: Exchange, declared: ReplyPlan) -> Any:
    """The body of a reply with its records inside."""
    reply, envelope = exchange.reply, exchange.route.behaviour.envelope
    if reply.literal:
        return reply.data
    if reply.around is NO_VALUE:
        return _projected(_in_envelope(reply.data, reply.meta, envelope), declared)
    if envelope.data is None:
        return _projected(reply.data, declared)
    body = copy.deepcopy(reply.around)
    _place(body, envelope.data.split("."), reply.data)
    return _projected(body, declared)


def _render_apart(
    exchange: Exchange, status: int, declared: ReplyPlan, records: RecordsPlan, media_type: str
) -> Rendered:
    """A reply whose records are written apart from the body around them."""
    reply = exchange.reply
    link = record_linker(exchange) if exchange.route.mounted.dialect.render_declared else None
    rendered = _rendered(reply, status, reply.data, declared, media_type)
    if not records.is_list and not reply.meta:
        frame = records.frames.get(reply.around) or _frame(exchange, declared, records)
        written = records.writer.write_record(reply.data, link, is_settled=reply.is_settled)
        rendered.body = frame.before + written.json + frame.after
        rendered.broken = frame.violations + written.violations
        rendered.is_sound = not (rendered.broken or declared.headers)
        return rendered
    around = _around(exchange, declared, records)
    if reply.show is not None:
        rendered.broken = records.around.violations(around, where="body")
        before, after = _written_around(around, b"[\0]", exchange).split(b"\0")
        rendered.pieces = _pieces(reply, records, link, before, after)
        return rendered
    shown = reply.data if records.is_list else (reply.data,)
    several = records.writer.write(shown, link, are_settled=reply.is_settled)
    text = b",".join(map(_JSON, several))
    rendered.body = _written_around(around, b"[%b]" % text if records.is_list else text, exchange)
    inside = chain.from_iterable(map(_VIOLATIONS, several))
    rendered.broken = (*records.around.violations(around, where="body"), *inside)
    rendered.is_sound = not (rendered.broken or declared.headers)
    return rendered


def _pieces(
    reply: Reply, records: RecordsPlan, link: Link | None, before: bytes, after: bytes
) -> Iterator[Piece]:
    """The body of a list in pieces, each written when it is asked for. before, after: the text around its
    records."""
    show = reply.show or list
    for start in range(0, len(reply.data), _SLICE):
        written = records.writer.write(show(reply.data[start : start + _SLICE]), link)
        text = b",".join(map(_JSON, written))
        yield (b"," if start else before) + text, tuple(chain.from_iterable(map(_VIOLATIONS, written)))
    yield after, ()


def _around(exchange: Exchange, declared: ReplyPlan, records: RecordsPlan) -> Any:
    """The body with an empty list, or null, in the place of its records."""
    reply, envelope = exchange.reply, exchange.route.behaviour.envelope
    around = reply.around
    if around is NO_VALUE:
        around = _in_envelope([] if records.is_list else None, reply.meta, envelope)
    return (
        around if envelope.data is None else _linked(_projected(around, declared), exchange, records.around)
    )


def _frame(exchange: Exchange, declared: ReplyPlan, records: RecordsPlan) -> Frame:
    """What is written around a single record."""
    around = _around(exchange, declared, records)
    # JSON has no such byte elsewhere.
    before, after = _written_around(around, b"\0", exchange).split(b"\0")
    frame = Frame(before, after, records.around.violations(around, where="body"))
    if not may_have_links(around):
        records.frames.keep(exchange.reply.around, frame)
    return frame


def _written_around(around: Any, text: bytes, exchange: Exchange) -> bytes:
    """The JSON text of a body. text: that of its records. around: the body without them."""
    place = exchange.route.behaviour.envelope.data
    return text if place is None else dumps(_with(around, place.split("."), orjson.Fragment(text)))


def _with(body: Any, path: Sequence[str], value: Any) -> dict[str, Any]:
    """A body with a value at a path; the body itself is not changed."""
    name, *rest = path
    outer = body if isinstance(body, dict) else {}
    return {**outer, name: _with(outer.get(name), rest, value) if rest else value}


def _projected(value: Any, declared: ReplyPlan) -> Any:
    """A value reduced to what the response declares, by its schema or its example."""
    if declared.project is None:
        return value
    projected = declared.project(value)
    return projected if declared.example is None else with_documented(projected, value, declared.example)


def _linked(value: Any, exchange: Exchange, check: Check | None) -> Any:
    """A value whose links are addresses of this mock, unless its schema insists on the API's own."""
    if exchange.route.mounted.dialect.render_declared is None or not may_have_links(value):
        return value
    linked = with_own_links(value, exchange)
    return linked if linked != value and (check is None or check.holds(linked)) else value


def _rendered(reply: Reply, status: int, value: Any, declared: ReplyPlan | None, media_type: str) -> Rendered:
    headers = {"Content-Type": media_type, **reply.headers}
    body = None if reply.written is None else reply.written.encode()
    return Rendered(status, headers, value, declared, media_type, body)


def render_error(route: Route, error: ApiError) -> Rendered:
    """A refusal in the dialect of the route's platform. What it quotes of the request body is redacted."""
    if error.violations:
        violations = tuple(_redacted(route, violation) for violation in error.violations)
        error = ApiError(error.code, error.message, violations, error.subject, error.key, error.headers)
    dialect = route.mounted.dialect
    declared = dialect.render_declared
    wire = declared(error, route.operation) if declared else dialect.render(error)
    headers = {"Content-Type": wire.media_type, **wire.headers}
    return Rendered(wire.status, headers, wire.body, route.plan.reply(wire.status), wire.media_type)


def write(rendered: Rendered) -> Response:
    """The response as it is sent."""
    body = rendered.body
    if rendered.stream is not None:
        return Response(rendered.status, rendered.headers, stream=rendered.stream)
    return Response(rendered.status, rendered.headers, _encoded(rendered) if body is None else body)


def _encoded(rendered: Rendered) -> bytes:
    if rendered.value is NO_BODY:
        return b""
    check = rendered.declared.check if rendered.declared is not None else None
    schema, schemas = (check.schema, check.schemas) if check is not None else (True, {})
    return encode_body(rendered.value, rendered.media_type, schema, schemas)


def without_body(exchange: Exchange, response: Response) -> Response:
    """Step: no body in the reply to HEAD (RFC 9110, section 9.3.2)."""
    return replace(response, body=b"") if exchange.request.method == "HEAD" else response


def add_request_id(exchange: Exchange, response: Response) -> Response:
    """Step: the id under which this exchange can be looked up."""
    headers = {**response.headers, REQUEST_ID: exchange.id}
    return Response(response.status, headers, response.body, response.delivery, response.stream)


def _redacted(route: Route, violation: Violation) -> Violation:
    """A violation that quotes no secret of the request body."""
    quotation = route.quotation if violation.where == "body" and violation.keyword != "json" else None
    if quotation is None:
        return violation
    # For a missing member the quoted value is the object that lacks it, one step up.
    is_lacking = violation.keyword == "required" and violation.path
    path = violation.path[:-1] if is_lacking else violation.path
    given = quotation.quote(violation.given, path)
    if given is violation.given:
        return violation
    return Violation(
        violation.where, violation.path, violation.keyword, violation.limit, given, violation.message
    )


def _in_envelope(data: Any, meta: Mapping[str, Any], envelope: Envelope) -> Any:
    if envelope.data is None and not envelope.meta:
        return data
    body: dict[str, Any] = {}
    if envelope.data is not None:
        _place(body, envelope.data.split("."), data)
    elif isinstance(data, Mapping):
        body.update(data)
    for name, outer, last in envelope.meta_places:
        if name in meta:
            part = body
            for step in outer:
                part = part.setdefault(step, {})
            part[last] = meta[name]
    return body


def _place(body: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Put a value at a path of the body."""
    *outer, last = path
    for name in outer:
        body = body.setdefault(name, {})
    body[last] = value
