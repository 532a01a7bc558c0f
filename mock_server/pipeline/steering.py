"""Steps: replies that were chosen in advance, by the Prefer header of a request, an override or a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from mock_server.contract.json_text import MalformedError, UndecodableError, dumps, is_json, loads
from mock_server.errors.api_error import ApiError
from mock_server.faults.fault import DeclaredReply, DocumentedAnswer
from mock_server.faults.rules import FaultHit
from mock_server.messages import Response, Transmission
from mock_server.overrides.preference import MAX_WAIT, PreferError, ResponsePreference, read_prefer
from mock_server.overrides.reply import CustomReply
from mock_server.overrides.rules import Use
from mock_server.overrides.template import TemplateError, request_values
from mock_server.pipeline.check_reply import reply_problems
from mock_server.pipeline.documented import PROBLEM_JSON, documented_response, preference_refusal
from mock_server.pipeline.exchange import AppliedOverride, Exchange
from mock_server.pipeline.facts import request_facts
from mock_server.pipeline.mounted_contracts import Route
from mock_server.pipeline.render import NO_BODY, Rendered, render_error, write
from mock_server.sampling.media import bare_type

OUTSIDE_CONTRACT = "X-Mock-Outside-Contract"
"""The header that says what its contract does not allow of a response."""

_MAX_PROBLEMS = 3
_LONGEST_MARK = 300


def override(exchange: Exchange) -> Response | None:
    """Step: the preferred response, or the reply of an override; None where the operation is to answer
    itself, be it after a delay.

    The request's own Prefer header takes precedence, and then no armed override is used up. A preference that
    the operation cannot fulfil is refused with a list of what it can.
    """
    if exchange.unrouted is not None:
        return None
    header = exchange.request.headers.get("prefer")
    try:
        preference = read_prefer(header) if header else None
    except PreferError as error:
        return preference_refusal(exchange.route.operation, str(error))
    if preference is not None:
        return _preferred(exchange, preference, None)
    overrides = exchange.world.overrides
    use = overrides.take(request_facts(exchange)) if overrides.armed else None
    return None if use is None else _overridden(exchange, use)


def _overridden(exchange: Exchange, use: Use) -> Response | None:
    if use.reply is None:
        return _preferred(exchange, use.override.preference, use.override.id)
    exchange.world.clock.tick()
    return _written(exchange, use, use.reply)


def _preferred(
    exchange: Exchange, preference: ResponsePreference, override_id: str | None
) -> Response | None:
    """The preferred response. override_id: None for the preference of the request itself."""
    route = exchange.route
    operation = route.plan.operation
    if not preference.granted(operation, route.error_statuses):
        message = f"{operation.id} documents nothing for {preference.preferences()}."
        return preference_refusal(operation, message)
    status = preference.status(operation)
    outside = "" if status is None or operation.declares(status) else _undeclared(status)
    exchange.override = AppliedOverride(preference, override_id, outside_contract=outside)
    if status is None:
        return None
    exchange.world.clock.tick()
    return documented_response(
        route, status, preference.example, rng=exchange.world.rng, path=exchange.path_texts
    )


def _written(exchange: Exchange, use: Use, reply: CustomReply) -> Response:
    """The reply that an override writes. The exchange is given what its contract does not allow of it."""
    try:
        response = _response(exchange, use, reply)
    except TemplateError as error:
        response = _template_refusal(use, error)
    outside = outside_contract(exchange.route, response)
    exchange.override = AppliedOverride(ResponsePreference(), use.override.id, response.status, outside)
    return response


def _response(exchange: Exchange, use: Use, reply: CustomReply) -> Response:
    """The response that an override gives. Raises TemplateError."""
    route, operation = exchange.route, exchange.route.operation
    is_known = operation.declares(reply.status) or reply.status in route.error_statuses
    if reply.kind is None and is_known:
        documented = documented_response(
            route, reply.status, rng=exchange.world.rng, path=exchange.path_texts
        )
        headers = {**documented.headers, **reply.headers}
        return replace(documented, headers=headers, delivery=Transmission(wait=reply.delay))
    values = request_values(request_facts(exchange), use.call) if reply.kind == "template" else {}
    return reply.response(values)


def _template_refusal(use: Use, error: TemplateError) -> Response:
    """The answer where a template fails: problem details (RFC 9457) for the author of the override."""
    problem = {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": f"The template of the override {use.override.id} {error}.",
    }
    return Response(500, {"Content-Type": PROBLEM_JSON}, dumps(problem))


def outside_contract(route: Route, response: Response) -> str:
    """What the contract does not allow of a response, in words; empty if it allows it."""
    declared = route.operation.response(response.status)
    if declared is None:
        return _undeclared(response.status)
    content_type = next(
        (value for name, value in response.headers.items() if name.lower() == "content-type"), ""
    )
    media_type = bare_type(content_type)
    if response.body and declared.content and not _accepts(declared.content, media_type):
        return f"the media type {media_type or '(none)'} is not declared"
    plan, value = route.plan.reply(response.status), NO_BODY
    if response.body and is_json(content_type):
        try:
            value = loads(response.body)
        except (MalformedError, UndecodableError):
            return "the body is not JSON"
    elif response.body and declared.content:
        return ""  # a text that has no schema to compare it with
    rendered = Rendered(response.status, dict(response.headers), value, plan, media_type)
    return "; ".join(islice(reply_problems(route, rendered), _MAX_PROBLEMS))


def _accepts(content: Mapping[str, Any], media_type: str) -> bool:
    return any(fnmatchcase(media_type, bare_type(declared)) for declared in content)


def _undeclared(status: int) -> str:
    return f"the status {status} is not declared"


def header_text(text: str) -> str:
    """A text as the value of a header: in ASCII, without line breaks and not too long."""
    printable = "".join(letter if " " <= letter <= "~" else "?" for letter in text)
    return printable[:_LONGEST_MARK]


def inject(exchange: Exchange) -> Response | None:
    """Step: choose the faults that hit this request, and answer where one of them answers in the operation's
    place. The others wait on the exchange for mutate_response."""
    rules = exchange.world.faults
    if not rules.by_id:
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
