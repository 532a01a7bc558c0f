"""Steps: parameters and body, coerced and judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.contract.parameters import Sent
from mock_server.errors.api_error import Violation, invalid, not_found
from mock_server.errors.dialect import ABSENT, UNREADABLE
from mock_server.pipeline.authenticate import cookies
from mock_server.pipeline.exchange import Exchange

_BESIDE_PATH = ("query", "header", "cookie")
_PATH: Mapping[str, list[str]] = {}


def validate(exchange: Exchange) -> None:
    """Judge path, query, headers and body together. Raises ApiError with every violation."""
    route = exchange.route
    values, violations = route.plan.readers.read(_sent(exchange), tolerated=route.behaviour.tolerates)
    body, broken = _body(exchange)
    if violations or broken:
        raise invalid(*violations, *broken)
    exchange.path = values["path"]
    exchange.query, exchange.headers, exchange.body = values["query"], values["header"], body


def bind_path(exchange: Exchange) -> None:
    """Read the path alone: a value that cannot name a record is a record that does not exist. Raises
    ApiError."""
    route = exchange.route
    sent = Sent(exchange.path_texts, _PATH, {}, {})
    values, violations = route.plan.readers.read(sent, locations=("path",))
    if violations:
        name = str(violations[0].path[0])
        collection = route.mounted.behaviours.collections.get(route.behaviour.collection or "")
        raise not_found(collection.called if collection else name, exchange.path_texts.get(name, ""))
    exchange.path = values["path"]


def validate_the_rest(exchange: Exchange) -> None:
    """Judge query, headers and body, the path being bound already. Raises ApiError with every violation."""
    route = exchange.route
    values, violations = route.plan.readers.read(
        _sent(exchange), locations=_BESIDE_PATH, tolerated=route.behaviour.tolerates
    )
    body, broken = _body(exchange)
    if violations or broken:
        raise invalid(*violations, *broken)
    exchange.query, exchange.headers, exchange.body = values["query"], values["header"], body


def _sent(exchange: Exchange) -> Sent:
    query: dict[str, list[str]] = {}
    for name, value in exchange.sent_query:
        query.setdefault(name, []).append(value)
    headers = exchange.request.headers
    cookie = cookies(headers["cookie"]) if "cookie" in headers else {}
    return Sent(exchange.path_texts, query, headers, cookie)


def _body(exchange: Exchange) -> tuple[Any, tuple[Violation, ...]]:
    plans, sent = exchange.route.plan, exchange.sent_body
    plan = plans.bodies.get(exchange.media_type, plans.body)
    if plan is None:
        return None, ()
    if sent is ABSENT:
        return None, (Violation("body", (), "required"),) if plan.required else ()
    if sent is UNREADABLE:
        unread = Violation("body", ("body",), "value", message="The body must be a JSON object.")
        return None, plan.check.violations({}, where="body") or (unread,)
    value = sent if plan.convert is None else plan.convert(sent)
    return value, plan.check.violations(value, where="body", sent=sent)
