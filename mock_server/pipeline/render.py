"""The reply in the contract's shape, refusals in the platform's words, and what is done to every reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mock_server.behaviours.declared import Envelope
from mock_server.errors.api_error import ApiError, Violation
from mock_server.handlers.registry import Reply
from mock_server.messages import Response
from mock_server.pipeline.body import encode_body
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.links import with_own_links
from mock_server.pipeline.mounted_contracts import Route
from mock_server.sampling.media import concrete_type

REQUEST_ID = "X-Mock-Request-Id"
"""The header with the id under which the journal keeps the exchange."""

NO_BODY: Any = object()
"""Stands for the value of a response without a body."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A response together with the JSON value that its body was written from, or NO_BODY."""

    response: Response
    value: Any


def render(exchange: Exchange) -> Rendered:
    """The handler's reply in its envelope, reduced to the members that the response schema declares."""
    reply, plan = exchange.reply, exchange.route.plan
    status = reply.status or plan.success
    declared = plan.reply(status)
    if declared is None or declared.media_type is None:
        if reply.literal and reply.data is not None:
            headers = {"Content-Type": "application/json", **reply.headers}
            return Rendered(
                Response(status, headers, encode_body(reply.data, "application/json")), reply.data
            )
        return Rendered(Response(status, dict(reply.headers)), NO_BODY)
    value = reply.data if reply.literal else _in_envelope(reply, exchange.route.behaviour.envelope)
    # A generated value has what its schema or its example shows; records have members of their own.
    is_generated = reply.literal and exchange.route.behaviour.collection is None
    if declared.project is not None and not is_generated:
        example = _example(exchange, status, declared.media_type)
        value = _with_documented(declared.project(value), value, example)
    if exchange.route.mounted.dialect.render_declared is not None:
        linked = with_own_links(value, exchange)
        # A schema may insist on the API's own address.
        if linked != value and (declared.check is None or declared.check.holds(linked)):
            value = linked
    media_type = concrete_type(declared.media_type)
    headers = {"Content-Type": media_type, **reply.headers}
    if reply.written is not None:
        return Rendered(Response(status, headers, reply.written.encode()), value)
    schema, schemas = (declared.check.schema, declared.check.schemas) if declared.check else (True, {})
    return Rendered(Response(status, headers, encode_body(value, media_type, schema, schemas)), value)


def render_error(route: Route, error: ApiError) -> Rendered:
    """A refusal in the dialect of the route's platform. What it quotes of the request body is redacted."""
    if error.violations:
        violations = tuple(_redacted(route, violation) for violation in error.violations)
        error = replace(error, violations=violations)
    dialect = route.mounted.dialect
    declared = dialect.render_declared
    wire = declared(error, route.plan.operation) if declared else dialect.render(error)
    headers = {"Content-Type": wire.media_type, **wire.headers}
    return Rendered(Response(wire.status, headers, encode_body(wire.body, wire.media_type)), wire.body)


def without_body(exchange: Exchange, response: Response) -> Response:
    """Step: no body in the reply to HEAD (RFC 9110, section 9.3.2)."""
    return replace(response, body=b"") if exchange.request.method == "HEAD" else response


def add_request_id(exchange: Exchange, response: Response) -> Response:
    """Step: the id under which this exchange can be looked up."""
    return replace(response, headers={**response.headers, REQUEST_ID: exchange.id})


def _redacted(route: Route, violation: Violation) -> Violation:
    """A violation that quotes no secret of the request body."""
    if violation.where != "body" or route.quotation is None or violation.keyword == "json":
        return violation
    # For a missing member the quoted value is the object that lacks it, one step up.
    is_lacking = violation.keyword == "required" and violation.path
    path = violation.path[:-1] if is_lacking else violation.path
    return replace(violation, given=route.quotation.quote(violation.given, path))


def _example(exchange: Exchange, status: int, media_type: str) -> Any:
    """The first example of a response of an inferred contract, None without one."""
    response = exchange.route.plan.operation.response(status)
    if response is None or exchange.route.mounted.dialect.render_declared is None:
        return None
    return next(iter(response.examples.get(media_type, {}).values()), None)


def _with_documented(projected: Any, value: Any, example: Any) -> Any:
    """The projected value with those members of the value that only the example of the response declares."""
    if isinstance(projected, list) and isinstance(value, list) and isinstance(example, list) and example:
        return [_with_documented(*entries, example[0]) for entries in zip(projected, value, strict=False)]
    if not (isinstance(projected, dict) and isinstance(value, dict) and isinstance(example, dict)):
        return projected
    result = dict(projected)
    for name, documented in example.items():
        if name in projected and name in value:
            result[name] = _with_documented(projected[name], value[name], documented)
        elif name in value:
            result[name] = value[name]
    return result


def _in_envelope(reply: Reply, envelope: Envelope) -> Any:
    if envelope.data is None and not envelope.meta:
        return reply.data
    body: dict[str, Any] = {}
    if envelope.data is not None:
        _place(body, envelope.data, reply.data)
    elif isinstance(reply.data, Mapping):
        body.update(reply.data)
    for name, place in envelope.meta.items():
        if name in reply.meta:
            _place(body, place, reply.meta[name])
    return body


def _place(body: dict[str, Any], dotted: str, value: Any) -> None:
    """Put a value at a dotted path of the body."""
    *outer, last = dotted.split(".")
    for name in outer:
        body = body.setdefault(name, {})
    body[last] = value
