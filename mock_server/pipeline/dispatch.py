"""Steps inside the transaction: the time, the records that the path names, and the operation itself."""

from __future__ import annotations

from mock_server.behaviours.lifecycle import advance as advance_lifecycles
from mock_server.handlers.resource import count_reads as count_call_reads
from mock_server.handlers.scope import locate as locate_records
from mock_server.pipeline.exchange import Exchange


def advance(exchange: Exchange) -> None:
    """Step: set the time of this request and make every transition that is due by then.

    What that reads does not count as read by the request.
    """
    exchange.now = exchange.world.clock.next()
    moving = exchange.context.moving
    if moving:
        advance_lifecycles(exchange.state, moving, now=exchange.now)
        exchange.state.forget_reads()


def locate(exchange: Exchange) -> None:
    """Step: check that the records in the path exist and that the principal may use them. Raises ApiError."""
    locate_records(exchange.call())


def count_reads(exchange: Exchange) -> None:
    """Step: move records whose state depends on how often they were read; the reply shows them moved. Raises
    ApiError."""
    count_call_reads(exchange.call())


def answer(exchange: Exchange) -> None:
    """Step: the reply of the operation's handler or declared action. Raises ApiError."""
    exchange.reply = exchange.route.handler(exchange.call())
