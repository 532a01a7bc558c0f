"""Step: the faults of the world that meet this request; one of them may answer it."""

from __future__ import annotations

from mock_server.errors.api_error import ApiError
from mock_server.faults.fault import Asked, Documented
from mock_server.messages import Response
from mock_server.pipeline.authenticate import who_asks
from mock_server.pipeline.documented import documented
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.render import render_error
from mock_server.principals import Principal


def inject(exchange: Exchange) -> Response | None:
    """Roll the world's faults, which stay on the exchange for `spoil`; the answer of one that answers in the
    platform's place."""
    book = exchange.world.faults
    if not book:
        return None
    exchange.faults = book.roll(_asked(exchange))
    for fault in exchange.faults:
        answer = fault.answer()
        if answer is not None:
            exchange.world.clock.tick()
            return _worded(exchange, answer)
    return None


def _asked(exchange: Exchange) -> Asked:
    now = exchange.world.clock.now()
    if exchange.unrouted is not None:
        near = exchange.unrouted.near
        return Asked(None if near is None else near.mounted.contract.name, None, None, now)
    operation = exchange.route.plan.operation
    return Asked(operation.contract, operation, _principal(exchange), now)


def _principal(exchange: Exchange) -> Principal | None:
    """Who asks, before anybody has decided whether they may."""
    found = who_asks(exchange)
    return None if found is None else found[0]


def _worded(exchange: Exchange, answer: Response | ApiError | Documented) -> Response:
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, Documented):
        return documented(exchange.route, answer.status, answer.example, rng=exchange.world.rng)
    exchange.error = answer
    return render_error(exchange.route, answer).response
