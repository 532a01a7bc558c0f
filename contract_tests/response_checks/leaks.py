"""The rules on what no response shows: secrets, and how the server works inside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from contract_tests.exchange import Exchange
from contract_tests.generation.canaries import Canary, encoded
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.operation import Operation
from contract_tests.openapi.schemas import Schema, cited
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion
from contract_tests.response_checks.rule import NOT_DOCUMENTED, ResponseRule, always, asserting
from contract_tests.session.context import RunContext
from contract_tests.verdicts import Broken

TELLING = 8
"""A shorter credential may stand in an answer by chance."""

_DEEPEST = 12
"""How deep members of an answer are looked at."""

_SECRET = ("HTTP-40",)
"""What stands behind an assertion on a secret that no document speaks of."""

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
                because=NOT_DOCUMENTED,
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
            because=NOT_DOCUMENTED,
        )
    return True


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


def _asserts_secrets(contract: Contract, operation: Operation) -> Iterator[Assertion]:
    del operation
    for each in contract.operations.values():
        for name, cites in _secrets_of(each):
            yield Assertion(f"no answer shows the {name} that was sent", cites)
    yield Assertion("no answer shows another secret that was sent", _SECRET)


NO_TRACE = ResponseRule(
    "no-trace",
    Family.ERRORS,
    "no refusal of {} shows the server's inner workings",
    _may_refuse,
    asserting("no refusal shows the server's inner workings", *NOT_DOCUMENTED),
    no_trace,
)


NO_UNKNOWN_SECRET = ResponseRule(
    "no-unknown-secret",
    Family.SECRETS,
    "{} shows no undocumented member that looks like a secret",
    _may_show_members,
    asserting("no undocumented member looks like a secret", *NOT_DOCUMENTED),
    no_unknown_secret,
)


NEVER_SHOWN = ResponseRule(
    "never-shown",
    Family.SECRETS,
    "{} shows no secret that was sent",
    always,
    _asserts_secrets,
    no_secret,
)
