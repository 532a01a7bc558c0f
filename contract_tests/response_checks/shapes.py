"""The rules on the body of a response: the shape documented for its status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from contract_tests.evidence.levels import Level, carrying, level_of, strongest_of
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.operation import Body, Operation, is_json
from contract_tests.openapi.schemas import SchemaViolation
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion
from contract_tests.response_checks.content import (
    body_cites,
    is_of,
    may_be_from_a_proxy,
    readings_of_framework,
)
from contract_tests.response_checks.rule import ResponseRule, excerpt
from contract_tests.session.context import RunContext
from contract_tests.verdicts import Broken

_OTHERS = 3
"""How many violations of one answer a finding names beside the first."""

_ANNOTATIONS = frozenset({"title", "description", "example", "examples", "x-cites", "x-decision"})
"""Keywords that constrain no value (JSON Schema Validation 2020-12, section 9)."""


def body_schema(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A success has the very shape documented for its status."""
    body = _documented(operation, exchange)
    if not exchange.ok or body is None:
        return False
    if not exchange.content and body.schema.flat.keys() <= _ANNOTATIONS:
        return False  # a schema that asks for nothing documents no body either
    _hold(context, operation, exchange, body)
    return True


def error_shape(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A refusal has the very shape documented for its status, or, but for a 422, that of another refusal.

    Of a status that is not documented nothing is asserted.
    """
    if not 400 <= exchange.status < 500 or may_be_from_a_proxy(operation, exchange):
        return False
    own = _documented(operation, exchange)
    if own is None or context.is_open(operation, "response.error"):
        return False
    others = [] if exchange.status == 422 else [each.schema for each in error_bodies(operation)]
    if not any(shape.accepts(exchange.parsed) for shape in others):
        _hold(context, operation, exchange, own, readings=readings_of_framework(operation, exchange))
    return True


def _documented(operation: Operation, exchange: Exchange) -> Body | None:
    """The JSON body documented for a status; None for an answer in another of its documented media types, and
    for one to HEAD, which has no body whatever is documented (RFC 9110, section 9.3.2)."""
    if operation.method == "HEAD":
        return None
    response = operation.response(exchange.status)
    bodies = response.bodies if response else {}
    others = [media for media in bodies if not is_json(media)]
    if any(is_of(exchange.media_type, media) for media in others) and not is_json(exchange.media_type):
        return None
    return next((body for media, body in bodies.items() if is_json(media)), None)


def error_bodies(operation: Operation) -> Iterator[Body]:
    """The JSON bodies the operation documents for refusals."""
    for response in operation.responses.values():
        if not response.status.startswith(("1", "2", "3")):
            yield from (body for media, body in response.bodies.items() if is_json(media))


def _hold(
    context: RunContext,
    operation: Operation,
    exchange: Exchange,
    body: Body,
    *,
    readings: tuple[str, ...] = (),
) -> None:
    """Raise Broken for the best documented violation that no decision leaves open; it names some others.

    readings: decisions that it rests on besides.
    """
    value = _parsed(exchange, body, readings=readings)
    if body.schema.accepts(value):
        return
    body_needs = carrying(body_cites(body), context.citations, context.contract)
    is_shown = level_of(body_needs, context.citations, context.contract) is Level.MUST
    broken = [
        Broken(
            expected=f"the body of a {exchange.status} as documented",
            received=str(violation),
            exchange=exchange,
            because=violation.cites or body.cites,
            readings=_readings_of_absence(context, violation, is_shown=is_shown),
        )
        for violation in body.schema.violations(value)
        if not context.is_open(operation, _rule(violation))
    ]
    if broken:
        first = strongest_of(broken, context.citations, context.contract)
        raise Broken(
            expected=first.expected,
            received=_with_others(first.received, [each.received for each in broken]),
            exchange=exchange,
            because=first.because,
            readings=(*first.readings, *readings),
        )


def _with_others(first: str, every: Sequence[str]) -> str:
    """One violation, with some others of the same answer."""
    others = list(dict.fromkeys(each for each in every if each != first))
    if not others:
        return first
    more = f" and {len(others) - _OTHERS} more" if len(others) > _OTHERS else ""
    return f"{first} (also {'; '.join(others[:_OTHERS])}{more})"


def _readings_of_absence(context: RunContext, violation: SchemaViolation, *, is_shown: bool) -> Iterator[str]:
    """The decisions on a missing member: it may be left out where there is nothing to show.

    is_shown: whether a document shows this very answer. Then a decision that says only which values the
    member may have takes for granted that it is there.
    """
    decisions = context.citations.decisions
    if violation.keyword == "required":
        on_absence = (cite for cite in violation.cites if cite in decisions)
        yield from (cite for cite in on_absence if not (is_shown and decisions[cite].only_values))


def _rule(violation: SchemaViolation) -> str:
    """The name of a rule of a response, as decisions write it."""
    named = ".".join(part for part in violation.where.split(".") if part and not part.isdecimal())
    return ".".join(part for part in ("response", named, violation.keyword) if part)


def _parsed(exchange: Exchange, body: Body, *, readings: tuple[str, ...]) -> Any:
    try:
        return exchange.json
    except ValueError as error:
        raise Broken(
            expected=f"JSON with a {exchange.status}",
            received=excerpt(exchange) or "nothing",
            exchange=exchange,
            because=body_cites(body),
            readings=readings,
        ) from error


def _has_body(operation: Operation) -> bool:
    return any(operation.responses[str(status)].bodies for status in operation.successes)


def _has_error_body(operation: Operation) -> bool:
    return any(error_bodies(operation))


def _asserts_body(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del contract
    for status in operation.successes:
        for body in operation.responses[str(status)].bodies.values():
            yield from _asserts_shape(str(status), body)


def _asserts_error_shape(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del contract
    for response in operation.responses.values():
        if not response.status.startswith(("1", "2", "3")):
            for body in response.bodies.values():
                yield from _asserts_shape(response.status, body)


def _asserts_shape(status: str, body: Body) -> Iterator[Assertion]:
    for where, cites in body.schema.cited_places():
        yield Assertion(f"the {where or 'body'} of a {status} keeps its schema", cites or body.cites)


BODY = ResponseRule(
    "body",
    Family.SCHEMA,
    "each success of {} has the documented shape",
    _has_body,
    _asserts_body,
    body_schema,
)


ERROR_SHAPE = ResponseRule(
    "shape",
    Family.ERRORS,
    "each refusal of {} has the documented shape",
    _has_error_body,
    _asserts_error_shape,
    error_shape,
)
