"""Whether a refused call has done something all the same: what the owner sees before and after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.checks.lib.records import hold, listed_alike, listed_ids, record_of, steady_members
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.session.session import Session


@dataclass(frozen=True, slots=True)
class Trace:
    """What the owner sees: the ids in the list, and the thing itself."""

    ids: frozenset[str]
    record: Any


def subject_of(session: Session, operation: Operation) -> dict[str, Any]:
    """The things to call an operation with: known ones for a creation, which changes none of them.

    What can never be deleted is created below new things, with which it goes.
    """
    resource = session.resources.creating(operation)
    can_be_deleted = resource is not None and resource.delete is not None
    return session.subject(operation.id, fresh=False if can_be_deleted else None)


def completed(session: Session, operation: Operation, path: Mapping[str, Any]) -> dict[str, Any]:
    """The path values, with new things for the parameters that are not among them and can be made."""
    values = dict(path)
    for name, place in operation.places.items():
        inner = session.resources.at(place)
        if name not in values and inner is not None and inner.create is not None:
            values[name] = session.create(inner, under=values).id
    return values


def is_visible(contract: Contract, operation: Operation) -> bool:
    """Whether the document has an operation that shows the owner what a call of this one has done."""
    resource = resources_of(contract).of(operation)
    if resource is None:
        return False
    if operation is resource.create:
        return resource.list is not None
    return resource.read is not None or (operation is resource.delete and resource.list is not None)


def trace(session: Session, operation: Operation, path: Mapping[str, Any]) -> Trace:
    """What there is before a call of an operation whose effect is visible."""
    resource = session.resources.of(operation)
    assert resource is not None  # noqa: S101 - `is_visible` has looked
    return _look(session, resource, path, creates=operation is resource.create)


def assert_untouched(
    session: Session,
    operation: Operation,
    path: Mapping[str, Any],
    before: Trace,
    refused: Exchange,
    *,
    who: str,
) -> None:
    """The owner sees what there was before. Raises Broken."""
    resource = session.resources.of(operation)
    assert resource is not None  # noqa: S101 - `trace` has looked
    after = _look(session, resource, path, creates=operation is resource.create)
    key, since = str(path.get(resource.key)), f"since {who} was refused"
    still_there, added = f"{resource.name} {key} still there, {since}", after.ids - before.ids
    own_place = session.context.permissions.is_below_created(resource.item, {**path, resource.key: ""})
    if operation is resource.create and added and (operation.body is not None or not own_place):
        # Others may create theirs meanwhile, but not below what this run created.
        added &= listed_alike(session, resource, path, [_body_of(refused)])
    if operation is resource.create and added:
        session.broken(
            expected=f"no new {resource.name}, {since}",
            received=f"{len(added)} more in the list",
            exchange=refused,
        )
    if resource.read is None and key in before.ids - after.ids:
        session.broken(expected=still_there, received="a list without it", exchange=refused)
    if not isinstance(before.record, Mapping):
        return
    if not isinstance(after.record, Mapping):
        session.broken(expected=still_there, received="it is gone", exchange=refused)
    names = [name for name in steady_members(resource, before.record) if name in before.record]
    hold(session, before.record, (refused, after.record), names, what=f"as before, {since}")


def _body_of(exchange: Exchange) -> Any:
    try:
        return json.loads(exchange.sent.body or b"null")
    except ValueError:
        return None


def _look(session: Session, resource: Resource, path: Mapping[str, Any], *, creates: bool) -> Trace:
    looks_at_list = creates or resource.read is None
    ids = frozenset(listed_ids(session, resource, path) if looks_at_list else ())
    record = None
    if not creates and resource.read is not None:
        exchange = session.call(resource.read.id, path=path)
        record = record_of(exchange, resource) if exchange.ok else None
    return Trace(ids, record)
