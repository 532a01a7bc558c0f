"""Steps: the faults of a world, before the operation answers and on the reply it gave."""

from __future__ import annotations

from dataclasses import replace

from mock_server.errors.api_error import ApiError
from mock_server.faults.fault import DeclaredReply, DocumentedAnswer
from mock_server.faults.rules import FaultHit
from mock_server.messages import Response
from mock_server.overrides.preference import MAX_WAIT
from mock_server.pipeline.documented import documented_response
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.facts import request_facts
from mock_server.pipeline.overrides import OUTSIDE_CONTRACT, header_text
from mock_server.pipeline.render import render_error, write


def inject(exchange: Exchange) -> Response | None:
    """Step: choose the faults that hit this request, and answer where one of them answers in the operation's
    place. The others wait on the exchange for mutate_response."""
    rules = exchange.world.faults
    if not rules:
        return None
    exchange.faults = rules.roll(request_facts(exchange))
    for fault in exchange.faults:
        answer = fault.answer()
        if answer is not None:
            exchange.world.clock.tick()
            return _fault_response(exchange, answer)
    return None


def mutate_response(exchange: Exchange, response: Response) -> Response:
    """Step: apply the remaining faults, and what an override asks of any reply.

    Faults without effect are removed from the exchange. All delays together are limited to MAX_WAIT seconds.
    """
    if not exchange.faults and exchange.override is None:
        return response
    declared = _declared(exchange, response.status)
    effective: list[FaultHit] = []
    for fault in exchange.faults:
        mutated = fault.mutate_response(response, declared)
        if fault.answers or mutated is not response:
            effective.append(fault)
        response = mutated
    exchange.faults = tuple(effective)
    response = _apply_override(exchange, response)
    wait = min(response.delivery.wait, MAX_WAIT)
    return replace(response, delivery=replace(response.delivery, wait=wait))


def _fault_response(exchange: Exchange, answer: Response | ApiError | DocumentedAnswer) -> Response:
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, DocumentedAnswer):
        rng = exchange.world.rng
        return documented_response(
            exchange.route, answer.status, answer.example, rng=rng, path=exchange.path_texts
        )
    exchange.error = answer
    return write(render_error(exchange.route, answer))


def _declared(exchange: Exchange, status: int) -> DeclaredReply:
    """What the contract says of a reply with this status."""
    if exchange.unrouted is not None:
        return DeclaredReply(None, None)
    plan = exchange.route.plan
    reply = plan.reply(status)
    return DeclaredReply(plan.operation, None if reply is None else reply.check)


def _apply_override(exchange: Exchange, response: Response) -> Response:
    """The reply delayed as an override asks, and marked: as RFC 7240 wants where a Prefer header asked, and
    with what its contract does not allow of it."""
    applied = exchange.override
    if applied is None:
        return response
    preference = applied.preference
    if preference.wait:
        wait = response.delivery.wait + preference.wait
        response = replace(response, delivery=replace(response.delivery, wait=wait))
    marks: dict[str, str] = {}
    if applied.override is None:
        marks["Preference-Applied"] = preference.preferences()
    if applied.outside_contract:
        marks[OUTSIDE_CONTRACT] = header_text(applied.outside_contract)
    return replace(response, headers={**response.headers, **marks}) if marks else response
