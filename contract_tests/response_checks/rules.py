"""The rules for every response: status, media type, shape, headers, no secret, no server error.

A function for each rule. It returns whether the rule applies to the exchange, and raises Broken when the
exchange breaks it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from contract_tests.evidence.statuses import successes, tolerated
from contract_tests.exchange import Exchange
from contract_tests.generation.canaries import Canary
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.operation import Body, Operation, is_json
from contract_tests.openapi.schemas import Schema
from contract_tests.requirements.families import Family
from contract_tests.session.context import RunContext
from contract_tests.verdicts import Broken

Judge = Callable[[RunContext, Operation, Exchange], bool]
"""Returns whether the rule applies to this exchange; raises Broken when the exchange breaks it."""


@dataclass(frozen=True, slots=True)
class ResponseRule:
    """One rule; it becomes one requirement per operation it can apply to."""

    what: str
    family: Family
    title: str
    general: tuple[str, ...]
    applies: Callable[[Operation], bool]
    judge: Judge


_FRAMEWORK = frozenset({400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 414, 415, 422, 428, 429, 431})
"""Refusals a server may answer whatever a document lists: HTTP and every framework have them."""

_TELLING = 8
"""A shorter credential may stand in an answer by chance."""

_FROM_A_PROXY = frozenset({408, 413, 414, 431, 502, 503, 504})
"""Answers that often come from a server in front of the application, in a form of its own."""

_TRACES = re.compile(
    r'Traceback \(most recent call last\)|File "[^"]+", line \d+|\bat [\w.$]+\([\w.]+:\d+\)|#0 /\S+\.php\('
)


def no_server_error(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """No 5xx, but for what a third party may cause and a 503 that asks to wait."""
    asks_to_wait = exchange.status == 503 and "retry-after" in exchange.headers
    allowed = tolerated(context.citations, context.contract, operation)
    if exchange.status >= 500 and not asks_to_wait and exchange.status not in allowed:
        raise _broken("an answer other than a server error", exchange)
    return True


def known_status(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A success is one of the documented ones; a refusal is documented or one every framework has."""
    status = exchange.status
    if status >= 500:
        return False
    allowed = successes(context.citations, context.contract, operation, repeated=True)
    if status < 400 and status not in allowed and operation.response(status) is None:
        raise _broken(f"a success of {' or '.join(map(str, sorted(allowed)))}, or a refusal", exchange)
    known = _FRAMEWORK | tolerated(context.citations, context.contract, operation)
    if status >= 400 and operation.response(status) is None and status not in known:
        raise _broken("a documented refusal", exchange)
    return True


def media_type(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """The media type is one the document names for the status, JSON where it names none."""
    del context
    if exchange.status >= 500 or exchange.status in _FROM_A_PROXY or not exchange.content:
        return False
    response = operation.response(exchange.status)
    declared = list(response.bodies) if response and response.bodies else ["application/json"]
    if exchange.media_type not in declared and not (
        is_json(exchange.media_type) and any(map(is_json, declared))
    ):
        named = exchange.media_type or "no media type"
        raise Broken(
            expected=f"{' or '.join(declared)} with a {exchange.status}", received=named, exchange=exchange
        )
    return True


def body_schema(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A success has the very shape documented for its status."""
    body = _documented(operation, exchange)
    if not exchange.ok or body is None:
        return False
    _hold(context, operation, exchange, body.schema, _parsed(exchange))
    return True


def error_shape(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A 422 has the very shape documented for it; another refusal any of the operation's, its own for choice.

    An implementation that answers 400 where the document has 422 sends what it would have sent with the 422.
    """
    if not 400 <= exchange.status < 500 or exchange.status in _FROM_A_PROXY:
        return False
    if context.is_open(operation, "response.error"):
        return False
    own = _documented(operation, exchange)
    shapes = [each.schema for each in error_bodies(operation)]
    value = _parsed(exchange)
    if own is not None and (exchange.status == 422 or not any(shape.accepts(value) for shape in shapes)):
        _hold(context, operation, exchange, own.schema, value)
    elif shapes and not any(shape.accepts(value) for shape in shapes):
        expected = f"the body of a {exchange.status} in one of the documented error shapes"
        raise Broken(expected=expected, received=_excerpt(exchange), exchange=exchange)
    return bool(shapes)


def headers(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """The documented headers are there where they are owed, each with a value its schema accepts."""
    del context
    response = operation.response(exchange.status)
    if response is None or not response.headers:
        return False
    for header in response.headers:
        value = exchange.headers.get(header.name)
        if value is None and header.required:
            raise Broken(
                expected=f"the header {header.name} with a {exchange.status}",
                received="none",
                exchange=exchange,
            )
        if value is not None and not any(map(header.schema.accepts, _readings(value))):
            raise Broken(
                expected=f"a {header.name} as documented",
                received=f"{header.name}: {value}",
                exchange=exchange,
            )
    return True


def empty_204(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A 204 has no content."""
    del context, operation
    if exchange.status == 204 and exchange.content:
        raise Broken(expected="no content with a 204", received=_excerpt(exchange), exchange=exchange)
    return exchange.status == 204


def no_secret(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """No secret we sent comes back, but where the operation documents that it shows it."""
    told = exchange.content.decode("utf-8", "replace") + " ".join(exchange.headers.values())
    held = context.target.credentials.get(exchange.sent.credential or "")
    if held is not None and len(held.secret) >= _TELLING and held.secret in told:
        raise Broken(
            expected="an answer without the credential that was sent",
            received=f"{exchange.status} with that very value",
            exchange=exchange,
        )
    for canary in context.canaries.found_in(told):
        echoed = exchange.status >= 400 and canary.value.encode() in (exchange.sent.body or b"")
        if not echoed and not _is_shown(context.contract, operation, canary):
            member = ".".join(canary.members) or "secret"
            raise Broken(
                expected=f"an answer without the {member} that was sent",
                received=f"{exchange.status} with that very value",
                exchange=exchange,
            )
    return True


def no_trace(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A refusal tells nothing of the server's source."""
    del context, operation
    if exchange.status < 400:
        return False
    found = _TRACES.search(exchange.content.decode("utf-8", "replace"))
    if found:
        raise Broken(
            expected="an error without the server's inner workings", received=found.group(), exchange=exchange
        )
    return True


def _is_shown(contract: Contract, operation: Operation, canary: Canary) -> bool:
    """Whether the operation documents that it shows what was sent under one of the canary's members.

    Of a canary that no member is known of: whether it documents that it shows a member that is a secret
    elsewhere.
    """
    members = set(canary.members) or _secret_members(contract)
    return any(
        not members.isdisjoint(_shown_members(body.schema))
        for status in operation.successes
        for body in operation.responses[str(status)].bodies.values()
    )


@lru_cache(maxsize=32)
def _secret_members(contract: Contract) -> frozenset[str]:
    """The names of the writeOnly members of the contract's bodies."""
    bodies = [operation.body for operation in contract.operations.values() if operation.body]
    return frozenset(
        name
        for body in bodies
        for name, inner in body.schema.properties.items()
        if inner.flat.get("writeOnly") is True
    )


def _shown_members(schema: Schema, *, depth: int = 4) -> set[str]:
    found: set[str] = set()
    for name, inner in schema.properties.items():
        if inner.flat.get("writeOnly") is not True:
            found |= {name} | (_shown_members(inner, depth=depth - 1) if depth else set())
    if schema.items is not None and depth:
        found |= _shown_members(schema.items, depth=depth - 1)
    return found


def _documented(operation: Operation, exchange: Exchange) -> Body | None:
    response = operation.response(exchange.status)
    bodies = response.bodies if response else {}
    return next((body for media, body in bodies.items() if is_json(media)), None)


def error_bodies(operation: Operation) -> Iterator[Body]:
    """The JSON bodies the operation documents for refusals."""
    for response in operation.responses.values():
        if not response.status.startswith(("1", "2", "3")):
            yield from (body for media, body in response.bodies.items() if is_json(media))


def _hold(context: RunContext, operation: Operation, exchange: Exchange, schema: Schema, value: Any) -> None:
    """Raise Broken for the first violation no decision leaves open."""
    if schema.accepts(value):
        return
    for violation in schema.violations(value):
        named = ".".join(part for part in violation.where.split(".") if part and not part.isdecimal())
        rule = ".".join(part for part in ("response", named, violation.keyword) if part)
        if not context.is_open(operation, rule):
            raise Broken(
                expected=f"the body of a {exchange.status} as documented",
                received=str(violation),
                exchange=exchange,
            )


def _parsed(exchange: Exchange) -> Any:
    try:
        return exchange.json
    except ValueError as error:
        raise Broken(
            expected=f"JSON with a {exchange.status}",
            received=_excerpt(exchange) or "nothing",
            exchange=exchange,
        ) from error


def _readings(value: str) -> Iterator[Any]:
    """A header's value as the types its schema may name."""
    yield value
    if re.fullmatch(r"-?\d+", value):
        yield int(value)
    if value in ("true", "false"):
        yield value == "true"


def _broken(expected: str, exchange: Exchange) -> Broken:
    return Broken(expected=expected, received=str(exchange.status), exchange=exchange)


def _excerpt(exchange: Exchange) -> str:
    return " ".join(exchange.content[:200].decode("utf-8", "replace").split())[:120]


def _always(operation: Operation) -> bool:
    del operation
    return True


def _has_body(operation: Operation) -> bool:
    return any(operation.responses[str(status)].bodies for status in operation.successes)


def _has_headers(operation: Operation) -> bool:
    return any(response.headers for response in operation.responses.values())


def _has_error_body(operation: Operation) -> bool:
    return any(error_bodies(operation))


RULES: tuple[ResponseRule, ...] = (
    ResponseRule(
        "status",
        Family.SCHEMA,
        "{} answers with a documented status",
        ("HTTP-36",),
        _always,
        known_status,
    ),
    ResponseRule(
        "media-type",
        Family.SCHEMA,
        "{} answers in the documented media type",
        ("HTTP-18",),
        _always,
        media_type,
    ),
    ResponseRule(
        "body",
        Family.SCHEMA,
        "each success of {} has the documented shape",
        ("HTTP-38",),
        _has_body,
        body_schema,
    ),
    ResponseRule(
        "headers",
        Family.SCHEMA,
        "the documented headers of {} are there",
        ("HTTP-42",),
        _has_headers,
        headers,
    ),
    ResponseRule(
        "empty-204",
        Family.SCHEMA,
        "a 204 of {} has no content",
        ("HTTP-05",),
        lambda one: 204 in one.successes,
        empty_204,
    ),
    ResponseRule(
        "shape",
        Family.ERRORS,
        "each refusal of {} has the documented shape",
        ("HTTP-38",),
        _has_error_body,
        error_shape,
    ),
    ResponseRule(
        "no-trace",
        Family.ERRORS,
        "no refusal of {} shows the server's inner workings",
        ("HTTP-01",),
        _always,
        no_trace,
    ),
    ResponseRule(
        "no-server-error",
        Family.ROBUSTNESS,
        "{} never answers with a server error",
        ("HTTP-02",),
        _always,
        no_server_error,
    ),
    ResponseRule(
        "never-shown",
        Family.SECRETS,
        "{} shows no secret that was sent",
        ("HTTP-40",),
        _always,
        no_secret,
    ),
)
"""Every rule."""
