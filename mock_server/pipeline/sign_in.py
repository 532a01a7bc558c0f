"""Step: the endpoints of the authorization server."""

from __future__ import annotations

from mock_server.messages import Response
from mock_server.pipeline.exchange import Exchange


def sign_in(exchange: Exchange) -> Response | None:
    """Step: the response of the authorization server; None for paths of contracts, and for all others."""
    authorization = exchange.context.authorization
    if authorization is None or exchange.unrouted is None or not authorization.answers(exchange.request.path):
        return None
    exchange.world.clock.tick()
    declared = exchange.context.contracts
    own = exchange.world.scenario.principals
    names = dict.fromkeys(contract for contract, _ in sorted(authorization.schemes))
    users = [own.get(name, declared[name].principals) for name in names]
    return authorization.respond(exchange.request, exchange.world, users)
