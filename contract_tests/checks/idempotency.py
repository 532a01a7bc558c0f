"""A repeated creation under one key makes one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import SystemRandom
from typing import Any

from contract_tests.checks.lib.records import echoed_members, listed_alike, listed_ids
from contract_tests.checks.lib.values import free_objects
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.evidence.levels import carrying
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder, RequirementSpec, RequirementTable
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import SUCCESS, Session
from contract_tests.verdicts import Inconclusive, Skipped

HEADER = "idempotency-key"

_LENGTHS = 5
"""Of how many lengths keys are: a key of some may have been used before."""

LATER = 1.2
"""Seconds after which a repeat may still come: a client that waits a moment before it sends again."""

LONGEST = 64
"""Keys of so many letters and digits are taken wherever keys are."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What a key owes, per operation that takes one and makes something."""
    build = RequirementBuilder(contract, citations, Family.IDEMPOTENCY)
    for resource in resources_of(contract).all:
        create = resource.create
        parameter = None if create is None else create.parameter(HEADER, "header")
        if create is not None and parameter is not None:
            decided = [cite for cite in parameter.cites if cite in citations.decisions]
            key = carrying(facts_of(parameter.cites or create.cites, citations), citations, contract)
            behind = {"key": key, "decision": decided or ["X14"]}
            yield from build.table(PROMISES, {"create": create}, behind=behind, resource=resource)


def repeat(session: Session, resource: Resource) -> None:
    """The repeat names the id of the first, or says that there is a conflict, also after another creation and
    a moment later.
    """
    create, path, body, key = arranged(session, resource)
    first = session.control(send(session, create, path, body, key))
    session.control(session.call(create.id, path=path))
    second = session.expect(
        send(session, create, path, body, key), "replay", what="for a repeat under the same key"
    )
    same_id(session, resource, first, second)
    session.context.sleep(LATER)
    later = session.expect(
        send(session, create, path, body, key), "replay", what="for a later repeat under the same key"
    )
    same_id(session, resource, first, later)


def one(session: Session, resource: Resource) -> None:
    """The list has one more thing after three requests under one key."""
    create, path, plain, key = arranged(session, resource)
    body = _marked(session, create, resource, plain)
    before = frozenset(listed_ids(session, resource, path))
    answers = [session.control(send(session, create, path, body, key))]
    answers += [send(session, create, path, body, key) for _ in range(2)]
    _one_more(session, resource, path, before, sent=[body], answers=answers, is_marked=body is not plain)


def together(session: Session, resource: Resource) -> None:
    """Two requests at once under one key make one thing."""
    create, path, plain, key = arranged(session, resource)
    body = _marked(session, create, resource, plain)
    before = frozenset(listed_ids(session, resource, path))
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: send(session, create, path, body, key), range(2)))
    if not any(exchange.ok for exchange in both):
        raise Inconclusive("neither of two requests at once succeeded")
    ids = {id_of(resource, exchange) for exchange in both if exchange.ok}
    if len(ids) > 1:
        session.broken(
            expected="one id for two requests under one key", received=f"{len(ids)}", exchange=both[1]
        )
    _one_more(session, resource, path, before, sent=[body], answers=both, is_marked=body is not plain)


def long_key(session: Session, resource: Resource) -> None:
    """As long as a hash in hexadecimal digits."""
    create, path, body, key = arranged(session, resource)
    long = (key.replace("-", "") + "k" * LONGEST)[:LONGEST]
    session.positive(create.id)
    session.expect(send(session, create, path, body, long), SUCCESS, what="for a long key")


def empty_key(session: Session, resource: Resource) -> None:
    """A key without a letter is refused like none at all, or is a key like others: it makes one thing."""
    create, path, body, _ = arranged(session, resource)
    session.positive(create.id)
    first = send(session, create, path, body, "")
    if not first.ok:
        return
    second = send(session, create, path, body, "")
    if second.ok and id_of(resource, second) != id_of(resource, first):
        session.broken(
            expected=f"a refusal of an empty key, or the id of the first, {id_of(resource, first)}",
            received=id_of(resource, second),
            exchange=second,
        )


def without_key(session: Session, resource: Resource) -> None:
    """The list is as it was before."""
    create, path, plain, _ = arranged(session, resource)
    body = _marked(session, create, resource, plain)
    session.positive(create.id)
    before = frozenset(listed_ids(session, resource, path))
    refused = session.call(create.id, path=path, body=body, without=[HEADER])
    if refused.ok:
        raise Inconclusive(f"{create.id} does without a key")
    added = listed_alike(session, resource, path, [body]) - before
    if added:
        session.broken(
            expected=f"no new one of {resource.name} after the refusal",
            received=f"{len(added)} more in the list",
            exchange=refused,
        )


def other_key(session: Session, resource: Resource) -> None:
    """The same body under another key is another thing, where such a twin is allowed at all."""
    create, path, body, key = arranged(session, resource)
    first = session.control(send(session, create, path, body, key))
    second = session.expect(
        send(session, create, path, body, session.valid.key()), "duplicate", what="for another key"
    )
    if second.ok and id_of(resource, first) == id_of(resource, second):
        session.broken(
            expected="another id under another key",
            received=str(id_of(resource, second)),
            exchange=second,
            readings=session.context.accepted("duplicate", create)[1],
        )


def keys_apart(session: Session, resource: Resource) -> None:
    """The same body under a key of the same length, or with the same beginning, is another thing, where it is
    one under a key that is unlike the first in every respect.
    """
    create, path, body, _ = arranged(session, resource)
    # Of lengths that no other key of the run has, as far as that can be.
    keys = [_key_of(session, length) for length in SystemRandom().sample(range(33, LONGEST), _LENGTHS)]
    for key in keys:
        first = send(session, create, path, body, key)
        if first.ok:
            break
    session.control(first)
    ending = "0" if key[-1] != "0" else "1"
    answers = [
        send(session, create, path, body, alike) for alike in (_key_of(session, len(key)), key[:-1] + ending)
    ]
    unlike = (send(session, create, path, body, other) for other in keys if other != key)
    if not any(exchange.ok and id_of(resource, exchange) != id_of(resource, first) for exchange in unlike):
        raise Skipped(f"{create.id} makes no second thing of the same body")
    for answer in answers:
        session.expect(answer, SUCCESS, what="for a key like one that was used")
        if id_of(resource, answer) == id_of(resource, first):
            session.broken(
                expected="another id under a key like one that was used",
                received=id_of(resource, answer),
                exchange=answer,
            )


def _key_of(session: Session, length: int) -> str:
    return (session.valid.key() + session.valid.key())[:length]


def other_body(session: Session, resource: Resource) -> None:
    """Another body under a used key is refused or answered with the first thing; there is never a
    second one.
    """
    create, path, plain, key = arranged(session, resource)
    body = _marked(session, create, resource, plain)
    before = frozenset(listed_ids(session, resource, path))
    first = session.control(send(session, create, path, body, key))
    plain_other = session.valid.body(create)
    other = _marked(session, create, resource, plain_other)
    if plain_other == plain:
        raise Skipped(f"no second body of {create.id} is known")
    second = send(session, create, path, other, key)
    session.expect(second, "replay_changed", what="for another body under the same key")
    same_id(session, resource, first, second)
    is_marked = body is not plain and other is not plain_other
    _one_more(
        session, resource, path, before, sent=[body, other], answers=[first, second], is_marked=is_marked
    )


def not_used_up(session: Session, resource: Resource) -> None:
    """A request that was refused for its body does not use up the key."""
    create, path, body, key = arranged(session, resource)
    owed = create.body.schema.flat.get("required", ()) if create.body else ()
    bad = {name: value for name, value in body.items() if name not in owed}
    session.control(send(session, create, path, bad, key), range(400, 500))
    good = send(session, create, path, body, key)
    if good.status == 409 and not send(session, create, path, body, session.valid.key()).ok:
        raise Inconclusive(f"{create.id} answers 409: there may be such a thing already")
    session.expect(good, SUCCESS, what="for a good body under the key of a refused one")


def not_known(session: Session, resource: Resource) -> None:
    """A request without a credential does not use up the key."""
    create, path, body, key = arranged(session, resource)
    session.positive(create.id)
    refused = session.call(create.id, path=path, body=body, headers={HEADER: key}, credential=None)
    session.control(refused, range(400, 500))
    session.expect(
        send(session, create, path, body, key), SUCCESS, what="for a caller who is known, under the same key"
    )


def arranged(session: Session, resource: Resource) -> tuple[Operation, dict[str, Any], Any, str]:
    """The operation, its path, a body and a fresh key."""
    assert resource.create is not None  # noqa: S101 - only such kinds come here
    return (
        resource.create,
        session.subject(resource.create.id),
        session.valid.body(resource.create),
        session.valid.key(),
    )


def send(session: Session, create: Operation, path: Mapping[str, Any], body: Any, key: str) -> Exchange:
    """Create under a key."""
    return session.call(create.id, path=path, body=body, headers={HEADER: key})


def same_id(session: Session, resource: Resource, first: Exchange, second: Exchange) -> None:
    """A repeat that succeeds names the id of the first."""
    if second.ok and id_of(resource, second) != id_of(resource, first):
        session.broken(
            expected=f"the id of the first, {id_of(resource, first)}",
            received=str(id_of(resource, second)),
            exchange=second,
        )


def _one_more(
    session: Session,
    resource: Resource,
    path: Mapping[str, Any],
    before: frozenset[str],
    *,
    sent: Sequence[Any],
    answers: Sequence[Exchange],
    is_marked: bool,
) -> None:
    """Where there is a list, it has exactly one thing more that was made here; others may make theirs
    meanwhile.

    before: the ids that were listed before. sent: the bodies. answers: those to them. is_marked: whether
    nothing of others looks like the bodies.
    """
    if resource.list is None or resource.create is None:
        return
    answered = {id_of(resource, exchange) for exchange in answers if exchange.ok}
    listed = frozenset(listed_ids(session, resource, path))
    ours = (listed_alike(session, resource, path, sent) | (answered & listed)) - before
    if len(ours) == 1:
        return
    duplicate = session.context.accepted("duplicate", resource.create)[1]
    are_ours = len(answered) > 1 or (is_marked and len(ours) > 1)
    session.broken(
        expected=f"one more {resource.name} in the list",
        received=f"{len(ours)} more",
        exchange=answers[-1],
        # Where the answers name one thing, others like it may be other people's, and none may be an update.
        readings=() if are_ours else duplicate,
    )


def _marked(session: Session, create: Operation, resource: Resource, body: Any) -> Any:
    """The body with a mark in an object of any form that is shown, so that what it makes differs from what
    others make. The body as it is where no mark is taken."""
    names = [name for name in free_objects(create) if name in echoed_members(create, resource)]
    if not names or not isinstance(body, Mapping):
        return body
    marked = {**body, names[0]: {**(body.get(names[0]) or {}), "ct_mark": session.unique()}}
    probe = session.call(create.id, path=session.subject(create.id), body=marked)
    if not probe.ok:
        return body
    return {**marked, names[0]: {**marked[names[0]], "ct_mark": session.unique()}}


def id_of(resource: Resource, exchange: Exchange) -> str:
    """The id of what an answer made, as text."""
    return str(resource.new_id(exchange.parsed))


PROMISES: RequirementTable = {
    "{create} answers a repeat with the same thing": RequirementSpec(
        "create", "repeat", "key", repeat, waits=True
    ),
    "{create} makes one thing of a repeated request": RequirementSpec("create", "one-thing", "key", one),
    "{create} makes one thing of two requests at once": RequirementSpec(
        "create", "together", "key", together
    ),
    f"{{create}} takes a key of {LONGEST} letters and digits": RequirementSpec(
        "create", "long-key", "key decision", long_key
    ),
    "{create} makes no two things under an empty key": RequirementSpec(
        "create", "empty-key", "key", empty_key
    ),
    "{create} makes nothing when it is refused for want of a key": RequirementSpec(
        "create", "without-key", "key", without_key
    ),
    "{create} makes another thing under another key": RequirementSpec(
        "create", "other-key", "key decision", other_key
    ),
    "{create} makes another thing under a key that is like a used one": RequirementSpec(
        "create", "keys-apart", "key", keys_apart
    ),
    "{create} makes no second thing of another body": RequirementSpec(
        "create", "other-body", "key decision", other_body
    ),
    "{create} lets a key be used after a refusal": RequirementSpec(
        "create", "not-used-up", "decision", not_used_up
    ),
    "{create} lets a key be used after an unknown caller": RequirementSpec(
        "create", "not-known", "decision", not_known
    ),
}
