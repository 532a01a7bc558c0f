"""Determine which members the records of a collection can have, to report misspelled ones in files and
requests that write records directly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.declared import SCHEDULE
from mock_server.contract.schema import declared_members, parts

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, OperationBehaviour
    from mock_server.behaviours.seeding import Fixture
    from mock_server.contract.operation import Contract
    from mock_server.store.protocol import Record

_STORING = frozenset({"create", "merge", "replace"})
_OPENING = ("additionalProperties", "patternProperties")
"""Keywords that allow members beyond the declared ones."""


def known_members(
    storage: str,
    records: Iterable[Record],
    fixture: Fixture | None,
    *,
    contracts: Mapping[str, Contract],
    behaviours: Mapping[str, Behaviours],
) -> frozenset[str]:
    """Return the names of all members that a seeded record of the collection may have.

    Empty when that is unknown or when the schema allows additional members. storage: name of the collection
    in the store. records: its seeded records. fixture: the file they come from, which names their schema.
    """
    members = {member for record in records if isinstance(record, Mapping) for member in record}
    declared = list(_declarations(storage, behaviours))
    for behaviour, collection in declared:
        schemas = contracts[behaviour.contract].schemas
        schema_name = fixture.schema if fixture else collection.schema
        schema = schemas.get(schema_name or "")
        if schema is None:
            continue
        if any(_is_open(part) for part in parts(schema, schemas)):
            return frozenset()
        members |= set(declared_members(schema, schemas))
    if not members:
        return frozenset()
    # Members that handlers store without the response schema declaring them.
    for behaviour, collection in declared:
        members |= {collection.key, *collection.private, *collection.ties}
        for operation in _operations_on(collection, behaviour):
            members |= {*(operation.members or operation.declared or ()), *operation.defaults}
            if operation.caller:
                members.add(operation.caller)
    return frozenset(members)


def possible_members(
    storage: str,
    fixture: Fixture | None,
    *,
    contracts: Mapping[str, Contract],
    behaviours: Mapping[str, Behaviours],
) -> frozenset[str]:
    """Return the names of all members that a record in a running world may have.

    These are the known ones and, with a lifecycle, the schedule. Empty when that is unknown or when an
    operation stores its body unfiltered. fixture: see known_members().
    """
    declared = list(_declarations(storage, behaviours))
    for behaviour, collection in declared:
        if _stores_anything(behaviour, collection, contracts[behaviour.contract]):
            return frozenset()
    records = fixture.records if fixture else ()
    known = known_members(storage, records, fixture, contracts=contracts, behaviours=behaviours)
    has_lifecycle = any(collection.lifecycle for _, collection in declared)
    return known | {SCHEDULE} if known and has_lifecycle else known


def unknown_members(record: Record, known: frozenset[str]) -> Iterator[str]:
    """Yield a message for each member of the record that is not known; none if `known` is empty."""
    for name in sorted(record.keys() - known) if known else ():
        yield f"unknown member {name!r} (allowed: {', '.join(sorted(known))})"


def _declarations(
    storage: str, behaviours: Mapping[str, Behaviours]
) -> Iterator[tuple[Behaviours, Collection]]:
    for behaviour in behaviours.values():
        for collection in behaviour.collections.values():
            if collection.storage == storage:
                yield behaviour, collection


def _is_open(part: Mapping[str, Any]) -> bool:
    return any(part.get(keyword) not in (None, False) for keyword in _OPENING)


def _operations_on(collection: Collection, behaviour: Behaviours) -> Iterator[OperationBehaviour]:
    return (
        operation for operation in behaviour.operations.values() if operation.collection == collection.name
    )


def _stores_anything(behaviour: Behaviours, collection: Collection, contract: Contract) -> bool:
    return any(
        operation.members is None
        and contract.operations[operation.id].body is not None
        # A custom handler of a built-in contract (which has fixtures) stores members that it knows; those of
        # inferred contracts store everything.
        and (operation.action in _STORING or (operation.action == "custom" and collection.fixture is None))
        for operation in _operations_on(collection, behaviour)
    )
