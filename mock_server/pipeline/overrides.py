"""Step: replies in place of the operation's own, by the Prefer header of a request or an override."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from mock_server.contract.json_text import MalformedError, UndecodableError, dumps, loads
from mock_server.errors.dialect import is_json
from mock_server.messages import Response, Transmission
from mock_server.overrides.preference import PreferError, ResponsePreference, read_prefer
from mock_server.overrides.reply import CustomReply
from mock_server.overrides.rules import Use
from mock_server.overrides.template import TemplateError, request_values
from mock_server.pipeline.check_reply import reply_problems
from mock_server.pipeline.documented import PROBLEM_JSON, documented_response, preference_refusal
from mock_server.pipeline.exchange import AppliedOverride, Exchange
from mock_server.pipeline.facts import request_facts
from mock_server.pipeline.mounted_contracts import Route
from mock_server.pipeline.render import NO_BODY, Rendered
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
    use = overrides.take(request_facts(exchange)) if overrides else None
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
    """Raises TemplateError."""
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
