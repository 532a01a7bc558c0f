"""The life of a request, in order.

A request passes the steps of a Pipeline, which `Engine.run` runs:

1. `first`: the first of these steps that returns a response ends the rest of 2.
2. The steps of the platform's Order, the last of which sets the reply; then the reply is rendered and checked
   against its own contract. A refusal that a step raises is rendered in the platform's words instead.
3. `after`: each of these steps may change the response.

An Order is what the platforms measurably do: one reads the body before it authenticates and validates
everything before it looks for records, another finds the record before it looks at the body. The admin API
has a Pipeline of its own in `mock_server/admin/api.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mock_server.messages import Response
from mock_server.pipeline.auth import authenticate, authorize
from mock_server.pipeline.body import read_body, read_media
from mock_server.pipeline.dispatch import advance, answer, count_reads, locate
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.faults import inject, mutate_response
from mock_server.pipeline.mounted_contracts import Route, ServerContext
from mock_server.pipeline.negotiation import negotiate
from mock_server.pipeline.overrides import override
from mock_server.pipeline.pass_on import pass_on
from mock_server.pipeline.render import add_request_id, without_body
from mock_server.pipeline.routing import answer_unrouted, match
from mock_server.pipeline.sign_in import sign_in
from mock_server.pipeline.validate import bind_path, validate, validate_the_rest

Step = Callable[[Exchange], None]
First = Callable[[Exchange], Response | None]
After = Callable[[Exchange, Response], Response]


@dataclass(frozen=True, slots=True)
class Order:
    """The steps of one platform. before: ahead of the transaction. within: inside it; all they write is kept,
    or nothing. Without such steps there is no transaction."""

    before: tuple[Step, ...]
    within: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """All steps of a request. orders: by the name a dialect gives. compiled: by the identity of a route, the
    steps of its platform that it needs."""

    first: tuple[First, ...]
    orders: Mapping[str, Order]
    after: tuple[After, ...]
    compiled: dict[int, tuple[Route, Order]] = field(default_factory=dict, compare=False)

    def for_server(self, context: ServerContext) -> Pipeline:
        """Return this pipeline without steps that this server never needs."""
        first = tuple(step for step in self.first if _SERVERS.get(step, _always)(context))
        return Pipeline(first, self.orders, self.after)

    def order_of(self, route: Route) -> Order:
        """Return the steps of a route, compiled at its first request."""
        kept = self.compiled.get(id(route))
        if kept is None:
            order = self.orders[route.mounted.dialect.order]
            before = tuple(step for step in order.before if _ROUTES.get(step, _always)(route))
            within = tuple(step for step in order.within if _ROUTES.get(step, _always)(route))
            # The route is kept so that its id() is not reused.
            kept = self.compiled[id(route)] = route, Order(before, within)
        return kept[1]


def _always(_subject: object) -> bool:
    return True


_SERVERS: Mapping[First, Callable[[ServerContext], bool]] = {
    pass_on: lambda context: context.upstream is not None,
    sign_in: lambda context: context.authorization is not None,
}
"""First steps that only some servers need. Servers need all others."""

_ROUTES: Mapping[Step, Callable[[Route], bool]] = {
    locate: lambda route: bool(route.mounted.behaviours.path_records[route.operation.id]),
    count_reads: lambda route: route.may_count_reads,
}
"""Steps that only some operations need. Operations need all others."""


ORDERS: Mapping[str, Order] = {
    "declared": Order(
        before=(authenticate, negotiate, read_media, validate),
        within=(advance, authorize, count_reads, answer),
    ),
    "fastapi": Order(
        before=(read_body, authenticate, validate),
        within=(advance, authorize, locate, count_reads, answer),
    ),
    "laravel": Order(
        before=(authenticate,),
        within=(advance, bind_path, locate, authorize, read_body, validate_the_rest, count_reads, answer),
    ),
}

CONTRACTS = Pipeline(
    first=(match, override, inject, pass_on, sign_in, answer_unrouted),
    orders=ORDERS,
    after=(without_body, mutate_response, add_request_id),
)
