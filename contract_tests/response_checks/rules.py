"""The rules for every response: status, media type, shape, headers, no secret, no server error.

A function for each rule. It returns whether the rule applies to the exchange, and raises Broken when the
exchange breaks it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from contract_tests.evidence.levels import Level, carrying, level_of, strongest_of
from contract_tests.evidence.statuses import successes, tolerated
from contract_tests.exchange import Exchange
from contract_tests.generation.canaries import Canary, encoded
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.operation import Body, DocumentedResponse, Operation, is_json
from contract_tests.openapi.schemas import Schema, SchemaViolation, cited
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion
from contract_tests.session.context import RunContext
from contract_tests.verdicts import Broken

Judge = Callable[[RunContext, Operation, Exchange], bool]
"""Returns whether the rule applies to this exchange; raises Broken when the exchange breaks it."""


Asserts = Callable[[Contract, Operation], Iterator[Assertion]]
"""What a rule asserts of an operation, each with what places of the specification cite for it."""


@dataclass(frozen=True, slots=True)
class ResponseRule:
    """One rule; it becomes one requirement per operation it can apply to."""

    what: str
    family: Family
    title: str
    applies: Callable[[Operation], bool]
    asserts: Asserts
    judge: Judge


_FRAMEWORK = frozenset({400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 414, 415, 422, 428, 429, 431})
"""Refusals a server may answer whatever a document lists: HTTP and every framework have them."""

TELLING = 8
"""A shorter credential may stand in an answer by chance."""

_FROM_A_PROXY = frozenset({408, 413, 414, 431, 502, 503, 504})
"""Answers that often come from a server in front of the application, in a form of its own."""

_NOTHING = frozenset({b"", b"null", b"{}", b'""'})
"""Bodies that stand for no content."""

_OF_ROUTERS = frozenset({400, 404, 405})
"""Refusals of a path that leads to no handler."""

_TOO_MANY = 429
"""So does this one, unless the document names this very status."""

_OTHERS = 3
"""How many violations of one answer a finding names beside the first."""

_TRACES = re.compile(
    r'Traceback \(most recent call last\)|File "[^"]+", line \d+|\bat [\w.$]+\([\w.]+:\d+\)|#0 /\S+\.php\('
)


_LOOKS_SECRET = re.compile(r"pass(word|wd)|secret|token|api_?key|credential|private_?key", re.IGNORECASE)
"""What a member is called that holds a secret."""

_OF_PAGES = re.compile(
    r"page|next|prev|cursor|continu|csrf|xsrf|sync|count|type|hint|url|uri|name|id$", re.IGNORECASE
)
"""Parts of the names of members that are called a token or a key and hold nothing secret."""

_MASKED = re.compile(r"[*•]{3}|[xX]{4}|redacted|hidden|masked", re.IGNORECASE)
"""What a value has that stands in the place of a secret."""

_DEEPEST = 12
"""How deep members of an answer are looked at."""

_DEEPEST_REQUEST = 250
"""The nesting of a request's body that every server is expected to read or refuse. The usual limits are
between 64 and 1,000; parsers without one end at the limit of the stack."""

_SECRET = ("HTTP-40",)
"""What stands behind an assertion on a secret that no document speaks of."""

_PARTIAL = ("HTTP-47",)
"""What stands behind an assertion on an answer of 206, whatever a document says."""

_NOT_DOCUMENTED = ("X14",)
"""What stands behind an assertion on an answer of which a document says nothing."""


def no_server_error(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """No 5xx, but for what a third party may cause and a 503 that asks to wait."""
    asks_to_wait = exchange.status == 503 and "retry-after" in exchange.headers
    allowed = tolerated(context.citations, context.contract, operation)
    if exchange.status >= 500 and not asks_to_wait and exchange.status not in allowed:
        # RFC 8259 section 9 lets a parser limit the depth of nesting and does not say how it reports that.
        readings = _NOT_DOCUMENTED if _is_nested_too_deeply(exchange.sent.body) else ()
        raise _broken("an answer other than a server error", exchange, because=("HTTP-02", *readings))
    return True


def _is_nested_too_deeply(body: bytes | None) -> bool:
    """Whether a request's body has more brackets than common JSON parsers accept within each other."""
    return body is not None and body.count(b"[") + body.count(b"{") > _DEEPEST_REQUEST


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
        raise _broken("a documented refusal", exchange, because=_NOT_DOCUMENTED)
    return True


def media_type(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """The media type is one the document names for the status, JSON where it names none."""
    del context
    if exchange.status >= 500 or _may_be_from_a_proxy(operation, exchange):
        return False
    response = operation.response(exchange.status)
    if not exchange.content:
        # Without content there is no media type, as documented where the response has none.
        return response is not None and not response.bodies
    declared = list(response.bodies) if response and response.bodies else ["application/json"]
    if not any(_is_of(exchange.media_type, media_type) for media_type in declared):
        named = exchange.media_type or "no media type"
        raise Broken(
            expected=f"{' or '.join(declared)} with a {exchange.status}",
            received=named,
            exchange=exchange,
            because=_NOT_DOCUMENTED if response is None else _content_cites(response),
            readings=(
                *_readings_of_framework(operation, exchange),
                *_readings_of_silence(operation, response),
            ),
        )
    return True


def _readings_of_silence(operation: Operation, response: DocumentedResponse | None) -> tuple[str, ...]:
    """What an assertion on content rests on besides where a file documents a refusal and no body of it."""
    is_silent = response is not None and not response.bodies and not response.status.startswith("2")
    return _NOT_DOCUMENTED if is_silent and _is_of_a_file(operation) else ()


def _readings_of_framework(operation: Operation, exchange: Exchange) -> tuple[str, ...]:
    """What an assertion on the form of a refusal rests on besides where a framework refuses in a form of its
    own, before the application that the file describes sees the request: a body that is no JSON, or a path
    that leads to no handler, since a value in it has another type or odd characters."""
    if not _is_of_a_file(operation):
        return ()
    if exchange.status in _OF_ROUTERS and _is_unrouted(operation, exchange.sent.url):
        return _NOT_DOCUMENTED
    if operation.body is None:
        return ()
    is_json_sent = is_json(exchange.sent.headers.get("content-type", ""))
    return () if is_json_sent and _is_json_text(exchange.sent.body or b"") else _NOT_DOCUMENTED


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


def _may_be_from_a_proxy(operation: Operation, exchange: Exchange) -> bool:
    is_named = str(exchange.status) in operation.responses
    return exchange.status in _FROM_A_PROXY or (exchange.status == _TOO_MANY and not is_named)


def _is_of(sent: str, declared: str) -> bool:
    """Whether a media type is the declared one, within its range, or JSON as it is."""
    if is_json(sent) and is_json(declared):
        return True
    main, _, rest = declared.partition(";")[0].strip().partition("/")
    if rest == "*":
        return bool(sent) and main in {"*", sent.partition("/")[0]}
    return sent == declared


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
    if not 400 <= exchange.status < 500 or _may_be_from_a_proxy(operation, exchange):
        return False
    own = _documented(operation, exchange)
    if own is None or context.is_open(operation, "response.error"):
        return False
    others = [] if exchange.status == 422 else [each.schema for each in error_bodies(operation)]
    if not any(shape.accepts(exchange.parsed) for shape in others):
        _hold(context, operation, exchange, own, readings=_readings_of_framework(operation, exchange))
    return True


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


def empty_204(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A 204 has no content."""
    del context, operation
    if exchange.status == 204 and exchange.content:
        raise Broken(
            expected="no content with a 204",
            received=_excerpt(exchange),
            exchange=exchange,
            because=("HTTP-05",),
        )
    return exchange.status == 204


def no_content(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A success that facts describe as empty has no content, or none that says anything."""
    del context
    response = _described_as_empty(operation).get(exchange.status)
    if response is None or operation.method == "HEAD":
        return False
    if exchange.content.strip() not in _NOTHING:
        raise Broken(
            expected=f"no content with a {exchange.status}",
            received=_excerpt(exchange),
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


def no_secret(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """No secret we sent comes back, but where the operation documents that it shows it."""
    text = exchange.content.decode("utf-8", "replace") + " ".join(exchange.headers.values())
    held = context.target.credentials.get(exchange.sent.credential or "")
    if (
        held is not None
        and len(held.secret) >= TELLING
        and any(form in text for form in encoded(held.secret))
    ):
        raise Broken(
            expected="an answer without the credential that was sent",
            received=f"{exchange.status} with that very value",
            exchange=exchange,
            because=_SECRET,
        )
    for canary in context.canaries.found_in(text):
        echoed = exchange.status >= 400 and canary.value.encode() in (exchange.sent.body or b"")
        if not echoed and not _is_shown(context.contract, operation, canary):
            member = ".".join(canary.members) or "secret"
            raise Broken(
                expected=f"an answer without the {member} that was sent",
                received=f"{exchange.status} with that very value",
                exchange=exchange,
                because=_secret_cites(context.contract, canary) or _SECRET,
            )
    return True


def no_unknown_secret(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """No success shows a member that is called like a secret, holds a text other than a mask, and is
    documented nowhere in the contract."""
    del operation
    if not exchange.ok or not isinstance(exchange.parsed, Mapping | list):
        return False
    named = _member_names(context.contract)
    for name, value in _texts_of_members(exchange.parsed, named, _sent_members(context.contract)):
        looks_secret = _LOOKS_SECRET.search(name) is not None and _OF_PAGES.search(name) is None
        # Links are called like what they lead to.
        looks_secret = looks_secret and not value.startswith(("http://", "https://"))
        if looks_secret and len(value) >= TELLING and not _MASKED.search(value):
            raise Broken(
                expected="no undocumented member that looks like a secret",
                received=f"a member {name}",
                exchange=exchange,
                because=_NOT_DOCUMENTED,
            )
    return True


def _texts_of_members(
    value: Any, named: frozenset[str], sent: frozenset[str], depth: int = 0
) -> Iterator[tuple[str, str]]:
    """The undocumented members of an answer that hold texts, each with its text, to a depth that answers
    have, in objects whose members are documented for the greater part.

    named: the documented names. sent: names of members below which a client chooses the names.
    """
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from _texts_of_members(each, named, sent, depth + 1)
    elif isinstance(value, Mapping):
        is_known = 2 * len(named & value.keys()) > len(value)
        for name, inner in value.items():
            if isinstance(inner, str) and is_known and name not in named:
                yield name, inner
            elif name not in sent:
                yield from _texts_of_members(inner, named, sent, depth + 1)


@lru_cache(maxsize=32)
def _sent_members(contract: Contract) -> frozenset[str]:
    """The names of the members of the contract's request bodies."""
    bodies = [operation.body for operation in contract.operations.values() if operation.body is not None]
    return frozenset(name for body in bodies for name in body.schema.properties)


@lru_cache(maxsize=32)
def _member_names(contract: Contract) -> frozenset[str]:
    """The names of all members that the contract's schemas declare."""
    found: set[str] = set()
    waiting: list[Any] = [contract.document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            properties = node.get("properties")
            found |= set(properties) if isinstance(properties, Mapping) else set()
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return frozenset(found)


def no_trace(context: RunContext, operation: Operation, exchange: Exchange) -> bool:
    """A refusal tells nothing of the server's source."""
    del context, operation
    if exchange.status < 400:
        return False
    found = _TRACES.search(exchange.content.decode("utf-8", "replace"))
    if found:
        raise Broken(
            expected="an error without the server's inner workings",
            received=found.group(),
            exchange=exchange,
            because=_NOT_DOCUMENTED,
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


def _secret_cites(contract: Contract, canary: Canary) -> tuple[str, ...]:
    """What documents say of the secret member that a canary was sent in; nothing where it is none."""
    for operation in contract.operations.values():
        for name, cites in _secrets_of(operation):
            if name in canary.members:
                return cites
    return ()


def _secrets_of(operation: Operation) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The writeOnly members of a body, each with the facts cited for it."""
    body = operation.body
    for name, member in body.schema.properties.items() if body is not None else ():
        if body is not None and member.flat.get("writeOnly") is True:
            facts = tuple(member.flat.get("x-cites", ()))
            yield name, facts or cited(member.flat) or body.cites


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
    """The JSON body documented for a status; None for an answer in another of its documented media types, and
    for one to HEAD, which has no body whatever is documented (RFC 9110, section 9.3.2)."""
    if operation.method == "HEAD":
        return None
    response = operation.response(exchange.status)
    bodies = response.bodies if response else {}
    others = [media for media in bodies if not is_json(media)]
    if any(_is_of(exchange.media_type, media) for media in others) and not is_json(exchange.media_type):
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
    body_needs = carrying(_body_cites(body), context.citations, context.contract)
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
            received=_excerpt(exchange) or "nothing",
            exchange=exchange,
            because=_body_cites(body),
            readings=readings,
        ) from error


def _content_cites(response: DocumentedResponse) -> tuple[str, ...]:
    """What says that an answer has content of a media type."""
    bodies = list(response.bodies.values())
    return _body_cites(bodies[0]) if bodies else response.cites


def _body_cites(body: Body) -> tuple[str, ...]:
    """What says that there is a body: its schema's own citations, else those of the response."""
    return cited(body.schema.flat) or body.cites


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


def _broken(expected: str, exchange: Exchange, *, because: tuple[str, ...]) -> Broken:
    return Broken(expected=expected, received=str(exchange.status), exchange=exchange, because=because)


def _excerpt(exchange: Exchange) -> str:
    return " ".join(exchange.content[:200].decode("utf-8", "replace").split())[:120]


def _always(operation: Operation) -> bool:
    del operation
    return True


def _has_body(operation: Operation) -> bool:
    return any(operation.responses[str(status)].bodies for status in operation.successes)


def _may_show_members(operation: Operation) -> bool:
    """Whether a documented success may be an object or a list: texts and numbers have no members."""
    bodies = [
        body for status in operation.successes for body in operation.responses[str(status)].bodies.values()
    ]
    return any(not body.schema.types or body.schema.types & {"object", "array"} for body in bodies)


def _may_refuse(operation: Operation) -> bool:
    """Whether a request can be refused: it has a part that may be wrong, or a refusal is documented."""
    has_parts = bool(operation.parameters) or operation.content is not None or not operation.is_open
    return has_parts or any(not status.startswith(("1", "2", "3")) for status in operation.responses)


def _has_headers(operation: Operation) -> bool:
    return any(response.headers for response in operation.responses.values())


def _has_error_body(operation: Operation) -> bool:
    return any(error_bodies(operation))


def _asserts_status(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del contract
    yield Assertion("a success has a documented status", operation.success_cites or operation.cites)
    yield Assertion("a 206 answers a request for a range", _PARTIAL)
    yield Assertion("a refusal has a status that is documented or usual", _NOT_DOCUMENTED)


def _asserts_media_type(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del contract
    for response in operation.responses.values():
        yield Assertion(f"a {response.status} has its media type", _content_cites(response))
    yield Assertion("any other answer is JSON", _NOT_DOCUMENTED)


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


def _asserts_headers(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del contract
    for response in operation.responses.values():
        for header in response.headers:
            yield Assertion(f"a {response.status} has the header {header.name}", header.cites)


def _asserts_no_content(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del contract
    for status, response in _described_as_empty(operation).items():
        yield Assertion(f"a {status} has no content", response.cites)


def _asserts_secrets(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del operation
    for each in contract.operations.values():
        for name, cites in _secrets_of(each):
            yield Assertion(f"no answer shows the {name} that was sent", cites)
    yield Assertion("no answer shows another secret that was sent", _SECRET)


def _asserts(what: str, *needs: str) -> Asserts:
    """The same assertion for every operation."""

    def asserts(contract: Contract, operation: Operation) -> Iterator[Assertion]:
        del contract, operation
        yield Assertion(what, needs)

    return asserts


RULES: tuple[ResponseRule, ...] = (
    ResponseRule(
        "status",
        Family.SCHEMA,
        "{} answers with a documented status",
        _always,
        _asserts_status,
        known_status,
    ),
    ResponseRule(
        "media-type",
        Family.SCHEMA,
        "{} answers in the documented media type",
        _always,
        _asserts_media_type,
        media_type,
    ),
    ResponseRule(
        "body",
        Family.SCHEMA,
        "each success of {} has the documented shape",
        _has_body,
        _asserts_body,
        body_schema,
    ),
    ResponseRule(
        "headers",
        Family.SCHEMA,
        "the documented headers of {} are there",
        _has_headers,
        _asserts_headers,
        headers,
    ),
    ResponseRule(
        "empty-204",
        Family.SCHEMA,
        "a 204 of {} has no content",
        lambda one: 204 in one.successes,
        _asserts("a 204 has no content", "HTTP-05"),
        empty_204,
    ),
    ResponseRule(
        "no-content",
        Family.SCHEMA,
        "a success of {} that is described as empty has no content",
        lambda one: bool(_described_as_empty(one)),
        _asserts_no_content,
        no_content,
    ),
    ResponseRule(
        "shape",
        Family.ERRORS,
        "each refusal of {} has the documented shape",
        _has_error_body,
        _asserts_error_shape,
        error_shape,
    ),
    ResponseRule(
        "no-trace",
        Family.ERRORS,
        "no refusal of {} shows the server's inner workings",
        _may_refuse,
        _asserts("no refusal shows the server's inner workings", *_NOT_DOCUMENTED),
        no_trace,
    ),
    ResponseRule(
        "no-server-error",
        Family.ROBUSTNESS,
        "{} never answers with a server error",
        _always,
        _asserts("no answer is a server error", "HTTP-02"),
        no_server_error,
    ),
    ResponseRule(
        "no-unknown-secret",
        Family.SECRETS,
        "{} shows no undocumented member that looks like a secret",
        _may_show_members,
        _asserts("no undocumented member looks like a secret", *_NOT_DOCUMENTED),
        no_unknown_secret,
    ),
    ResponseRule(
        "never-shown",
        Family.SECRETS,
        "{} shows no secret that was sent",
        _always,
        _asserts_secrets,
        no_secret,
    ),
)
"""Every rule."""
