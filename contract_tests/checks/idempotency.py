"""A repeated creation under one key makes one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from contract_tests.checks.lib.records import listed_ids
from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.pointers import at
from contract_tests.openapi.resources import Resource, Resources
from contract_tests.requirements.builder import Maker, Row, Table
from contract_tests.requirements.model import Family, Requirement
from contract_tests.requirements.results import Inconclusive, Skipped
from contract_tests.session.session import SUCCESS, Session

HEADER = "idempotency-key"

LONGEST = 64
"""Keys of so many letters and digits are taken wherever keys are."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What a key owes, per operation that takes one and makes something."""
    make = Maker(contract, citations, Family.IDEMPOTENCY)
    for kind in Resources(contract).all:
        create = kind.create
        parameter = None if create is None else create.parameter(HEADER, "header")
        if create is not None and parameter is not None:
            decided = [cite for cite in parameter.cites if cite in citations.decisions]
            behind = {"key": parameter.cites or create.cites, "decision": decided or create.cites}
            yield from make.table(PROMISES, {"create": create}, behind=behind, kind=kind)


def repeat(session: Session, kind: Resource) -> None:
    """The repeat names the id of the first, or says that there is a conflict, also after another creation."""
    create, path, body, key = _arranged(session, kind)
    first = session.control(_send(session, create, path, body, key))
    session.control(session.call(create.id, path=path))
    second = session.expect(
        _send(session, create, path, body, key), "replay", what="for a repeat under the same key"
    )
    _same_id(session, kind, first, second)


def one(session: Session, kind: Resource) -> None:
    """The list has one more thing after three requests under one key."""
    create, path, body, key = _arranged(session, kind)
    before = frozenset(listed_ids(session, kind, path))
    session.control(_send(session, create, path, body, key))
    for _ in range(2):
        again = _send(session, create, path, body, key)
    _one_more(session, kind, path, before, again)


def together(session: Session, kind: Resource) -> None:
    """Two requests at once under one key make one thing."""
    create, path, body, key = _arranged(session, kind)
    before = frozenset(listed_ids(session, kind, path))
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: _send(session, create, path, body, key), range(2)))
    if not any(exchange.ok for exchange in both):
        raise Inconclusive("neither of two requests at once succeeded")
    ids = {_id(kind, exchange) for exchange in both if exchange.ok}
    if len(ids) > 1:
        session.broken(
            expected="one id for two requests under one key", received=f"{len(ids)}", exchange=both[1]
        )
    _one_more(session, kind, path, before, both[1])


def long_key(session: Session, kind: Resource) -> None:
    """As long as a hash in hexadecimal digits."""
    create, path, body, key = _arranged(session, kind)
    long = (key.replace("-", "") + "k" * LONGEST)[:LONGEST]
    session.positive(create.id)
    session.expect(_send(session, create, path, body, long), SUCCESS, what="for a long key")


def without_key(session: Session, kind: Resource) -> None:
    """The list is as it was before."""
    create, path, body, _ = _arranged(session, kind)
    session.positive(create.id)
    before = frozenset(listed_ids(session, kind, path))
    refused = session.call(create.id, path=path, body=body, without=[HEADER])
    if refused.ok:
        raise Inconclusive(f"{create.id} does without a key")
    added = frozenset(listed_ids(session, kind, path)) - before
    if added:
        session.broken(
            expected=f"no new one of {kind.name} after the refusal",
            received=f"{len(added)} more in the list",
            exchange=refused,
        )


def other_key(session: Session, kind: Resource) -> None:
    """The same body under another key is another thing, where such a twin is allowed at all."""
    create, path, body, key = _arranged(session, kind)
    first = session.control(_send(session, create, path, body, key))
    second = session.expect(
        _send(session, create, path, body, session.valid.key()), "duplicate", what="for another key"
    )
    if second.ok and _id(kind, first) == _id(kind, second):
        session.broken(
            expected="another id under another key", received=str(_id(kind, second)), exchange=second
        )


def other_body(session: Session, kind: Resource) -> None:
    """Another body under a used key is refused or answered with the first thing; there is never a
    second one.
    """
    create, path, body, key = _arranged(session, kind)
    before = frozenset(listed_ids(session, kind, path))
    first = session.control(_send(session, create, path, body, key))
    other = session.valid.body(create)
    if other == body:
        raise Skipped(f"no second body of {create.id} is known")
    second = _send(session, create, path, other, key)
    session.expect(second, "replay_changed", what="for another body under the same key")
    _same_id(session, kind, first, second)
    _one_more(session, kind, path, before, second)


def not_used_up(session: Session, kind: Resource) -> None:
    """A request that was refused for its body does not use up the key."""
    create, path, body, key = _arranged(session, kind)
    owed = create.body.schema.flat.get("required", ()) if create.body else ()
    bad = {name: value for name, value in body.items() if name not in owed}
    session.control(_send(session, create, path, bad, key), range(400, 500))
    session.expect(
        _send(session, create, path, body, key),
        SUCCESS,
        what="for a good body under the key of a refused one",
    )


def not_known(session: Session, kind: Resource) -> None:
    """A request without a credential does not use up the key."""
    create, path, body, key = _arranged(session, kind)
    session.positive(create.id)
    refused = session.call(create.id, path=path, body=body, headers={HEADER: key}, credential=None)
    session.control(refused, range(400, 500))
    session.expect(
        _send(session, create, path, body, key), SUCCESS, what="for a caller who is known, under the same key"
    )


def _arranged(session: Session, kind: Resource) -> tuple[Operation, dict[str, Any], Any, str]:
    """The operation, its path, a body and a fresh key."""
    assert kind.create is not None  # noqa: S101 - only such kinds come here
    return kind.create, session.subject(kind.create.id), session.valid.body(kind.create), session.valid.key()


def _send(session: Session, create: Operation, path: Mapping[str, Any], body: Any, key: str) -> Exchange:
    return session.call(create.id, path=path, body=body, headers={HEADER: key})


def _same_id(session: Session, kind: Resource, first: Exchange, second: Exchange) -> None:
    if second.ok and _id(kind, second) != _id(kind, first):
        session.broken(
            expected=f"the id of the first, {_id(kind, first)}",
            received=str(_id(kind, second)),
            exchange=second,
        )


def _one_more(
    session: Session, kind: Resource, path: Mapping[str, Any], before: frozenset[str], last: Exchange
) -> None:
    """Where there is a list, it has exactly one thing more."""
    added = frozenset(listed_ids(session, kind, path)) - before
    if kind.list is not None and len(added) != 1:
        session.broken(
            expected=f"one more {kind.name} in the list", received=f"{len(added)} more", exchange=last
        )


def _id(kind: Resource, exchange: Exchange) -> str:
    return str(at(exchange.parsed, kind.id_pointer))


PROMISES: Table = {
    "{create} answers a repeat with the same thing": Row("create", "repeat", "key", repeat),
    "{create} makes one thing of a repeated request": Row("create", "one-thing", "key", one),
    "{create} makes one thing of two requests at once": Row("create", "together", "key", together),
    f"{{create}} takes a key of {LONGEST} letters and digits": Row("create", "long-key", "key", long_key),
    "{create} makes nothing when it is refused for want of a key": Row(
        "create", "without-key", "key", without_key
    ),
    "{create} makes another thing under another key": Row("create", "other-key", "key", other_key),
    "{create} makes no second thing of another body": Row("create", "other-body", "key", other_body),
    "{create} lets a key be used after a refusal": Row("create", "not-used-up", "decision", not_used_up),
    "{create} lets a key be used after an unknown caller": Row("create", "not-known", "decision", not_known),
}
