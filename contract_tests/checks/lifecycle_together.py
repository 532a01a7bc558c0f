"""Requests at once: creations make as many things, and updates of different members of one thing all hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from contract_tests.checks.lib.records import (
    READING,
    echoed_members,
    hold,
    holds_all_of,
    is_marked,
    may_be_hidden,
    reread,
    says_state,
)
from contract_tests.checks.lib.values import NAMES, NoOtherError, other_value
from contract_tests.checks.lifecycle import made
from contract_tests.checks.lifecycle_update import is_partial
from contract_tests.evidence.citations import Citations, without_statuses
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Inconclusive, Skipped

AT_ONCE = 4
"""How many requests are sent at once."""

ROUNDS = 3
"""How often two updates are sent at once: a lost one does not show each time."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Per kind of thing that can be created and deleted again."""
    build = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    for resource in resources_of(contract).all:
        create, update = resource.create, resource.update
        if create is None or create.body is None or resource.delete is None:
            continue
        if resource.list is not None:
            title = f"{create.id} makes a thing for each of several requests at once"
            cites = without_statuses((*create.cites, *resource.list.cites), citations)
            check = partial(creations_at_once, resource=resource)
            yield build(create, "together", title=title, cites=cites, check=check)
        # Of two replacements of the whole thing at once the last one counts.
        takes_parts = update is not None and update.body is not None and is_partial(resource)
        if update is not None and takes_parts and _may_lose(update, resource):
            title = f"{update.id} keeps both of two updates of different members at once"
            check = partial(updates_at_once, resource=resource)
            yield build(update, "together", title=title, cites=update.cites, besides=READING, check=check)


def creations_at_once(session: Session, resource: Resource) -> None:
    """Each accepted creation has an id of its own, and the list shows all of them."""
    create = resource.create
    assert create is not None  # noqa: S101 - only such kinds come here
    session.positive(create.id)
    path = session.subject(create.id)
    bodies = [_own_body(session, resource) for _ in range(AT_ONCE)]
    calls = [partial(session.call, create.id, path=path, body=body) for body in bodies]
    accepted = [exchange for exchange in at_once(calls) if exchange.ok]
    if len(accepted) < 2:
        raise Inconclusive(f"{create.id} accepts fewer than two of {AT_ONCE} requests at once")
    created = [session.created(resource, exchange, path) for exchange in accepted]
    ids = {str(each.id) for each in created}
    if len(ids) < len(created):
        session.broken(
            expected=f"{len(created)} ids for {len(created)} creations at once",
            received=f"{len(ids)}",
            exchange=accepted[-1],
            readings=session.context.accepted("duplicate", create)[1],  # a later one may update an earlier
        )
    missing = [each for each in created if session.find(each) is None]
    if missing:
        missed = session.exchanges[-1]
        session.broken(
            expected=f"{resource.name} {missing[0].id}, which was created beside others, in its list",
            received="a list without it",
            exchange=missed,
            readings=READING if may_be_hidden(session, missing[0]) else (),
        )


def _own_body(session: Session, resource: Resource) -> Any:
    """A valid body with a name that nothing else has."""
    create = resource.create
    assert create is not None and create.body is not None  # noqa: S101, PT018 - only such kinds come here
    body, members = session.valid.body(create), create.body.schema.properties
    if not isinstance(body, Mapping):
        return body
    fresh = {
        name: session.unique()
        for name in NAMES
        if name in body and name in members and "string" in members[name].types
    }
    accepted = {name: text for name, text in fresh.items() if members[name].accepts(text)}
    return {**body, **accepted}


def _may_lose(update: Operation, resource: Resource) -> bool:
    """Whether an update may set a member that is shown, and another one."""
    shown = echoed_members(update, resource)
    return bool(shown) and len(shown) + len(_hidden_members(update)) > 1


def _hidden_members(update: Operation) -> list[str]:
    members = update.body.schema.properties if update.body else {}
    return [name for name, schema in members.items() if is_marked(schema, "writeOnly")]


def updates_at_once(session: Session, resource: Resource) -> None:
    """Partial updates, each of one member: afterwards the members that are shown hold what was sent."""
    update = resource.update
    assert update is not None and update.body is not None  # noqa: S101, PT018 - only such kinds come here
    sent, created = made(session, resource)
    hidden = [{name: sent[name]} for name in _hidden_members(update) if name in sent]
    for _ in range(ROUNDS):
        changes = _two_changes(session, resource, reread(session, created)[1])
        bodies = [{name: value} for name, value in changes.items()]
        if len(changes) < 2:
            # What is not shown is sent several times: only an update that ends after the other's undoes it.
            bodies += (AT_ONCE - 1) * hidden[:1]
        if len(bodies) < 2:
            raise Skipped(f"{update.id} has no two members of which another value is known")
        calls = [partial(session.call, update.id, path=created.path, body=body) for body in bodies]
        answers = at_once(calls)
        refused = next((exchange for exchange in answers if not exchange.ok), None)
        if refused is not None:
            raise Inconclusive(f"{update.id} answers {refused.status} to one of two updates at once")
        seen, record = reread(session, created)
        shown = record if isinstance(record, Mapping) else {}
        names = [name for name in changes if not holds_all_of(changes[name], shown.get(name))]
        hold(session, changes, (seen, record), names, what="as one of the updates set it")


def _two_changes(session: Session, resource: Resource, record: Any) -> dict[str, Any]:
    """Other values of two members that say nothing of a state, or of one if only one is known."""
    update = resource.update
    assert update is not None  # noqa: S101
    held = record if isinstance(record, Mapping) else {}
    changes: dict[str, Any] = {}
    for name, schema in echoed_members(update, resource).items():
        if says_state(name, schema) or name == resource.id_member:
            continue
        try:
            changes[name] = other_value(session.unique, update, name, held.get(name))
        except NoOtherError:
            continue
        if len(changes) == 2:
            break
    if not changes:
        raise Skipped(f"{update.id} has no member of which another value is known")
    return changes


def at_once(calls: Sequence[Callable[[], Exchange]]) -> list[Exchange]:
    """The answers to requests that are sent at the same time."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(call) for call in calls]]
