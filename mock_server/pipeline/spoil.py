"""Step: late faults, and what a granted wish asks of the reply whoever made it."""

from __future__ import annotations

from dataclasses import replace

from mock_server.faults.fault import Declared
from mock_server.faults.rules import FaultHit
from mock_server.messages import Response
from mock_server.overrides.preference import LONGEST
from mock_server.pipeline.exchange import Exchange


def spoil(exchange: Exchange, response: Response) -> Response:
    """The reply as it leaves; all that holds it back together holds it no longer than a minute.

    Of the exchange's faults those stay that had an effect.
    """
    if not exchange.faults and exchange.override is None:
        return response
    declared = _declared(exchange, response.status)
    took: list[FaultHit] = []
    for fault in exchange.faults:
        spoilt = fault.mutate_response(response, declared)
        if fault.answers or spoilt is not response:
            took.append(fault)
        response = spoilt
    exchange.faults = tuple(took)
    response = _as_wished(exchange, response)
    wait = min(response.delivery.wait, LONGEST)
    return replace(response, delivery=replace(response.delivery, wait=wait))


def _declared(exchange: Exchange, status: int) -> Declared:
    if exchange.unrouted is not None:
        return Declared(None, None)
    plan = exchange.route.plan
    reply = plan.reply(status)
    return Declared(plan.operation, None if reply is None else reply.check)


def _as_wished(exchange: Exchange, response: Response) -> Response:
    granted = exchange.override
    if granted is None:
        return response
    if granted.preference.wait:
        wait = response.delivery.wait + granted.preference.wait
        response = replace(response, delivery=replace(response.delivery, wait=wait))
    if granted.override is None:
        applied = {"Preference-Applied": granted.preference.preferences()}
        response = replace(response, headers={**response.headers, **applied})
    return response
