"""A deletion takes effect everywhere, and a write that was refused has none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from contract_tests.checks.lib.pages import Page, all_pages, identities
from contract_tests.checks.lib.records import (
    READING,
    fixed_members,
    hold,
    listed_alike,
    listed_ids,
    reading_of_a_file,
    record_of,
    reread,
    same,
    stating_facts,
)
from contract_tests.checks.lib.side_effects import completed
from contract_tests.checks.lib.values import NAMES, NoOtherError, other_value
from contract_tests.checks.lifecycle import made
from contract_tests.checks.listing import body_cites, count_names
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.evidence.levels import carrying, stating
from contract_tests.evidence.statuses import tolerated
from contract_tests.exchange import Exchange
from contract_tests.generation.invalid import ABSENT, apply, invalid_inputs
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion, Requirement
from contract_tests.session.context import Allowed
from contract_tests.session.session import Created, Session
from contract_tests.verdicts import Inconclusive, Skipped

_FORBIDDEN = 403

_BRINGS_BACK = re.compile(r"/(restore|undelete|recover|untrash|unarchive)$", re.IGNORECASE)
"""Where the path of an operation ends that is meant for what was deleted."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What is gone after a deletion, per operation that could see it; what stays after a refused write."""
    build = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    resources = resources_of(contract)
    for resource in resources.all:
        if resource.create is not None and resource.delete is not None:
            yield from _of_deletion(build, resource, resource.delete)
        if resource.create is not None and resource.create.body is not None and resource.list is not None:
            title = f"a refused {resource.create.id} leaves nothing behind"
            check = partial(refused_creation, resource=resource)
            cites = facts_of(resource.create.cites, build.citations)
            yield build(resource.create, "refused-leaves-nothing", title=title, cites=cites, check=check)
        if resource.create is not None and resource.update is not None and resource.update.body is not None:
            title = f"a refused {resource.update.id} changes nothing"
            check = partial(refused_update, resource=resource)
            yield build(
                resource.update,
                "refused-changes-nothing",
                title=title,
                cites=resource.update.cites,
                check=check,
            )


def _of_deletion(build: RequirementBuilder, resource: Resource, delete: Operation) -> Iterator[Requirement]:
    decided = {
        situation: build.decided(situation, delete)
        for situation in ("delete", "delete_again", "read_deleted", "act_on_deleted")
    }
    cites = facts_of(delete.cites, build.citations)
    if resource.list is not None:
        title = f"what {delete.id} deleted is listed no more"
        yield build(
            delete, "not-listed", title=title, cites=cites, check=partial(not_listed, resource=resource)
        )
    if resource.list is not None and count_names(resource.list):
        title = f"{resource.list.id} counts what {delete.id} deleted no more"
        counted = body_cites(resource.list)
        yield build(
            delete,
            "not-counted",
            title=title,
            cites=counted,
            # A server that only a file describes may estimate.
            besides=reading_of_a_file(counted, build.contract),
            check=partial(not_counted, resource=resource),
        )
    title = f"a second {delete.id} of the same thing finds nothing"
    yield build(
        delete,
        "again",
        title=title,
        cites=(*cites, *decided["delete_again"]),
        check=partial(again, resource=resource),
    )
    for operation in build.contract.operations.values():
        if _BRINGS_BACK.search(operation.place):
            continue
        if resource.holds(operation) and operation is not delete and resource.key != operation.may_make:
            situations = (
                ("read_deleted",) if operation is resource.read else ("read_deleted", "act_on_deleted")
            )
            title = f"{operation.id} finds nothing once {delete.id} has deleted it"
            check = partial(gone, resource=resource, operation=operation, situations=situations)
            stays = f"{operation.id} does not go on with what is read as before its deletion"
            facts = stating(delete.cites, build.citations, build.contract)
            needs = carrying(facts, build.citations, build.contract)
            yield build(
                delete,
                f"gone.{operation.id}",
                title=title,
                cites=(*cites, *(cite for situation in situations for cite in decided[situation])),
                check=check,
                others=[operation.id],
                also=[Assertion(stays, needs)] if facts and operation is resource.update else (),
            )


def not_listed(session: Session, resource: Resource) -> None:
    """The list has a thing before its deletion and not after it."""
    created = session.create(resource)
    if session.find(created) is None:
        raise Inconclusive(f"{resource.name} {created.id} was not listed before it was deleted")
    deleted(session, created)
    if session.find(created) is not None:
        session.broken(
            expected=f"a list without the deleted {resource.name} {created.id}",
            received="it is still there",
            exchange=session.exchanges[-1],
        )


def not_counted(session: Session, resource: Resource) -> None:
    """The list counts fewer things after a deletion, if it shows the others as before."""
    created = session.create(resource)
    ids, totals, _ = _counted(session, resource, created)
    deleted(session, created)
    left, later, last = _counted(session, resource, created)
    if left != ids - {str(created.id)}:
        raise Inconclusive(f"other things of {resource.name} came or went meanwhile")
    for name, number in totals.items():
        if later.get(name, 0) >= number:
            session.broken(
                expected=f"a {name} below {number}, since one of them was deleted",
                received=str(later[name]),
                exchange=last,
            )


def _counted(
    session: Session, resource: Resource, created: Created
) -> tuple[set[str], dict[str, int], Exchange]:
    """The ids of all things beside a new one, and what the first page counts, with the page."""
    assert resource.list is not None  # noqa: S101 - only such kinds come here
    pages = all_pages(session, resource, {name: created.path[name] for name in resource.parents})
    numbers = {name: Page(pages[0]).number(name) for name in count_names(resource.list)}
    totals = {name: number for name, number in numbers.items() if number is not None}
    return identities(session, resource, pages), totals, pages[0]


def again(session: Session, resource: Resource) -> None:
    """A second deletion is answered as decided, or as a read of what is gone, where both hide what exists."""
    assert resource.delete is not None  # noqa: S101 - only such kinds come here
    created = session.create(resource)
    deleted(session, created)
    exchange = session.call(resource.delete.id, path=created.path)
    if exchange.status == _FORBIDDEN and resource.read is not None:
        shown = session.call(resource.read.id, path=created.path)
        if shown.status == _FORBIDDEN:
            return
    session.expect(exchange, "delete_again", what=f"for a {resource.name} that is gone")


def gone(session: Session, resource: Resource, operation: Operation, situations: tuple[str, ...]) -> None:
    """An operation below a deleted thing answers as if it had never been."""
    created = session.create(resource)
    path = completed(session, operation, created.path)
    if operation.is_safe:
        session.control(session.call(operation.id, path=path))
    before = _record(session, created) if operation is resource.update else None
    deleted(session, created)
    is_as_before = before is not None and same(before, _record(session, created))
    allowed = allowed_below_deleted(session, operation, *situations)
    if allowed is not None:
        exchange = session.call(operation.id, path=path)
        session.expect(
            exchange,
            allowed,
            what=f"for a {resource.name} that was deleted",
            # One that is read without a sign of its deletion, and changed, was not deleted by any reading.
            because=_facts_of_deletion(session, resource) if is_as_before and exchange.ok else (),
        )


def _record(session: Session, created: Created) -> Any:
    """A thing as a read shows it, None where it shows none."""
    resource = created.resource
    exchange = session.call(resource.read.id, path=created.path) if resource.read is not None else None
    return record_of(exchange, resource) if exchange is not None and exchange.ok else None


def _facts_of_deletion(session: Session, resource: Resource) -> tuple[str, ...]:
    """What a document states of a deletion that is answered as done; nothing for one that is only taken note
    of."""
    assert resource.delete is not None  # noqa: S101 - only such kinds come here
    answers = [each for each in session.exchanges if each.sent.operation == resource.delete.id]
    is_done = answers[-1].status != 202
    return stating_facts(session, resource.delete) if is_done else ()


def allowed_below_deleted(session: Session, operation: Operation, *situations: str) -> Allowed | None:
    """What an operation may answer on a thing that was deleted: what it answers on a thing that never was,
    too. None where a decision leaves it open."""
    allowed = session.context.allowed(operation, *situations, "unknown_id", "unknown_parent")
    if allowed is None:
        return None
    statuses = {status for status in allowed.statuses if status >= 300 or not operation.is_safe}
    statuses |= {
        status for status in tolerated(session.citations, session.contract, operation) if status >= 400
    }
    return replace(allowed, statuses=frozenset(statuses))


def deleted(session: Session, created: Created) -> None:
    """Delete a thing; the deletion itself has to succeed."""
    resource = created.resource
    assert resource.delete is not None  # noqa: S101
    session.expect(
        session.call(resource.delete.id, path=created.path),
        "delete",
        what=f"for a {resource.name} that exists",
    )


def refused_creation(session: Session, resource: Resource) -> None:
    """After a refused creation the list is what it was."""
    create = resource.create
    assert create is not None  # noqa: S101
    path = session.subject(create.id)
    before = set(listed_ids(session, resource, path))
    bodies = [apply(session.valid.body(create), rule) for rule in _breakable(session, create)]
    bodies += _with_wrong_elements(session, create)
    exchanges = [session.call(create.id, path=path, body=body) for body in bodies]
    if not any(400 <= exchange.status < 500 for exchange in exchanges):
        raise Skipped(f"no body is known that {create.id} refuses")
    made_all_the_same = {
        str(session.created(resource, exchange, path).id) for exchange in exchanges if exchange.ok
    }
    added = set(listed_ids(session, resource, path)) - before - made_all_the_same
    if added:
        # Others may create theirs meanwhile: only what shows a name that was sent is the run's.
        own = added & listed_alike(session, resource, path, [_named(body) for body in bodies])
        session.broken(
            expected="the list as before, since the creation was refused",
            received=f"{len(added)} more",
            exchange=next(exchange for exchange in exchanges if not exchange.ok),
            readings=() if own else READING,
        )


def _with_wrong_elements(session: Session, create: Operation) -> list[Any]:
    """A good body with a text in the place of an object, for each array of objects that it takes: a server
    that looks at it late may have made the thing by then."""
    members = create.body.schema.properties if create.body is not None else {}
    arrays = [
        name for name, schema in members.items() if schema.items is not None and schema.items.properties
    ]
    return [{**session.valid.body(create), name: ["ct-text"]} for name in arrays]


def _named(body: Any) -> Any:
    """What a body calls its thing."""
    held = body if isinstance(body, Mapping) else {}
    return {name: value for name, value in held.items() if name in NAMES and isinstance(value, str)}


def refused_update(session: Session, resource: Resource) -> None:
    """After an update that names a good value beside a bad one and is refused, neither has an effect."""
    update = resource.update
    assert update is not None and update.body is not None  # noqa: S101, PT018
    sent, created = made(session, resource)
    before = reread(session, created)[1]
    if not isinstance(before, Mapping):
        raise Inconclusive(f"{resource.name} {created.id} is not an object")
    good = _good_values(session, update, before)
    refused = 0
    for rule in _breakable(session, update, good):
        body = apply(good, rule)
        exchange = session.call(update.id, path=created.path, body=body)
        if exchange.ok:
            return
        refused += 400 <= exchange.status < 500
        names = [name for name in (*fixed_members(resource), *sent, *good) if name in before]
        hold(session, before, reread(session, created), names, what="as before, since the update was refused")
    if not refused:
        raise Skipped(f"no body is known that {update.id} refuses")


def _good_values(session: Session, update: Operation, before: Mapping[str, Any]) -> dict[str, Any]:
    assert update.body is not None  # noqa: S101
    good: dict[str, Any] = {}
    for name in update.body.schema.properties:
        try:
            good[name] = other_value(session.unique, update, name, before.get(name))
        except NoOtherError:
            continue
    return good


def _breakable(session: Session, operation: Operation, body: Any = None) -> list[Any]:
    """At most four rules of a body's top level that no decision leaves open."""
    whole = session.valid.body(operation) if body is None else body
    found = [
        rule
        for rule in invalid_inputs(operation, body=whole)
        if rule.place == "body"
        and len(rule.steps) == 1
        and (rule.value is not ABSENT or rule.steps[0] in whole)
        and not session.context.is_open(operation, rule.rule)
    ]
    return found[:: max(1, len(found) // 4)][:4]
