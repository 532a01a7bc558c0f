"""The admin API, played from its own contract: `openapi/admin.yaml` routes, validates and judges it as the
other specifications do their APIs."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from mock_server.admin.call import AdminCall
from mock_server.admin.guard import Guard
from mock_server.admin.handlers import HANDLERS
from mock_server.admin.problems import problems
from mock_server.admin.refusals import refusal
from mock_server.behaviours.declared import Behaviours, OperationBehaviour
from mock_server.contract.json_text import dumps
from mock_server.contract.loading import load
from mock_server.data import openapi_dir
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid
from mock_server.errors.problem_json import PROBLEM_JSON
from mock_server.handlers.registry import Registry
from mock_server.messages import Request, Response
from mock_server.pipeline.check_reply import check_reply
from mock_server.pipeline.context import MountedContract, ServerContext
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.finish import without_body
from mock_server.pipeline.match import answer_unrouted, match
from mock_server.pipeline.read_media import read_media
from mock_server.pipeline.render import Rendered, render, render_error
from mock_server.pipeline.routes import routed
from mock_server.pipeline.validate import validate
from mock_server.principals import Principals

if TYPE_CHECKING:
    from mock_server.admin.context import AdminContext

log = logging.getLogger("mock_server")


class AdminApi:
    """Answers admin requests about one server."""

    def __init__(self, context: AdminContext, guard: Guard) -> None:
        self.context = context
        self.guard = guard

    def handle(self, request: Request) -> Response:
        """Answer one request. Never raises in a running server; with strict replies InvalidReplyError and
        bugs do."""
        exchange = Exchange(request, self._parts, self.context.engine.world(), "")
        try:
            self.guard.check(request)
        except ApiError as error:
            wire = PROBLEM_JSON.render(error)
            return Response(wire.status, {"Content-Type": wire.media_type, **wire.headers}, dumps(wire.body))
        match(exchange)
        response = answer_unrouted(exchange) or self._answered(exchange).response
        return without_body(exchange, response)

    def _answered(self, exchange: Exchange) -> Rendered:
        route, strict = exchange.route, self._parts.strict_replies
        try:
            read_media(exchange)
            validate(exchange)
            _refuse_unknown(exchange)
            exchange.reply = HANDLERS[route.plan.operation.id](
                AdminCall(self.context, exchange.path, exchange.query, exchange.body, exchange.request)
            )
            rendered = render(exchange)
        except Exception as error:
            refused = refusal(error)
            if refused is None:
                if strict:
                    raise
                log.exception("admin.%s failed", route.plan.operation.id)
                return render_error(route, ApiError(ErrorCode.INTERNAL))
            rendered = render_error(route, refused)
        check_reply(route, rendered, strict=strict)
        return rendered

    @cached_property
    def _parts(self) -> ServerContext:
        """Read when the first admin request comes: a server that nobody steers starts without it."""
        contract = load(openapi_dir() / "admin.yaml", name="admin")
        if contract.operations.keys() != HANDLERS.keys():
            raise RuntimeError(f"without contract or handler: {contract.operations.keys() ^ HANDLERS.keys()}")
        operations = {name: OperationBehaviour(name, "custom") for name in contract.operations}
        behaviours = Behaviours("admin", PROBLEM_JSON.name, {}, operations)
        mounted = MountedContract(contract, problems(contract), behaviours, Principals((), {}))
        strict = self.context.settings.strict_replies
        return ServerContext(
            {"admin": mounted}, routed([mounted]), Registry(), auth="any", strict_replies=strict
        )


def _refuse_unknown(exchange: Exchange) -> None:
    """A filter with a slip in its name would count everything. Raises ApiError."""
    declared = {one.name for one in exchange.route.plan.operation.parameters if one.location == "query"}
    unknown = [name for name, _ in exchange.sent_query if name not in declared]
    if unknown:
        raise invalid(*(Violation("query", (name,), "unknown") for name in dict.fromkeys(unknown)))
