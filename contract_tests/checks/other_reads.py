"""Another path of a thing, such as `/variables/name/{name}` beside `/variables/{id}`, shows the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from contract_tests.checks.lib.records import echoed_members, hold, same, shown_members
from contract_tests.checks.lifecycle import made
from contract_tests.checks.lifecycle_update import other_values, update_body
from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Created, Session
from contract_tests.verdicts import Inconclusive, Skipped


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Per read of a thing by another member than its key, where the thing can be created and updated."""
    build = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    for resource in resources_of(contract).all:
        if resource.create is None or resource.read is None or resource.update is None:
            continue
        for operation in _other_reads(contract, resource):
            title = f"{operation.id} shows what {resource.read.id} shows, after an update too"
            check = partial(shows_the_same, resource=resource, operation=operation)
            cites = (*operation.cites, *resource.read.cites)
            yield build(operation, "as-by-key", title=title, cites=cites, check=check)


def _other_reads(contract: Contract, resource: Resource) -> Iterator[Operation]:
    """The operations on a path of the collection that ends in a word and a member's value, and that answer
    with the members of the thing."""
    shown = shown_members(resource.read, resource).keys()
    for operation in contract.operations.values():
        above, _, last = operation.place.rpartition("/")
        collection, _, word = above.rpartition("/")
        is_beside = operation.method == "GET" and collection == resource.collection and "{" not in word
        if is_beside and last.strip("{}") in shown and shown_members(operation, resource).keys() == shown:
            yield operation


def shows_the_same(session: Session, resource: Resource, operation: Operation) -> None:
    """Both reads show the same of a new thing, and so they do once it is updated."""
    update = resource.update
    assert update is not None and resource.read is not None  # noqa: S101, PT018 - only such kinds come here
    sent, created = made(session, resource)
    member = operation.path_parameters[-1]
    shared = [name for name in echoed_members(update, resource) if name != member]
    before = session.read(created)
    hold(session, before, _read_by(session, operation, created, before), shared, what="as a read by its key")
    change = other_values(session, update, shared, sent, before)
    body = update_body(session, created, sent, change)
    session.control(session.call(update.id, path=created.path, body=body))
    after = session.read(created)
    changed = [name for name in change if not same(after.get(name), before.get(name))]
    if not changed:
        raise Inconclusive(f"{resource.read.id} shows no change after {update.id}")
    hold(session, after, _read_by(session, operation, created, after), changed, what="as a read by its key")


def _read_by(
    session: Session, operation: Operation, created: Created, record: Any
) -> tuple[Exchange, Mapping[str, Any]]:
    """The answer to the read by another member, and the thing it shows. Raises Inconclusive without one."""
    member = operation.path_parameters[-1]
    if not isinstance(record, Mapping) or record.get(member) is None:
        raise Skipped(f"{created.resource.name} {created.id} shows no {member}")
    path = {name: value for name, value in created.path.items() if name in created.resource.parents}
    answer = session.control(session.call(operation.id, path={**path, member: record[member]}))
    shown = created.resource.record_in(answer.parsed)
    if not isinstance(shown, Mapping):
        raise Inconclusive(f"{operation.id} shows no object")
    return answer, shown
