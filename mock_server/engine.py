"""The mock without a web framework: a request in, a response out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING

from mock_server.clock import machine_time
from mock_server.contract.json_text import dumps
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.journal.recorder import MOST_CHANGES, RecordedExchange, kept_body, kept_violations
from mock_server.messages import DEFAULT_WORLD, PROMPT, Request, Response
from mock_server.origins import foreign_page
from mock_server.pipeline.check_reply import InvalidReplyError, check_reply
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.mounted_contracts import ServerContext
from mock_server.pipeline.render import Rendered, add_request_id, render, render_error, write
from mock_server.pipeline.routing import match
from mock_server.pipeline.steps import CONTRACTS, Order, Pipeline
from mock_server.redaction import LONGEST_BODY
from mock_server.scenarios.scenarios import Scenarios
from mock_server.sign_in.tokens import Tokens
from mock_server.store.protocol import StoreFullError, Transaction
from mock_server.worlds.world import World
from mock_server.worlds.worlds import WorldError, Worlds

if TYPE_CHECKING:
    from mock_server.contract.operation import Contract
    from mock_server.journal.entry import Answerer
    from mock_server.sign_in.endpoints import AuthorizationServer
    from mock_server.upstream.service import Upstream
    from mock_server.webhooks.events import Event

log = logging.getLogger("mock_server")


@dataclass(frozen=True, slots=True)
class LoadedFiles:
    """What a server makes of its files. Made anew when they change, while its worlds continue.

    begins_with: name of the scenario that worlds begin with.
    """

    context: ServerContext
    scenarios: Scenarios
    begins_with: str


class Engine:
    """Answers requests for the contracts of one server, in any number of worlds."""

    def __init__(
        self,
        context: ServerContext,
        worlds: Worlds,
        *,
        world_origins: frozenset[str] = frozenset(),
        upstream: Upstream | None = None,
    ) -> None:
        """world_origins: of pages that may create worlds by naming them, besides those of this machine; * for
        all pages. upstream: the real services that answer operations."""
        self.upstream = upstream
        self._tokens = Tokens()
        self.context = self._completed(context)
        self._pipeline = CONTRACTS.for_server(self.context)
        self.worlds = worlds
        self.world_origins = world_origins

    def play(self, loaded: LoadedFiles) -> None:
        """Answer by these files from now on, in the existing worlds."""
        self.context = self._completed(loaded.context)
        self._pipeline = CONTRACTS.for_server(self.context)
        self.worlds.scenarios = loaded.scenarios
        self.worlds.webhook_config.use_contracts(loaded.context.contracts.values())

    def _completed(self, context: ServerContext) -> ServerContext:
        """A context of files with what outlives them."""
        contracts = [mounted.contract for mounted in context.contracts.values()]
        authorization = _authorization(contracts, self._tokens)
        return replace(context, upstream=self.upstream, authorization=authorization)

    def world(self, name: str = DEFAULT_WORLD) -> World:
        """The world of this name, created where there is none. Raises WorldError."""
        return self.worlds.find(name)

    def handle(self, request: Request, *, may_stream: bool = False) -> Response:
        """Answer one request and record it in the journal of its world.

        may_stream: whether a long list may be written while it is sent, as the response's stream.
        Never raises, unless `strict_replies` is set: then InvalidReplyError and bugs are raised.
        """
        try:
            world = self.worlds.enter(request.world) or self._new_world(request)
        except WorldError as error:
            return _without_world(error)
        sending = 0.0
        try:
            response = self._handle(request, world, may_stream=may_stream)
            if response.delivery is not PROMPT:
                sending = response.delivery.seconds(len(response.body))
        finally:
            self.worlds.leave(world, sending=sending)
        return response

    def _new_world(self, request: Request) -> World:
        """The world that a request names first: it is kept if a contract answers. Raises WorldError."""
        sketched = self.worlds.sketch(request.world)
        probe = Exchange(request, self.context, sketched, "")
        match(probe)
        if probe.unrouted is not None and not self._is_sign_in(request):
            return sketched
        page = foreign_page(request)
        if page is not None and not self.world_origins & {page, "*"}:
            shown = page[:200] or "another origin"
            raise WorldError(
                "page",
                f"The page of {shown} may not create the world {request.world!r}: create it with POST "
                "/__admin/worlds, or start the server with --world-origin.",
            )
        return self.worlds.enter_new(request.world)

    def _is_sign_in(self, request: Request) -> bool:
        authorization = self.context.authorization
        return authorization is not None and authorization.answers(request.path)

    def _handle(self, request: Request, world: World, *, may_stream: bool) -> Response:
        # One look: files that are read again meanwhile count for the next request.
        context = self.context
        exchange = Exchange(request, context, world, world.next_request_id())
        # What is sent already cannot become a 500, so that nothing is streamed where replies are strict.
        exchange.may_stream = may_stream and request.method != "HEAD" and not context.strict_replies
        try:
            started, begun = machine_time(), perf_counter()
            try:
                response = self.run(exchange, self._pipeline)
            except StoreFullError as error:
                exchange.error = ApiError(ErrorCode.INTERNAL)
                refusal = _problem(507, "Insufficient Storage", str(error))
                response = add_request_id(exchange, refusal)
            duration = perf_counter() - begun
            recorded = _recorded(exchange, response, started=started, duration=duration)
            world.journal.add(recorded)
            if response.stream is not None:
                response = replace(response, stream=_counted(response.stream, recorded))
        except Exception:
            if context.strict_replies:
                raise
            log.exception("request %s failed", exchange.id)
            return Response(
                500, {"Content-Type": "application/json"}, dumps({"detail": "Internal Server Error"})
            )
        return response

    def run(self, exchange: Exchange, pipeline: Pipeline) -> Response:
        """Run the steps of a pipeline, as `pipeline.steps` describes.

        Contract requests and admin calls alike are answered here. With `strict_replies` InvalidReplyError and
        bugs are raised; otherwise a bug in a step is answered with the platform's own 500.
        """
        for first in pipeline.first:
            response = first(exchange)
            if response is not None:
                exchange.answered_early = True
                break
        else:
            response = write(self._answer(exchange, pipeline))
        for after in pipeline.after:
            response = after(exchange, response)
        return response

    def _answer(self, exchange: Exchange, pipeline: Pipeline) -> Rendered:
        """The operation's own reply or refusal."""
        route, strict = exchange.route, exchange.context.strict_replies
        try:
            self._walk(exchange, pipeline.by_route[route])
            rendered = render(exchange)
        except ApiError as error:
            # Its frames refer to the exchange, which refers to it: that would be garbage for each refusal.
            error.__traceback__ = error.__context__ = None
            exchange.error = error
            rendered = render_error(route, error)
        except StoreFullError:
            raise
        except Exception:
            if strict:
                raise
            log.exception("%s.%s failed", route.plan.operation.contract, route.plan.operation.id)
            exchange.error = ApiError(ErrorCode.INTERNAL)
            return render_error(route, exchange.error)
        if not rendered.is_sound:  # not written from records that were checked
            check_reply(route, rendered, strict=strict)
        return rendered

    def _walk(self, exchange: Exchange, order: Order) -> None:
        for step in order.before:
            step(exchange)
        if not order.within:
            return
        with self.transaction(exchange) as state:
            exchange.state = state
            try:
                for step in order.within:
                    step(exchange)
            finally:
                exchange.reads = state.reads
            webhooks = exchange.world.webhooks
            if webhooks.target is not None:
                exchange.events = webhooks.publish(state, at=exchange.now)
        exchange.changes = state.changes()

    def transaction(self, exchange: Exchange) -> AbstractContextManager[Transaction]:
        """The transaction that an exchange's steps work in."""
        return exchange.world.store.transaction()


def _authorization(contracts: Sequence[Contract], tokens: Tokens) -> AuthorizationServer | None:
    """Where clients of these contracts sign in, None where none of them says how."""
    schemes = [scheme for contract in contracts for scheme in contract.schemes.values()]
    if all(scheme.sign_in is None for scheme in schemes):
        return None
    # Here, because few contracts say it, and servers should start at once.
    from mock_server.sign_in.endpoints import AuthorizationServer

    return AuthorizationServer.of(contracts, tokens)


def _recorded(
    exchange: Exchange, response: Response, *, started: datetime, duration: float
) -> RecordedExchange:
    """What the journal keeps. duration: seconds."""
    request, error = exchange.request, exchange.error
    route = None if exchange.unrouted else exchange.route
    request_size, response_size = len(request.body), len(response.body)
    # By position: it is made for every request.
    return RecordedExchange(
        exchange.id,
        exchange.world.name,
        exchange.ended_at(),
        started,
        duration,
        request if request_size <= LONGEST_BODY else replace(request, body=b""),
        request_size,
        response if response_size <= LONGEST_BODY and not response.stream else _without_body(response),
        response_size,
        route.mounted.contract if route else None,
        route.plan if route else None,
        exchange.path_texts,
        exchange.media_type,
        kept_body(request.headers.get("content-type", ""), exchange.sent_body),
        exchange.principal,
        exchange.roles,
        _answerer(exchange),
        error.code if error else None,
        kept_violations(error.violations, request_size + len(request.query)) if error else (),
        tuple(fault.to_json() for fault in exchange.faults) if exchange.faults else (),
        exchange.override.to_json() if exchange.override else None,
        exchange.passed_on.to_json() if exchange.passed_on else None,
        exchange.changes[:MOST_CHANGES],
        exchange.reads,
        tuple(map(_event_words, exchange.events)) if exchange.events else (),
        exchange.world.scenario.principals,
        exchange.context.redactor,
    )


def _without_body(response: Response) -> Response:
    return replace(response, body=b"", stream=None)


def _counted(stream: Iterator[bytes], recorded: RecordedExchange) -> Iterator[bytes]:
    """The pieces of a body, whose size the journal learns as they are sent."""
    for piece in stream:
        recorded.response_size += len(piece)
        yield piece


def _event_words(event: Event) -> Mapping[str, str]:
    return {"id": event.id, "type": event.type}


def _answerer(exchange: Exchange) -> Answerer:
    if exchange.faults and any(fault.answers for fault in exchange.faults):
        return "fault"
    if exchange.unrouted is not None:
        authorization = exchange.context.authorization
        is_sign_in = authorization is not None and authorization.answers(exchange.request.path)
        return "authorization" if is_sign_in else "router"
    if exchange.passed_on is not None:
        return "upstream"
    return "override" if exchange.answered_early else "platform"


def _without_world(error: WorldError) -> Response:
    """The refusal of a request for a world that cannot be created."""
    status = {"name": 400, "page": 403, "rate": 429, "full": 503}[error.reason]
    return _problem(status, "No such world", error.message)


def _problem(status: int, title: str, detail: str) -> Response:
    """A refusal of the server itself (RFC 9457), because no platform was asked."""
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    headers = {"Content-Type": "application/problem+json"}
    if status == 429:
        headers["Retry-After"] = "1"
    return Response(status, headers, dumps(problem))


__all__ = ["Engine", "InvalidReplyError", "LoadedFiles", "Request", "Response"]
