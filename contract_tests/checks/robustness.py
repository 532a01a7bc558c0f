"""No request breaks the server: whatever its bytes, it is answered in the documented form, and the next one
as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from contract_tests.checks.lib.side_effects import subject_of
from contract_tests.evidence.citations import Citations
from contract_tests.evidence.statuses import tolerated
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import SUCCESS, Session
from contract_tests.verdicts import Skipped

DEPTH = 1000
LENGTH = 100_000
DIGITS = 400
FEW = 4
"""With more parameters than this each gets as many odd values, in turn."""

_FROM_A_PROXY = frozenset({400, 408, 413, 414, 431})
"""Refusals that a server in front of the application may send, in a form of its own."""

BROKEN: Mapping[str, bytes] = {
    "JSON that breaks off": b'{"name": "x"',
    "JSON with a comma too many": b'{"name": "x",}',
    "two JSON values": b'{} {"name": "x"}',
    "single quotes": b"{'name': 'x'}",
    "a bare word": b"name",
    "a NUL byte within JSON": b'{"name": "a\x00b"}',
}
"""Texts that are not JSON (RFC 8259 sections 2, 4 and 7)."""

LONGEST_KEY = 1000
"""Letters of a text in the member that identifies a thing."""

BYTES: Mapping[str, bytes] = {
    "bytes that are not text": b"\xff\xfe\x00\x01\x80",
    "JSON in another encoding": '{"name": "ü"}'.encode("utf-16"),
    "JSON with a broken letter": b'{"name": "\xc3\x28"}',
    "a thousand open brackets": b"[" * DEPTH,
    "a thousand nested arrays": b"[" * DEPTH + b"]" * DEPTH,
    "a thousand nested objects": b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
    "a number with many digits": b"1" * DIGITS,
}
"""Contents about which nothing is said but that they may not break the server."""

UNSTORABLE = (
    ("NUL", '"a\\u0000b"'),
    ("half a surrogate pair", '"\\ud800"'),
    ("the end of a surrogate pair", '"x\\udfff"'),
)
"""Texts that JSON can write and many stores and frameworks cannot hold: sent where the target takes them."""

ODD = ("%", "😀", "\u202etxt", "a b", "'; --", "<script>", "${x}", "x" * 2000, "ÿ", "null", "-1")
"""Values for the path and the query that no id and few parameters have."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """For each operation with a body what its bytes may be; for each with parameters what their values may
    be.
    """
    build = RequirementBuilder(contract, citations, Family.ROBUSTNESS)
    general = tuple(cite for cite in ("HTTP-02", "X14") if cite in citations) or None
    for operation in contract.operations.values():
        if operation.body is not None:
            yield from _of_bodies(build, operation, general or operation.cites)
        for place, takes in (
            ("path", bool(operation.path_parameters)),
            ("query", any(operation.of("query"))),
        ):
            if takes:
                title = f"no {place} value breaks {operation.id}"
                check = partial(odd_values, operation=operation, place=place)
                yield build(
                    operation, f"odd-{place}", title=title, cites=general or operation.cites, check=check
                )


def _of_bodies(
    build: RequirementBuilder, operation: Operation, general: tuple[str, ...]
) -> Iterator[Requirement]:
    for what, situation, words, check in (
        ("broken-json", "malformed_json", "a body that is no JSON", broken_json),
        ("content-type", "wrong_content_type", "a body of another content type", wrong_content_type),
        ("empty-body", "missing_body_member", "an empty body", empty_body),
    ):
        statuses, decided = build.accepted(situation, operation)
        refused = statuses is not None and not build.is_open(operation, "body")
        yield build(
            operation,
            what,
            title=f"{operation.id} refuses {words}" if refused else f"{words} does not break {operation.id}",
            cites=decided or general,
            check=partial(check, operation=operation, situation=situation if refused else None),
        )
    title = f"no bytes break {operation.id}"
    yield build(operation, "bytes", title=title, cites=general, check=partial(odd_bytes, operation=operation))
    title = f"no text in a member breaks {operation.id}"
    yield build(
        operation, "texts", title=title, cites=general, check=partial(odd_members, operation=operation)
    )


def broken_json(session: Session, operation: Operation, situation: str | None) -> None:
    """Each text that is not JSON is refused as such."""
    _each(session, operation, BROKEN.items(), situation)


def odd_bytes(session: Session, operation: Operation) -> None:
    """Bytes of any kind are answered with anything but a server error."""
    _each(session, operation, BYTES.items(), None)


def wrong_content_type(session: Session, operation: Operation, situation: str | None) -> None:
    """A good body under a content type that is not JSON is refused."""
    content = json.dumps(session.valid.body(operation)).encode()
    path = _ready(session, operation)
    for media in ("text/plain", "application/xml"):
        exchange = session.call(operation.id, path=path, content=content, headers={"content-type": media})
        _hold(session, operation, exchange, situation, what=f"for a body sent as {media}")
    _still_answers(session, operation, path)


def empty_body(session: Session, operation: Operation, situation: str | None) -> None:
    """No bytes at all under the content type of JSON."""
    allowed, _ = session.context.accepted("non_object_body", operation)
    path = _ready(session, operation)
    exchange = session.call(operation.id, path=path, content=b"")
    _hold(session, operation, exchange, None, what="for an empty body")
    statuses, _ = session.context.accepted(situation, operation) if situation else (None, ())
    body = operation.body
    is_owed = body is not None and body.required and bool(body.schema.flat.get("required"))
    if statuses is not None and allowed is not None and is_owed:
        session.expect(exchange, statuses | allowed, what="for an empty body")


def odd_members(session: Session, operation: Operation) -> None:
    """Members of a good body hold null, and letters and numbers few have thought of."""
    good = session.valid.body(operation)
    if not isinstance(good, dict):
        raise Skipped(f"{operation.id} takes no object")
    path = _ready(session, operation)
    created = session.resources.creating(operation)
    keys = () if created is None else (created.key, created.id_member)
    for what, value in (
        *(UNSTORABLE if session.target.any_text else ()),
        ("control characters", '"\\u0001\\u001b[31m\\u007f"'),
        (f"a text of {LENGTH} letters", json.dumps("x" * LENGTH)),
        ("letters beyond the first plane", json.dumps("😀🜁\u202e\ufeff")),
        ("a number with many digits", "9" * DIGITS),
        ("a negative number with many digits", "-" + "9" * DIGITS),
        ("a tiny number", "1e-400"),
        ("deep nesting", "[" * 200 + "]" * 200),
        ("null", "null"),
    ):
        for name in _members(operation, good):
            if name in keys and len(value) > LONGEST_KEY:
                continue  # no URL could name what it makes, to delete it again
            content = json.dumps({**good, name: "@@"})
            raw = content.replace('"@@"', value).encode()
            exchange = session.call(operation.id, path=path, content=raw)
            _hold(session, operation, exchange, None, what=f"for {what} in {name}")
    _still_answers(session, operation, path)


def odd_values(session: Session, operation: Operation, place: str) -> None:
    """Values of the path and the query that no id and few parameters have."""
    path = _ready(session, operation)
    names = (
        operation.path_parameters[-1:]
        if place == "path"
        else [parameter.name for parameter in operation.of("query")]
    )
    for index, name in enumerate(names):
        for value in ODD if len(names) <= FEW else (*ODD, *ODD)[index % len(ODD) :][:FEW]:
            given = {name: _harmless(session, operation, value) if place == "path" else value}
            exchange = session.call(
                operation.id,
                path={**path, **given} if place == "path" else path,
                query=given if place == "query" else None,
                credential=session.requests.default_credential(operation, path),
            )
            _hold(session, operation, exchange, None, what=f"for {name}={value[:20]}")
    _still_answers(session, operation, path)


def _harmless(session: Session, operation: Operation, value: str) -> str:
    """An odd id; where something could be changed under it, behind a part that no other id has.

    In front, because lenient servers read a number from the start of a text.
    """
    return value if operation.is_safe else f"{session.unique()}{value}"


def _each(
    session: Session, operation: Operation, contents: Iterable[tuple[str, bytes]], situation: str | None
) -> None:
    path = _ready(session, operation)
    for what, content in contents:
        exchange = session.call(operation.id, path=path, content=content)
        _hold(session, operation, exchange, situation, what=f"for {what}")
    _still_answers(session, operation, path)


def _ready(session: Session, operation: Operation) -> dict[str, Any]:
    session.positive(operation.id)
    return subject_of(session, operation)


def _hold(
    session: Session, operation: Operation, exchange: Exchange, situation: str | None, *, what: str
) -> None:
    """No server error, no HTML, and a status of the situation where one is named."""
    elsewhere = tolerated(session.citations, session.contract, operation)
    if exchange.status >= 500 and exchange.status not in elsewhere:
        session.broken(
            expected=f"anything but a server error {what}", received=str(exchange.status), exchange=exchange
        )
    html = exchange.media_type == "text/html" or exchange.content[:1] == b"<"
    if html and exchange.status not in _FROM_A_PROXY and exchange.status < 500:
        session.broken(expected=f"no HTML {what}", received=f"{exchange.status} in HTML", exchange=exchange)
    if situation is not None:
        session.expect(exchange, situation, what=what)


def _still_answers(session: Session, operation: Operation, path: Mapping[str, Any]) -> None:
    """A plain valid call succeeds afterwards."""
    if operation.is_safe:
        elsewhere = tolerated(session.citations, session.contract, operation)
        exchange = session.call(operation.id, path=path)
        session.expect(exchange, {*SUCCESS, *elsewhere}, what="for a valid call after the odd ones")


def _members(operation: Operation, good: Mapping[str, Any]) -> list[str]:
    """The first text and the first other member of a body."""
    members = operation.body.schema.properties if operation.body else {}
    texts = [name for name, schema in members.items() if name in good and "string" in schema.types]
    others = [name for name in good if name not in texts]
    return [*texts[:1], *others[:1]]
