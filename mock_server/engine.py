"""The mock without a web framework: a request in, a response out."""

from __future__ import annotations

import logging
from dataclasses import replace

from mock_server.contract.json_text import dumps
from mock_server.errors.problem import ApiError, Kind
from mock_server.messages import Request, Response
from mock_server.pipeline.check_reply import InvalidReplyError, check_reply
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.match import Elsewhere, match
from mock_server.pipeline.parts import Parts, Route
from mock_server.pipeline.render import Rendered, render, render_error
from mock_server.pipeline.steps import ORDERS

log = logging.getLogger("mock_server")


class Engine:
    """Plays the contracts of its parts."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def handle(self, request: Request) -> Response:
        """Answer one request. Never raises in a running server; with strict replies InvalidReplyError and
        bugs do."""
        exchange = Exchange(request, self.parts)
        elsewhere = match(exchange)
        response = self._elsewhere(elsewhere) if elsewhere else self._answered(exchange).response
        if request.method == "HEAD":
            response = replace(response, body=b"")
        return response

    def _answered(self, exchange: Exchange) -> Rendered:
        route = exchange.route
        try:
            self._walk(exchange)
            rendered = render(exchange)
        except ApiError as error:
            rendered = render_error(route, error)
        except Exception:
            if self.parts.strict_replies:
                raise
            log.exception("%s.%s failed", route.plan.operation.contract, route.plan.operation.id)
            return render_error(route, ApiError(Kind.INTERNAL))
        check_reply(route, rendered, strict=self.parts.strict_replies)
        return rendered

    def _walk(self, exchange: Exchange) -> None:
        order = ORDERS[exchange.route.player.dialect.order]
        for step in order.before:
            step(exchange)
        with self.parts.store.transaction() as state:
            exchange.state = state
            for step in order.within:
                step(exchange)

    def _elsewhere(self, elsewhere: Elsewhere) -> Response:
        near: Route | None = elsewhere.near
        if elsewhere.location:
            return Response(307, {"Location": elsewhere.location})
        if elsewhere.options:
            return Response(200, {"Allow": ", ".join(elsewhere.options)})
        error = elsewhere.error or ApiError(Kind.ROUTE_NOT_FOUND)
        if near is None:
            return Response(404, {"Content-Type": "application/json"}, dumps({"detail": "Not Found"}))
        return render_error(near, error).response


__all__ = ["Engine", "InvalidReplyError", "Request", "Response"]
