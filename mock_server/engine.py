"""The mock without a web framework: a request in, a response out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from mock_server.clock import machine_time
from mock_server.contract.json_text import dumps
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.messages import DEFAULT_WORLD, Request, Response
from mock_server.pipeline.check_reply import InvalidReplyError, check_reply
from mock_server.pipeline.context import ServerContext
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.record import Recorder
from mock_server.pipeline.render import Rendered, render, render_error
from mock_server.pipeline.steps import AFTER, FIRST, ORDERS
from mock_server.scenarios.scenarios import Scenarios
from mock_server.store.protocol import Transaction
from mock_server.worlds.world import World
from mock_server.worlds.worlds import WorldError, Worlds

log = logging.getLogger("mock_server")


@dataclass(frozen=True, slots=True)
class LoadedFiles:
    """What is made of the files a server plays: made anew when they change, its worlds going on.

    begins_with: the scenario that worlds begin with.
    """

    context: ServerContext
    scenarios: Scenarios
    begins_with: str


class Engine:
    """Plays the contracts of its context, in any number of worlds."""

    def __init__(self, context: ServerContext, worlds: Worlds) -> None:
        self.worlds = worlds
        self.recorder = Recorder(context)

    @property
    def context(self) -> ServerContext:
        """What is played now."""
        return self.recorder.context

    def play(self, loaded: LoadedFiles) -> None:
        """Play this from now on, in the worlds there are."""
        self.recorder = Recorder(loaded.context)
        self.worlds.scenarios = loaded.scenarios
        self.worlds.webhook_config.play(loaded.context.contracts.values())

    def world(self, name: str = DEFAULT_WORLD) -> World:
        """A world, made if there is none. Raises WorldError."""
        return self.worlds.find(name)

    def handle(self, request: Request) -> Response:
        """Answer one request. Never raises in a running server; with strict replies InvalidReplyError and
        bugs do."""
        try:
            world = self.world(request.world)
        except WorldError as error:
            return _without_world(error)
        recorder = self.recorder  # one look: files that are read again meanwhile count for the next request
        exchange = Exchange(request, recorder.context, world, world.next_request_id())
        try:
            return self._answered(exchange, recorder)
        except Exception:
            if recorder.context.strict_replies:
                raise
            log.exception("request %s failed", exchange.id)
            return Response(
                500, {"Content-Type": "application/json"}, dumps({"detail": "Internal Server Error"})
            )

    def _answered(self, exchange: Exchange, recorder: Recorder) -> Response:
        started, begun = machine_time(), perf_counter()
        response = next((answer for first in FIRST if (answer := first(exchange))), None)
        if response is None:
            response = self._played(exchange).response
        for after in AFTER:
            response = after(exchange, response)
        duration = perf_counter() - begun
        entry = recorder.record(exchange, response, duration=duration, started=started)
        exchange.world.journal.add(entry)
        return response

    def _played(self, exchange: Exchange) -> Rendered:
        route = exchange.route
        try:
            self._walk(exchange)
            rendered = render(exchange)
        except ApiError as error:
            exchange.error = error
            rendered = render_error(route, error)
        except Exception:
            if exchange.context.strict_replies:
                raise
            log.exception("%s.%s failed", route.plan.operation.contract, route.plan.operation.id)
            exchange.error = ApiError(ErrorCode.INTERNAL)
            return render_error(route, exchange.error)
        check_reply(route, rendered, strict=exchange.context.strict_replies)
        return rendered

    def _walk(self, exchange: Exchange) -> None:
        order = ORDERS[exchange.route.mounted.dialect.order]
        for step in order.before:
            step(exchange)
        with self.transaction(exchange) as state:
            exchange.state = state
            try:
                for step in order.within:
                    step(exchange)
            finally:
                exchange.reads = state.reads
        exchange.changes = state.changes()

    @contextmanager
    def transaction(self, exchange: Exchange) -> Iterator[Transaction]:
        """The transaction an exchange's steps work in."""
        with exchange.world.store.transaction() as state:
            yield state
            exchange.events = exchange.world.webhooks.tell(state, at=exchange.now)


def _without_world(error: WorldError) -> Response:
    """A request for a world that cannot be had: the server's own refusal (RFC 9457), no platform's."""
    status = {"name": 400, "full": 503}[error.fault]
    problem = {"type": "about:blank", "title": "No such world", "status": status, "detail": error.message}
    return Response(status, {"Content-Type": "application/problem+json"}, dumps(problem))


__all__ = ["Engine", "InvalidReplyError", "LoadedFiles", "Request", "Response"]
