"""The admin API, served from its own contract: `openapi/admin.yaml` routes, validates and checks it as the
other specifications do their APIs."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from mock_server.admin.awaited import AwaitedResponse
from mock_server.admin.call import AdminCall, AdminContext, AwaitedReply
from mock_server.admin.guard import Guard
from mock_server.admin.handlers import HANDLERS
from mock_server.admin.problems import problems
from mock_server.admin.refusals import refusal
from mock_server.behaviours.declared import Behaviours, OperationBehaviour
from mock_server.contract.json_text import dumps
from mock_server.contract.loading import load
from mock_server.data import openapi_dir
from mock_server.errors.api_error import ApiError
from mock_server.errors.problem_json import PROBLEM_JSON
from mock_server.faults.document import with_installed_faults
from mock_server.handlers.registry import Registry
from mock_server.messages import Request, Response
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.mounted_contracts import MountedContract, ServerContext
from mock_server.pipeline.render import without_body
from mock_server.pipeline.routing import answer_unrouted, build_router, match
from mock_server.pipeline.steps import Order, Pipeline
from mock_server.pipeline.validate import read_media, refuse_unknown_query, validate
from mock_server.principals import Principals
from mock_server.redaction import Redactor

_PROBES = frozenset({"/__admin/health/live", "/__admin/health/ready"})
"""Paths that everybody may ask; the document requires nothing for them."""


class AdminApi:
    """Answers the admin requests of one server."""

    def __init__(self, context: AdminContext, guard: Guard) -> None:
        self.context = context
        self.guard = guard
        # Handlers open the transaction of the world they work on, so no step is within one.
        order = Order(before=(self._check_form, read_media, validate, refuse_unknown_query, self._answer))
        self._pipeline = Pipeline(
            first=(self._check_caller, match, answer_unrouted),
            orders={PROBLEM_JSON.order: order},
            after=(without_body,),
        )

    @property
    def is_loaded(self) -> bool:
        """Whether its contract is loaded, which the first request does."""
        return "_server_context" in self.__dict__

    def handle(self, request: Request) -> Response:
        """Answer one request. Waits in the calling thread where the reply must be waited for.

        No journal records the request. Never raises, unless `strict_replies` is set: then InvalidReplyError
        and bugs are raised.
        """
        response = self.begin(request)
        return response.wait() if isinstance(response, AwaitedResponse) else response

    def begin(self, request: Request) -> Response | AwaitedResponse:
        """Answer one request as `handle` does, but without waiting."""
        engine = self.context.engine
        exchange = Exchange(request, self._server_context, engine.world(), "")
        response = engine.run(exchange, self._pipeline)
        reply = getattr(exchange, "reply", None)
        return AwaitedResponse(response, reply) if isinstance(reply, AwaitedReply) else response

    def _check_caller(self, exchange: Exchange) -> Response | None:
        """Step: refuse callers that may not control the mock."""
        if exchange.request.path in _PROBES:
            return None
        try:
            self.guard.check(exchange.request)
        except ApiError as error:
            wire = PROBLEM_JSON.render(error)
            return Response(wire.status, {"Content-Type": wire.media_type, **wire.headers}, dumps(wire.body))
        return None

    def _check_form(self, exchange: Exchange) -> None:
        """Step: refuse forms where nothing else does. Where a body is taken, one of a form is refused for its
        media type. Raises ApiError."""
        if not exchange.request.body or not exchange.route.plan.bodies:
            self.guard.check_form(exchange.request)

    def _answer(self, exchange: Exchange) -> None:
        """Step: the reply of the operation's handler. Raises ApiError."""
        handler = HANDLERS[exchange.route.plan.operation.id]
        call = AdminCall(self.context, exchange.path, exchange.query, exchange.body, exchange.request)
        try:
            exchange.reply = handler(call)
        except Exception as error:
            refused = refusal(error)
            if refused is None:
                raise
            raise refused from error

    @cached_property
    def _server_context(self) -> ServerContext:
        """Loaded at the first admin request: a server that is never controlled starts without it."""
        contract = load(openapi_dir() / "admin.yaml", name="admin")
        contract = replace(contract, schemas=with_installed_faults(contract.schemas))
        unpaired = contract.operations.keys() ^ HANDLERS.keys()
        if unpaired:
            raise RuntimeError(f"operations without a handler, or handlers without an operation: {unpaired}")
        operations = {name: OperationBehaviour(name, "custom") for name in contract.operations}
        behaviours = Behaviours("admin", PROBLEM_JSON.name, {}, operations)
        mounted = MountedContract(contract, problems(contract), behaviours, Principals((), {}))
        contracts, registry = {"admin": mounted}, Registry()
        return ServerContext(
            contracts=contracts,
            router=build_router(contracts.values(), registry),
            registry=registry,
            auth="any",
            strict_replies=self.context.settings.strict_replies,
            redactor=Redactor(contracts, ()),
            kept_replies=self.context.settings.max_idempotency_keys,
        )
