"""What the rules of a world are compared with, and what templates of replies may use of a request."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from mock_server.contract.json_text import MalformedError, UndecodableError, is_json, loads
from mock_server.messages import Request
from mock_server.pipeline.auth import identify
from mock_server.pipeline.exchange import Exchange
from mock_server.when import UNREAD, RequestFacts


def request_facts(exchange: Exchange) -> RequestFacts:
    """The facts of a request that was matched; made once."""
    if exchange.facts is None:
        exchange.facts = _facts(exchange)
    return exchange.facts


def _facts(exchange: Exchange) -> RequestFacts:
    request, world = exchange.request, exchange.world
    contract, operation, principal, error_statuses = None, None, None, frozenset[int]()
    if exchange.unrouted is not None:
        near = exchange.unrouted.near
        contract = None if near is None else near.mounted.contract.name
    else:
        operation = exchange.route.operation
        contract, error_statuses = operation.contract, exchange.route.error_statuses
        caller = identify(exchange)  # authenticate comes later, and may refuse
        principal = None if caller is None else caller[0]
    return RequestFacts(
        contract,
        operation,
        principal,
        world.clock.now(),
        method=request.method,
        world=world.name,
        path=exchange.path_texts,
        query=exchange.sent_query,
        headers=request.headers,
        read_body=cache(lambda: _body(request)),
        error_statuses=error_statuses,
    )


def _body(request: Request) -> Any:
    """The value of a JSON body, the fields of a form, or UNREAD."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    if not request.body or (content_type and not is_json(content_type)):
        return UNREAD
    try:
        return loads(request.body)
    except (MalformedError, UndecodableError):
        return UNREAD
