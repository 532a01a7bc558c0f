"""Step: the reply in the contract's shape, or a refusal in the platform's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mock_server.behaviours.declared import Envelope
from mock_server.errors.api_error import ApiError, Violation
from mock_server.handlers.registry import Reply
from mock_server.messages import Response
from mock_server.pipeline.context import Route
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.media import written

NO_BODY: Any = object()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A response together with the JSON value its body was written from."""

    response: Response
    value: Any


def render(exchange: Exchange) -> Rendered:
    """The handler's reply in its envelope, cut down to what the response schema declares."""
    reply, plan = exchange.reply, exchange.route.plan
    status = reply.status or plan.success
    declared = plan.reply(status)
    if declared is None or declared.media_type is None:
        return Rendered(Response(status, dict(reply.headers)), NO_BODY)
    value = reply.data if reply.literal else _wrapped(reply, exchange.route.behaviour.envelope)
    if declared.project is not None:
        value = declared.project(value)
    headers = {"Content-Type": declared.media_type, **reply.headers}
    body = written(value, declared.media_type) if reply.written is None else reply.written.encode()
    return Rendered(Response(status, headers, body), value)


def render_error(route: Route, error: ApiError) -> Rendered:
    """A refusal in the dialect of the route's platform; what it quotes of the body has no secrets in it."""
    if error.violations:
        error = replace(error, violations=tuple(_safe(route, violation) for violation in error.violations))
    dialect = route.mounted.dialect
    declared = dialect.render_declared
    wire = declared(error, route.plan.operation) if declared else dialect.render(error)
    headers = {"Content-Type": wire.media_type, **wire.headers}
    return Rendered(Response(wire.status, headers, written(wire.body, wire.media_type)), wire.body)


def _safe(route: Route, violation: Violation) -> Violation:
    if violation.where != "body" or route.plan.body is None or violation.keyword == "json":
        return violation
    lacking = violation.keyword == "required" and violation.path
    path = violation.path[:-1] if lacking else violation.path
    return replace(violation, given=route.plan.body.quotation.quote(violation.given, path))


def _wrapped(reply: Reply, envelope: Envelope) -> Any:
    if envelope.data is None and not envelope.meta:
        return reply.data
    body: dict[str, Any] = (
        dict(reply.data) if envelope.data is None and isinstance(reply.data, Mapping) else {}
    )
    if envelope.data is not None:
        _place(body, envelope.data, reply.data)
    for name, place in envelope.meta.items():
        if name in reply.meta:
            _place(body, place, reply.meta[name])
    return body


def _place(body: dict[str, Any], dotted: str, value: Any) -> None:
    *outer, last = dotted.split(".")
    for name in outer:
        body = body.setdefault(name, {})
    body[last] = value
