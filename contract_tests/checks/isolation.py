"""What is done to one thing, or below one parent, does not show beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from contract_tests.checks.lib.given import foreign_things
from contract_tests.checks.lib.pages import Page
from contract_tests.checks.lib.records import (
    READING,
    echoed_members,
    fixed_members,
    hold,
    may_be_hidden,
    reading_of_a_file,
    reread,
)
from contract_tests.checks.lib.side_effects import completed
from contract_tests.checks.lib.values import NAMES, NoOtherError, other_value
from contract_tests.checks.lifecycle import made
from contract_tests.checks.listing import body_cites, count_names
from contract_tests.evidence.citations import Citations, facts_of, without_statuses
from contract_tests.evidence.levels import carrying
from contract_tests.evidence.statuses import tolerated
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion, Requirement
from contract_tests.session.context import Allowed
from contract_tests.session.made_up import is_unguessable
from contract_tests.session.request import json_in
from contract_tests.session.session import Created, Session
from contract_tests.verdicts import Inconclusive, Skipped


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Between parents, per operation; between siblings, per kind of thing."""
    build = RequirementBuilder(contract, citations, Family.ISOLATION)
    resources = resources_of(contract)
    for resource in resources.all:
        if resource.create is not None and resource.list is not None and resource.parents:
            title = f"{resource.list.id} shows nothing of what is below another parent"
            check = partial(not_listed_beside, resource=resource)
            cites = without_statuses(resource.list.cites, citations)
            yield build(resource.list, "parents", title=title, cites=cites, check=check)
            if resource.delete is not None and count_names(resource.list):
                title = f"{resource.list.id} counts nothing of what is below another parent"
                check = partial(not_counted_beside, resource=resource)
                counted = facts_of(body_cites(resource.list), citations)
                by_reading = reading_of_a_file(counted, contract)
                yield build(
                    resource.list, "total", title=title, cites=counted, besides=by_reading, check=check
                )
        if resource.list is not None:
            title = f"{resource.list.id} shows nothing that belongs to another owner"
            check = partial(nothing_foreign, resource=resource)
            cites = without_statuses(resource.list.cites, citations)
            given = foreign_things(build, resource.list, resource.item, [resource.key])
            yield build(resource.list, "foreign", title=title, cites=cites, check=check, given=given)
        if resource.create is not None and resource.parents:
            for operation in contract.operations.values():
                if resource.holds(operation):
                    title = f"{operation.id} finds a {resource.key} only below its own parent"
                    acts = _acts(build, operation)
                    check = partial(wrong_parent, resource=resource, operation=operation, acts=acts)
                    what = f"wrong-parent.{resource.key}"
                    own = Assertion(f"{operation.id} does nothing below another parent", acts)
                    cites = _cites(build, operation)
                    yield build(operation, what, title=title, cites=cites, check=check, also=[own])
        if resource.create is not None and (resource.read is not None or resource.list is not None):
            yield from _of_siblings(build, resource)


def _of_siblings(build: RequirementBuilder, resource: Resource) -> Iterator[Requirement]:
    for operation, words, check in (
        (resource.update, "changes no other thing", update_leaves_siblings),
        (resource.delete, "deletes no other thing", delete_leaves_siblings),
    ):
        if operation is None:
            continue
        for what, which, is_alike in (
            ("siblings", "", False),
            ("namesakes", " that was created with the same body", True),
        ):
            yield build(
                operation,
                what,
                title=f"{operation.id} {words}{which}",
                cites=facts_of(operation.cites, build.citations),
                check=partial(check, resource=resource, is_alike=is_alike),
            )


def _cites(build: RequirementBuilder, operation: Operation) -> tuple[str, ...]:
    response = operation.response(404)
    return (response.cites if response is not None else ()) or build.decided("unknown_id", operation)


def _acts(build: RequirementBuilder, operation: Operation) -> tuple[str, ...]:
    """What says that an operation acts below its own parent: the facts behind its path. A path alone, of a
    document without facts, leaves open whether all of it counts."""
    facts = carrying(facts_of(operation.cites, build.citations), build.citations, build.contract)
    return (*facts, *reading_of_a_file(facts, build.contract))


def not_listed_beside(session: Session, resource: Resource) -> None:
    """What is made below one parent is in that parent's list and in no other's."""
    assert resource.list is not None  # noqa: S101 - only such kinds come here
    created = session.create(resource)
    if session.find(created) is None:
        raise Inconclusive(f"{resource.name} {created.id} is not listed below its own parent")
    for path in _beside(session, resource, created):
        if not session.call(resource.list.id, path={**created.path, **path}).ok:
            continue
        beside = Created(resource, created.id, created.record, created.exchange, {**created.path, **path})
        if session.find(beside) is not None:
            session.broken(
                expected=f"{resource.name} {created.id} listed below its own parent only",
                received=f"it below {_named(path)} as well",
                exchange=session.exchanges[-1],
            )


def not_counted_beside(session: Session, resource: Resource) -> None:
    """The total of a list stays when something is made below another parent. One that rises, and falls again
    when that is deleted, counts it."""
    assert resource.list is not None  # noqa: S101 - only such kinds come here
    path = session.subject(resource.list.id)
    before = _total(session, resource, path)
    created = session.create(resource, under={**path, **_another_parent(session, resource, path)})
    risen = _total(session, resource, path)
    if risen <= before:
        return
    counting = session.exchanges[-1]
    if not session.delete(resource, created.path, created.exchange.sent.credential):
        raise Inconclusive(f"{resource.name} {created.id} could not be deleted")
    if _total(session, resource, path) >= risen:
        raise Inconclusive("the total moves by itself")
    session.broken(
        expected=f"a total of {before}, as before something was made below another parent",
        received=str(risen),
        exchange=counting,
    )


def _another_parent(session: Session, resource: Resource, path: Mapping[str, Any]) -> dict[str, Any]:
    """The path values of another parent: a new one where it can be made, a neighbour, or another owner's.

    Raises Skipped where the target names none.
    """
    name, place = resource.parents[-1], resource.parent_places[-1]
    parent = session.resources.at(place)
    if parent is not None and parent.create is not None:
        another = session.create(parent, under=path).id
        if str(another) == str(path[name]):
            raise Skipped(f"a second creation of a {parent.name} updates the first one")
        return {name: another}
    if session.fixtures.has("neighbour", name, place):
        return {name: session.fixtures.neighbour(name, place)}
    named = zip(resource.parents, resource.parent_places, strict=True)
    return {each: session.fixtures.foreign(each, its_place) for each, its_place in named}


def _total(session: Session, resource: Resource, path: Mapping[str, Any]) -> int:
    """The first count that a list shows beside its items. Raises Skipped where it shows none."""
    assert resource.list is not None  # noqa: S101
    page = Page(session.control(session.call(resource.list.id, path=path)))
    shown = (page.number(name) for name in count_names(resource.list))
    total = next((number for number in shown if number is not None), None)
    if total is None:
        raise Skipped(f"{resource.list.id} shows no total")
    return total


def nothing_foreign(session: Session, resource: Resource) -> None:
    """The list has none of the things that belong to another owner, whichever credential asks for it."""
    assert resource.list is not None  # noqa: S101 - only such kinds come here
    path = session.subject(resource.list.id)
    closed = list(_closed(session, resource, path))
    if not closed:
        raise Skipped(f"the target names no {resource.key} that is foreign to a credential with a scope")
    for label, foreign, readings in closed:
        if resource.parents and not is_unguessable(foreign):
            raise Skipped(f"{foreign} may name a {resource.key} below each {resource.parents[-1]}")
        for item in session.walk(resource, path=path, credential=label):
            if isinstance(item, Mapping) and foreign in (
                str(resource.id_in(item)),
                str(item.get(resource.key)),
            ):
                session.broken(
                    expected=f"a list without {foreign}, which belongs to another owner",
                    received="it is there",
                    exchange=session.exchanges[-1],
                    readings=readings,
                )


def _closed(
    session: Session, resource: Resource, path: Mapping[str, Any]
) -> Iterator[tuple[str | None, str, tuple[str, ...]]]:
    """Credentials that may read a list, each with the id of a thing that it may not use: the default one with
    what the target calls foreign, and others with a scope that the known thing is outside of. That a list
    shows no more than may be used is a reading where the target does not call it foreign."""
    assert resource.list is not None  # noqa: S101 - only such kinds come here
    default = session.requests.default_credential(resource.list, path)
    held = session.target.credentials.get(default or "")
    if session.fixtures.has("foreign", resource.key, resource.item) and (held is None or held.scope):
        yield default, str(session.fixtures.foreign(resource.key, resource.item)), ()
    if session.fixtures.has("known", resource.key, resource.item):
        known = str(session.fixtures.known(resource.key, resource.item))
        for label, other in session.target.valid_credentials().items():
            is_closed = other.admits(path) and not other.admits({resource.key: known})
            if label != default and other.suffices(resource.list) and is_closed:
                yield label, known, READING


def wrong_parent(session: Session, resource: Resource, operation: Operation, acts: tuple[str, ...]) -> None:
    """Below another parent nothing is found under the id, and nothing happens to the thing.

    acts: what says that the operation acts below its own parent alone.
    """
    created = session.create(resource)
    path = completed(session, operation, created.path)
    label = session.requests.default_credential(operation, path)
    allowed = _refusals(session, operation)
    for other in _beside(session, resource, created):
        exchange = session.call(operation.id, path={**path, **other}, credential=label)
        if operation.method == "PUT" and exchange.status == HTTPStatus.CREATED:
            continue  # it makes a thing of its own there (RFC 9110, section 9.3.4)
        if exchange.ok and exchange.status not in allowed.statuses:
            session.broken(
                expected=f"a refusal for a {resource.key} below another parent, {_named(other)}",
                received=str(exchange.status),
                exchange=exchange,
                because=acts,
            )
        session.expect(exchange, allowed, what=f"for a {resource.key} below another parent, {_named(other)}")
    if not operation.is_safe and (resource.read is not None or resource.list is not None):
        reread(session, created)


def _refusals(session: Session, operation: Operation) -> Allowed:
    allowed = session.context.allowed(operation, "unknown_id", "unknown_parent", "foreign_object")
    if allowed is None:
        raise Skipped(f"no decision says how {operation.id} answers an unknown id")
    elsewhere = tolerated(session.citations, session.contract, operation)
    return allowed.with_statuses(status for status in elsewhere if status >= 400)


def _beside(session: Session, resource: Resource, created: Created) -> list[dict[str, Any]]:
    """Path values of other parents: siblings where they can be made, else named neighbours."""
    found: list[dict[str, Any]] = []
    for name, place in zip(resource.parents, resource.parent_places, strict=True):
        another = _sibling(session, place, created)
        if another is None and session.fixtures.has("neighbour", name, place):
            another = session.fixtures.neighbour(name, place)
        if another is not None and str(another) != str(created.path[name]):
            found.append({name: another})
    if not found:
        raise Skipped(f"the target names no neighbour of {' or '.join(resource.parents)}")
    return found


def _sibling(session: Session, place: str, created: Created) -> Any:
    """The id of a new parent beside that of a thing; None where none can be made. A neighbour that the target
    names may stand below other parents itself, and a second creation may update the first object."""
    parent = session.resources.at(place)
    if parent is None or parent.create is None:
        return None
    try:
        another = session.create(parent, under=created.path).id
    except (Inconclusive, Skipped):
        return None
    return None if str(another) == str(created.path[parent.key]) else another


def _named(path: Mapping[str, Any]) -> str:
    return " and ".join(f"{name} {value}" for name, value in path.items())


def update_leaves_siblings(session: Session, resource: Resource, *, is_alike: bool = False) -> None:
    """After an update of one thing another is as it was. is_alike: whether both are made of the same body."""
    assert resource.update is not None  # noqa: S101 - only such kinds come here
    sent, other = made(session, resource)
    changed = _alike(session, other) if is_alike else made(session, resource)[1]
    _are_two(other, changed)
    before = reread(session, other)[1]
    body = session.valid.body(resource.update)
    members = resource.update.body.schema.properties if resource.update.body else {}
    others: dict[str, Any] = {}
    if isinstance(body, dict):
        others = _others(session, resource.update, members, sent)
        others |= {name: session.unique() for name in NAMES if name in members}
    path, whole = changed.path, {**body, **others} if others else body
    if not session.call(resource.update.id, path=path, body=whole).ok:
        # Of the values that are made up some may be refused, which hides what the others do.
        alone = [{**body, name: value} for name, value in others.items()]
        taken = [session.call(resource.update.id, path=path, body=each).ok for each in alone]
        if not any(taken):
            session.control(session.call(resource.update.id, path=path, body=body))
    _as_before(session, resource, sent, other, before)


def _others(
    session: Session, operation: Operation, names: Iterable[str], sent: Mapping[str, Any]
) -> dict[str, Any]:
    """Another value of each of some members of a body of which one is known."""
    others: dict[str, Any] = {}
    for name in names:
        with suppress(NoOtherError):
            others[name] = other_value(session.unique, operation, name, sent.get(name))
    return others


def _alike(session: Session, other: Created) -> Created:
    """A thing beside another one, made of the same body, or where that is refused of one with the same name.
    Raises Skipped where there can be no such two.
    """
    resource = other.resource
    assert resource.create is not None  # noqa: S101 - only such kinds come here
    path = {name: other.path[name] for name in resource.created_below}
    exchange = session.call(resource.create.id, path=path, content=other.exchange.sent.body)
    if not exchange.ok:
        sent = json_in(other.exchange.sent.body)
        namesake = _namesake(session, resource.create, sent if isinstance(sent, Mapping) else {})
        exchange = session.call(resource.create.id, path=path, body=namesake)
    if not exchange.ok:
        raise Skipped(f"{resource.create.id} refuses the same body, and another one with the same name")
    return session.created(resource, exchange, path)


def _namesake(session: Session, create: Operation, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A body with the same name, and another value of each free text that the first body has.

    Raises Skipped where it has no name, or nothing else that can be changed.
    """
    members = create.body.schema.properties if create.body else {}
    texts = [name for name, value in sent.items() if isinstance(value, str) and name not in NAMES]
    free = [name for name in texts if name in members and "enum" not in members[name].flat]
    others = _others(session, create, free, sent)
    if not others or not {*NAMES} & sent.keys():
        raise Skipped(f"{create.id} refuses the same body again")
    return {**sent, **others}


def _are_two(first: Created, second: Created) -> None:
    """Raises Skipped when the second creation updated the first thing."""
    if str(first.id) == str(second.id):
        raise Skipped(f"a second creation of {first.resource.name} has the id of the first")


def delete_leaves_siblings(session: Session, resource: Resource, *, is_alike: bool = False) -> None:
    """After the deletion of one thing another is as it was. is_alike: whether both are made of one body."""
    assert resource.delete is not None  # noqa: S101
    sent, other = made(session, resource)
    doomed = _alike(session, other) if is_alike else made(session, resource)[1]
    _are_two(other, doomed)
    before = reread(session, other)[1]
    session.control(session.call(resource.delete.id, path=doomed.path))
    _as_before(session, resource, sent, other, before)


def _as_before(
    session: Session, resource: Resource, sent: Mapping[str, Any], other: Created, before: Any
) -> None:
    echoed = echoed_members(resource.create, resource) if resource.create else {}
    names = [*fixed_members(resource), *(name for name in echoed if name in sent)]
    held = before if isinstance(before, Mapping) else {}
    hold(session, held, reread(session, other), [name for name in names if name in held], what="as before")
    if resource.list is not None and session.find(other) is None:
        missed = session.exchanges[-1]
        session.broken(
            expected=f"{resource.name} {other.id} still in its list",
            received="a list without it",
            exchange=missed,
            readings=READING if may_be_hidden(session, other) else (),
        )
