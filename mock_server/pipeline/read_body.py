"""Step: what the body says, as the platform reads it."""

from __future__ import annotations

from mock_server.errors.dialect import ABSENT
from mock_server.pipeline.exchange import Exchange


def read_body(exchange: Exchange) -> None:
    """Parse the body of an operation that has one. Raises ApiError where the platform refuses text it cannot
    read."""
    route, request = exchange.route, exchange.request
    if route.plan.body is None:
        exchange.sent_body = ABSENT
        return
    exchange.sent_body = route.mounted.dialect.read_body(
        request.headers.get("content-type", ""), request.body
    )
