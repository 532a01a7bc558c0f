"""Steps inside the transaction: time moves on, the path's records are found, the operation is answered."""

from __future__ import annotations

from mock_server.behaviours.lifecycle import advance as advance_lifecycles
from mock_server.handlers.dispatch import answer as answer_call
from mock_server.handlers.resource import count_reads as count_reads_of
from mock_server.handlers.scope import locate as locate_records
from mock_server.pipeline.exchange import Exchange


def advance(exchange: Exchange) -> None:
    """The instant of this request; whatever is due by then happens, which is no reading of its own."""
    exchange.world.clock.tick()
    exchange.now = exchange.world.clock.now()
    contracts = exchange.context.contracts.values()
    advance_lifecycles(exchange.state, [mounted.behaviours for mounted in contracts], now=exchange.now)
    exchange.state.forget_reads()


def locate(exchange: Exchange) -> None:
    """The records the path names exist, and the principal may know of them. Raises ApiError."""
    locate_records(exchange.call())


def count_reads(exchange: Exchange) -> None:
    """Records that move by being read are moved by this read, which then shows them moved. Raises
    ApiError."""
    count_reads_of(exchange.call())


def answer(exchange: Exchange) -> None:
    """The handler's or the declared action's reply. Raises ApiError."""
    exchange.reply = answer_call(exchange.call(), exchange.context.registry)
