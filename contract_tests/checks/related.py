"""What names another thing shows there: in the list below that thing, or among the members of its read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from contract_tests.checks.lib.records import READING, record_of, shown_members, spelled
from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.envelopes import items_in
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.references import typed
from contract_tests.session.session import Session
from contract_tests.verdicts import Inconclusive


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Per member of a creation's body that names a thing which can be created, and per answer that shows what
    names it: the list `/customers/{id}/orders`, the member `heroes` of a team."""
    build = RequirementBuilder(contract, citations, Family.LISTING)
    resources = resources_of(contract)
    for resource in resources.all:
        members = resource.create.body.schema.properties if resource.create and resource.create.body else {}
        for name, schema in members.items():
            named = resources.referred_to(name)
            if named is None or named.create is None or named is resource or "array" in schema.types:
                continue
            for operation in _showing(contract, resource, named):
                title = f"{operation.id} shows the {resource.name} whose {name} names it, and no others"
                check = partial(shows_own, resource=resource, named=named, member=name, operation=operation)
                yield build(operation, f"related.{name}", title=title, cites=operation.cites, check=check)


def _showing(contract: Contract, resource: Resource, named: Resource) -> Iterator[Operation]:
    """The operations on one thing that show the things of another resource: its list below it, which creates
    nothing, and a read with a member called like them."""
    word = resource.collection.rpartition("/")[2]
    for operation in contract.operations.values():
        if operation.method == "GET" and operation.place == f"{named.item}/{word}":
            yield operation
    if named.read is not None and _member_of(resource, shown_members(named.read, named)) is not None:
        yield named.read


def _member_of(resource: Resource, members: Mapping[str, Any]) -> str | None:
    """The member of a thing that is called like a resource."""
    return spelled(resource.collection.rpartition("/")[2], members)


def shows_own(
    session: Session, resource: Resource, named: Resource, member: str, operation: Operation
) -> None:
    """Of two things the one that a new thing names shows it, and the other one does not.

    That it is shown at all is a reading: a list may be of those in a certain state.
    """
    assert resource.create is not None and resource.create.body is not None  # noqa: S101, PT018
    own, other = session.create(named), session.create(named)
    schema = resource.create.body.schema.properties[member]
    created = session.create(resource, **{member: typed(schema, own.id)})
    for owner, is_own in ((other, False), (own, True)):
        exchange = session.control(session.call(operation.id, path=owner.path))
        shown = _shown(operation, resource, named, exchange)
        if (str(created.id) in shown) != is_own:
            where = f"{'' if is_own else 'not '}at {named.name} {owner.id}"
            session.broken(
                expected=f"{resource.name} {created.id} {where}, since its {member} is {own.id}",
                received=f"{len(shown)} {resource.name}{', without it' if is_own else ' with it'}",
                exchange=exchange,
                readings=READING if is_own else (),
            )


def _shown(operation: Operation, resource: Resource, named: Resource, exchange: Exchange) -> set[str]:
    """The ids of what an answer shows of a resource. Raises Inconclusive where it holds no array of it."""
    if operation is named.read:
        record = record_of(exchange, named)
        name = _member_of(resource, record) if isinstance(record, Mapping) else None
        items = record[name] if name is not None else None
    else:
        items = items_in(exchange.parsed, None, resource.name)
    if not isinstance(items, list):
        raise Inconclusive(f"{operation.id} shows no array of {resource.name}")
    return {str(resource.id_in(item) if isinstance(item, Mapping) else item) for item in items}
