"""Whose an idempotency key is: not another caller's, not another collection's, and the first body's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from contract_tests.checks.authorization import lacking, outside
from contract_tests.checks.idempotency import HEADER, arranged, id_of, same_id, send
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.evidence.levels import carrying
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Skipped

_REFUSED = ("wrong_role", "foreign_object", "wrong_scope_credential", "bad_credential")
"""The situations of a caller who may not create: without the role, or good for other things only."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What a key owes beside the request it was first used for, per operation that takes one."""
    build = RequirementBuilder(contract, citations, Family.IDEMPOTENCY)
    for resource in resources_of(contract).all:
        create = resource.create
        parameter = None if create is None else create.parameter(HEADER, "header")
        if create is None or parameter is None:
            continue
        refusal = create.response(403)
        cites = carrying(facts_of(create.cites, citations), citations, contract)
        if not create.is_open:
            title = f"{create.id} repeats nothing for a caller who may not create it"
            of_refusal = refusal.cites if refusal is not None and refusal.cites else create.cites
            check = partial(refused_caller, resource=resource, create=create)
            yield build(create, "refused-caller", title=title, cites=of_refusal, check=check)
            title = f"{create.id} shows no thing of another owner who used the same key"
            check = partial(other_owner, resource=resource, create=create)
            whose = _whose(citations)
            yield build(create, "other-owner", title=title, cites=of_refusal, besides=whose, check=check)
        if resource.parents:
            title = f"{create.id} makes another thing under the same key below another parent"
            check = partial(beside, resource=resource, create=create)
            yield build(
                create, "other-parent", title=title, cites=cites, besides=_whose(citations), check=check
            )
        title = f"{create.id} answers a repeat with the first thing also after another body"
        check = partial(after_other_body, resource=resource)
        key = facts_of(parameter.cites or create.cites, citations)
        yield build(create, "after-other-body", title=title, cites=key, check=check)


def _whose(citations: Citations) -> tuple[str, ...]:
    """What says that a key belongs to the path it was sent to: no document does."""
    return ("A21",) if "A21" in citations else ("X14",)


def refused_caller(session: Session, resource: Resource, create: Operation) -> None:
    """A key that was used by one who may create does not open the door to one who may not."""
    labels = _refused(session, create)
    _, path, body, key = arranged(session, resource)
    session.control(send(session, create, path, body, key))
    allowed = session.context.allowed(create, *_REFUSED)
    for label in labels:
        exchange = session.call(create.id, path=path, body=body, headers={HEADER: key}, credential=label)
        session.expect(exchange, allowed, what=f"for {label}, who may not create, under a used key")


def other_owner(session: Session, resource: Resource, create: Operation) -> None:
    """Two owners may use the same key by chance, each below parents of their own: neither is answered with
    the thing of the other.
    """
    owner = session.context.permissions.other_credential(create)
    foreign = session.fixtures.foreign_values(create)
    if owner is None or not foreign:
        raise Skipped(f"the target has no second credential that may call {create.id} on foreign things")
    _, path, body, key = arranged(session, resource)
    theirs = send(session, create, path, body, key)
    session.control(theirs)
    own = session.call(
        create.id, path={**path, **foreign}, body=body, headers={HEADER: key}, credential=owner
    )
    if own.ok and id_of(resource, own) == id_of(resource, theirs):
        session.broken(
            expected=f"a new thing for {owner}, or a refusal",
            received=f"{id_of(resource, theirs)}, which belongs to another owner",
            exchange=own,
        )


def _refused(session: Session, create: Operation) -> list[str]:
    found: list[str] = []
    for labels in (lacking, outside):
        try:
            found += labels(session, create)
        except Skipped:
            continue
    if not found:
        raise Skipped(f"the target has no credential that may not call {create.id}")
    return found


def beside(session: Session, resource: Resource, create: Operation) -> None:
    """The same body and key below a neighbour are refused, or make a thing there; the answer is never the
    thing below the first parent."""
    _, path, body, key = arranged(session, resource)
    other = {**path, **_neighbours(session, resource, path)}
    first = session.control(send(session, create, path, body, key))
    second = send(session, create, other, body, key)
    if second.ok and id_of(resource, second) == id_of(resource, first):
        session.broken(
            expected="a new thing below the other parent, or a refusal",
            received=f"{id_of(resource, first)}, which is below the first one",
            exchange=second,
        )


def _neighbours(session: Session, resource: Resource, path: dict[str, Any]) -> dict[str, Any]:
    """Another value of the nearest parent that has a neighbour."""
    for name, place in reversed(list(zip(resource.parents, resource.parent_places, strict=True))):
        if session.fixtures.has("neighbour", name, place):
            value = session.fixtures.neighbour(name, place)
            if str(value) != str(path[name]):
                return {name: value}
    raise Skipped(f"the target names no neighbour of {' or '.join(resource.parents)}")


def after_other_body(session: Session, resource: Resource) -> None:
    """First body, another body, first body: whatever becomes of the second, the third repeats the first."""
    create, path, body, key = arranged(session, resource)
    other = session.valid.body(create)
    if other == body:
        raise Skipped(f"no second body of {create.id} is known")
    first = session.control(send(session, create, path, body, key))
    send(session, create, path, other, key)
    third = session.expect(
        send(session, create, path, body, key), "replay", what="for a repeat after another body"
    )
    same_id(session, resource, first, third)
