"""The rules on the media type, the headers and the absence of content of a response."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.operation import Body, DocumentedResponse, Operation, is_json
from contract_tests.openapi.schemas import cited
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion
from contract_tests.response_checks.rule import NOT_DOCUMENTED, ResponseRule, always, asserting, excerpt
from contract_tests.session.context import RunContext
from contract_tests.verdicts import Broken

_FROM_A_PROXY = frozenset({408, 413, 414, 431, 502, 503, 504})
"""Answers that often come from a server in front of the application, in a form of its own."""

_TOO_MANY = 429
"""A status that often comes from there too, unless the document names it."""

_NOTHING = frozenset({b"", b"null", b"{}", b'""'})
"""Bodies that stand for no content."""

_OF_ROUTERS = frozenset({400, 404, 405})
"""Refusals of a path that leads to no handler."""


def media_type(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """The media type is one the document names for the status, JSON where it names none."""
    del context
    if exchange.status >= 500 or may_be_from_a_proxy(operation, exchange):
        return False
    response = operation.response(exchange.status)
    if not exchange.content:
        # A response without content has no media type either, as documented where it has none.
        return response is not None and not response.bodies
    declared = list(response.bodies) if response and response.bodies else ["application/json"]
    if not any(is_of(exchange.media_type, media_type) for media_type in declared):
        named = exchange.media_type or "no media type"
        raise Broken(
            expected=f"{' or '.join(declared)} with a {exchange.status}",
            received=named,
            exchange=exchange,
            because=NOT_DOCUMENTED if response is None else _content_cites(response),
            readings=(
                *readings_of_framework(operation, exchange),
                *_readings_of_silence(operation, response),
            ),
        )
    return True


def _readings_of_silence(operation: Operation, response: DocumentedResponse | None) -> tuple[str, ...]:
    """What an assertion on content rests on besides where a file documents a refusal and no body of it."""
    is_silent = response is not None and not response.bodies and not response.status.startswith("2")
    return NOT_DOCUMENTED if is_silent and _is_of_a_file(operation) else ()


def readings_of_framework(operation: Operation, exchange: Exchange) -> tuple[str, ...]:
    """What an assertion on the form of a refusal rests on besides where a framework refuses in a form of its
    own, before the application that the file describes sees the request: a body that is no JSON, or a path
    that leads to no handler, since a value in it has another type or odd characters."""
    if not _is_of_a_file(operation):
        return ()
    if exchange.status in _OF_ROUTERS and _is_unrouted(operation, exchange.sent.url):
        return NOT_DOCUMENTED
    if operation.body is None:
        return ()
    is_json_sent = is_json(exchange.sent.headers.get("content-type", ""))
    return () if is_json_sent and _is_json_text(exchange.sent.body or b"") else NOT_DOCUMENTED


def _is_unrouted(operation: Operation, url: str) -> bool:
    """Whether a value in the path of a request is none that its parameter's schema accepts, or is escaped."""
    template = operation.path.strip("/").split("/")
    values = urlsplit(url).path.strip("/").split("/")[-len(template) :]
    for part, value in zip(template, values, strict=False):
        parameter = operation.parameter(part[1:-1], "path") if part.startswith("{") else None
        readings = [value, *([int(value)] if value.isdecimal() else [])]
        if parameter is not None and ("%" in value or not any(map(parameter.schema.accepts, readings))):
            return True
    return False


def _is_of_a_file(operation: Operation) -> bool:
    """Whether the file of an API is all that speaks for an operation."""
    return any("#/" in cite for cite in operation.cites)


def _is_json_text(content: bytes) -> bool:
    try:
        json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    return True


def may_be_from_a_proxy(operation: Operation, exchange: Exchange) -> bool:
    """Whether an answer need not come from the application that the document describes."""
    is_named = str(exchange.status) in operation.responses
    return exchange.status in _FROM_A_PROXY or (exchange.status == _TOO_MANY and not is_named)


def is_of(sent: str, declared: str) -> bool:
    """Whether a media type is the declared one, within its range, or JSON as it is."""
    if is_json(sent) and is_json(declared):
        return True
    main, _, rest = declared.partition(";")[0].strip().partition("/")
    if rest == "*":
        return bool(sent) and main in {"*", sent.partition("/")[0]}
    return sent == declared


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
                because=header.cites,
            )
        if value is not None and not any(map(header.schema.accepts, _readings(value))):
            raise Broken(
                expected=f"{header.name} as documented",
                received=f"{header.name}: {value}",
                exchange=exchange,
                because=header.cites,
            )
    return True


def _readings(value: str) -> Iterator[Any]:
    """A header's value as the types its schema may name: a text, JSON, and a list or an object in the simple
    style (OpenAPI 3.1 section 4.8.12.2). Many servers write JSON whatever the style.
    """
    yield value
    yield _typed(value)
    parts = [part.strip() for part in value.split(",")]
    typed = [_typed(part) for part in parts]
    yield parts
    yield typed
    yield dict(zip(parts[::2], typed[1::2], strict=False))
    if all("=" in part for part in parts):
        yield {name: _typed(text) for name, _, text in (part.partition("=") for part in parts)}


def _typed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def empty_204(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A 204 has no content. Which of several documented successes answers is the server's choice: each of
    the others leaves nothing to be empty."""
    del context
    if exchange.status == 204 and exchange.content:
        raise Broken(
            expected="no content with a 204",
            received=excerpt(exchange),
            exchange=exchange,
            because=("HTTP-05",),
        )
    return exchange.status in operation.successes


def no_content(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A success that facts describe as empty has no content, or none that says anything."""
    del context
    response = _described_as_empty(operation).get(exchange.status)
    if response is None or operation.method == "HEAD":
        return False
    if exchange.content.strip() not in _NOTHING:
        raise Broken(
            expected=f"no content with a {exchange.status}",
            received=excerpt(exchange),
            exchange=exchange,
            because=response.cites,
        )
    return True


def _described_as_empty(operation: Operation) -> dict[int, DocumentedResponse]:
    """The successes other than 204 of which facts say that they have no content.

    The file of an API alone often says so only because its body was left undescribed.
    """
    found = {status: operation.responses[str(status)] for status in operation.successes if status != 204}
    return {
        status: response
        for status, response in found.items()
        if not response.bodies and response.cites and not any("#/" in cite for cite in response.cites)
    }


def _content_cites(response: DocumentedResponse) -> tuple[str, ...]:
    """What says that an answer has content of a media type."""
    bodies = list(response.bodies.values())
    return body_cites(bodies[0]) if bodies else response.cites


def body_cites(body: Body) -> tuple[str, ...]:
    """What says that there is a body: its schema's own citations, else those of the response."""
    return cited(body.schema.flat) or body.cites


def _has_headers(operation: Operation) -> bool:
    return any(response.headers for response in operation.responses.values())


def _asserts_media_type(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del contract
    for response in operation.responses.values():
        yield Assertion(f"a {response.status} has its media type", _content_cites(response))
    yield Assertion("any other answer is JSON", NOT_DOCUMENTED)


def _asserts_headers(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del contract
    for response in operation.responses.values():
        for header in response.headers:
            yield Assertion(f"a {response.status} has the header {header.name}", header.cites)


def _asserts_no_content(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del contract
    for status, response in _described_as_empty(operation).items():
        yield Assertion(f"a {status} has no content", response.cites)


MEDIA_TYPE = ResponseRule(
    "media-type",
    Family.SCHEMA,
    "{} answers in the documented media type",
    always,
    _asserts_media_type,
    media_type,
)


HEADERS = ResponseRule(
    "headers",
    Family.SCHEMA,
    "the documented headers of {} are there",
    _has_headers,
    _asserts_headers,
    headers,
)


EMPTY_204 = ResponseRule(
    "empty-204",
    Family.SCHEMA,
    "a 204 of {} has no content",
    lambda one: 204 in one.successes,
    asserting("a 204 has no content", "HTTP-05"),
    empty_204,
)


NO_CONTENT = ResponseRule(
    "no-content",
    Family.SCHEMA,
    "a success of {} that is described as empty has no content",
    lambda one: bool(_described_as_empty(one)),
    _asserts_no_content,
    no_content,
)
