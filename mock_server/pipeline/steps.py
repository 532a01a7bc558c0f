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
from mock_server.pipeline.dispatch import advance, answer, count_reads, locate
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.mounted_contracts import Route, ServerContext
from mock_server.pipeline.negotiation import negotiate
from mock_server.pipeline.pass_on import pass_on
from mock_server.pipeline.render import add_request_id, without_body
from mock_server.pipeline.routing import answer_unrouted, match
from mock_server.pipeline.sign_in import sign_in
from mock_server.pipeline.steering import inject, mutate_response, override
from mock_server.pipeline.validate import bind_path, read_body, read_media, validate, validate_the_rest

Step = Callable[[Exchange], None]
First = Callable[[Exchange], Response | None]
After = Callable[[Exchange, Response], Response]


@dataclass(frozen=True, slots=True)
class Order:
    """The steps of one platform. before: ahead of the transaction. within: inside it; all they write is kept,
    or nothing. Without such steps there is no transaction."""

    before: tuple[Step, ...]
    within: tuple[Step, ...] = ()


class RouteOrders(dict[Route, Order]):
    """The steps of its platform that each route needs, compiled when they are first looked up."""

    def __init__(self, orders: Mapping[str, Order]) -> None:
        """orders: by the name a dialect gives."""
        self._orders = orders

    def __missing__(self, route: Route) -> Order:
        order = self._orders[route.mounted.dialect.order]
        before = tuple(step for step in order.before if _ROUTES.get(step, _always)(route))
        within = tuple(step for step in order.within if _ROUTES.get(step, _always)(route))
        self[route] = Order(before, within)
        return self[route]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """All steps of a request. orders: by the name a dialect gives. by_route: what each route needs."""

    first: tuple[First, ...]
    orders: Mapping[str, Order]
    after: tuple[After, ...]
    by_route: RouteOrders = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_route", RouteOrders(self.orders))

    def for_server(self, context: ServerContext) -> Pipeline:
        """Return this pipeline without steps that this server never needs."""
        first = tuple(step for step in self.first if _SERVERS.get(step, _always)(context))
        return Pipeline(first, self.orders, self.after)


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
