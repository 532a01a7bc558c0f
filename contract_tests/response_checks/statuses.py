"""The rules on the status of a response: one that is documented, and no server error."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.evidence.statuses import successes, tolerated
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.operation import Operation
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion
from contract_tests.response_checks.rule import NOT_DOCUMENTED, ResponseRule, always, asserting
from contract_tests.session.context import RunContext
from contract_tests.verdicts import Broken

_FRAMEWORK = frozenset({400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 414, 415, 422, 428, 429, 431})
"""Refusals a server may answer whatever a document lists: HTTP and every framework have them."""

_DEEPEST_REQUEST = 250
"""The nesting of a request's body that every server is expected to read or refuse. The usual limits are
between 64 and 1,000; parsers without one end at the limit of the stack."""

_PARTIAL = ("HTTP-47",)
"""What stands behind an assertion on an answer of 206, whatever a document says."""


def known_status(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A success is one of the documented ones; a refusal is documented or one every framework has."""
    status = exchange.status
    if status >= 500:
        return False
    allowed = successes(context.citations, context.contract, operation, repeated=True)
    if status < 400 and status not in allowed and operation.response(status) is None:
        if status == 206 and "range" not in exchange.sent.headers:
            raise _broken("another success, since no range was asked for", exchange, because=_PARTIAL)
        expected = f"a success of {' or '.join(map(str, sorted(allowed)))}, or a refusal"
        readings = context.exact_success(operation)
        raise _broken(expected, exchange, because=(*(operation.success_cites or operation.cites), *readings))
    known = _FRAMEWORK | tolerated(context.citations, context.contract, operation)
    if status >= 400 and operation.response(status) is None and status not in known:
        raise _broken("a documented refusal", exchange, because=NOT_DOCUMENTED)
    return True


def no_server_error(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """No 5xx, but for what a third party may cause and a 503 that asks to wait."""
    asks_to_wait = exchange.status == 503 and "retry-after" in exchange.headers
    allowed = tolerated(context.citations, context.contract, operation)
    if exchange.status >= 500 and not asks_to_wait and exchange.status not in allowed:
        # RFC 8259 section 9 lets a parser limit the depth of nesting and does not say how it reports that.
        readings = NOT_DOCUMENTED if _is_nested_too_deeply(exchange.sent.body) else ()
        raise _broken("an answer other than a server error", exchange, because=("HTTP-02", *readings))
    return True


def _broken(expected: str, exchange: Exchange, *, because: tuple[str, ...]) -> Broken:
    return Broken(expected=expected, received=str(exchange.status), exchange=exchange, because=because)


def _is_nested_too_deeply(body: bytes | None) -> bool:
    """Whether a request's body has more brackets than common JSON parsers accept within each other."""
    return body is not None and body.count(b"[") + body.count(b"{") > _DEEPEST_REQUEST


def _asserts_status(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del contract
    yield Assertion("a success has a documented status", operation.success_cites or operation.cites)
    yield Assertion("a 206 answers a request for a range", _PARTIAL)
    yield Assertion("a refusal has a status that is documented or usual", NOT_DOCUMENTED)


STATUS = ResponseRule(
    "status",
    Family.SCHEMA,
    "{} answers with a documented status",
    always,
    _asserts_status,
    known_status,
)


NO_SERVER_ERROR = ResponseRule(
    "no-server-error",
    Family.ROBUSTNESS,
    "{} never answers with a server error",
    always,
    asserting("no answer is a server error", "HTTP-02"),
    no_server_error,
)
