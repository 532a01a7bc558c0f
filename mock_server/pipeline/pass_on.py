"""Step: operations that a real service answers, both directions compared with the contract and recorded."""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from mock_server.errors.api_error import ApiError
from mock_server.messages import Response
from mock_server.pipeline.exchange import Exchange, PassedOn
from mock_server.pipeline.facts import request_facts
from mock_server.pipeline.steering import OUTSIDE_CONTRACT, header_text, outside_contract
from mock_server.pipeline.validate import read_media, validate

if TYPE_CHECKING:
    from mock_server.upstream.recording import Recording

log = logging.getLogger("mock_server")

_MOST_PROBLEMS = 5


def pass_on(exchange: Exchange) -> Response | None:
    """Step: the answer of the real service; None where the mock answers.

    What the contract does not allow of either direction is passed on all the same, and noted in the exchange.
    """
    upstream = exchange.context.upstream
    if upstream is None or exchange.unrouted is not None:
        return None
    address = upstream.address(exchange.route.operation)
    if address is None:
        return None
    problems = request_problems(exchange)
    answer = upstream.ask(exchange.request, address, exchange.route.mounted.contract)
    exchange.world.clock.tick()
    outside = "" if answer.is_own else outside_contract(exchange.route, answer.response)
    exchange.passed_on = PassedOn(address.url, not answer.is_own, problems, outside)
    if upstream.recording is not None and not answer.is_own:
        record(upstream.recording, exchange, answer.response)
    response = answer.response
    if outside:
        response = replace(response, headers={**response.headers, OUTSIDE_CONTRACT: header_text(outside)})
    return response


def record(recording: Recording, exchange: Exchange, response: Response) -> None:
    """Add an exchange to a recording. Its request was matched, and its body compared with the contract."""
    facts = request_facts(exchange)
    has_room = recording.add(
        exchange.request,
        response,
        plan=exchange.route.plan,
        path=exchange.path_texts,
        query=exchange.sent_query,
        body=facts.read_body(),
        media_type=exchange.media_type,
        redactor=exchange.context.redactor,
        principals=exchange.world.scenario.principals,
    )
    if not has_room:
        log.warning("--record: the recording is full, %s is left out", exchange.route.operation.id)


def request_problems(exchange: Exchange) -> tuple[str, ...]:
    """What the contract does not allow of a request that was matched, credentials aside."""
    try:
        read_media(exchange)
        validate(exchange)
    except ApiError as error:
        places = ("/".join([violation.where, *map(str, violation.path)]) for violation in error.violations)
        broken = zip(places, error.violations, strict=True)
        words = [f"{place} breaks {violation.keyword}" for place, violation in islice(broken, _MOST_PROBLEMS)]
        return tuple(words) or (error.message or error.code.value.replace("_", " "),)
    return ()
