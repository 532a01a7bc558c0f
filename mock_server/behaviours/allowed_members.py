"""Which members the records of a collection can have, so that a misspelled one is told wherever records are
written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from mock_server.behaviours.lifecycle import SCHEDULE
from mock_server.contract.schema import declared_members, parts

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, OperationBehaviour
    from mock_server.behaviours.seeding import Fixture
    from mock_server.contract.operation import Contract
    from mock_server.store.protocol import Record

_STORING = frozenset({"create", "merge", "replace"})
_OPEN = ("additionalProperties", "patternProperties")


def known_members(
    storage: str,
    records: Iterable[Record],
    fixture: Fixture | None,
    *,
    contracts: Mapping[str, Contract],
    behaviours: Mapping[str, Behaviours],
) -> frozenset[str]:
    """Every member a record of the collection is known to have; empty where nothing tells, or further ones
    are welcome.

    records: those it begins with. fixture: the file they come from, which names their schema.
    """
    members = {member for record in records if isinstance(record, Mapping) for member in record}
    declared = list(_declarations(storage, behaviours))
    for behaviour, collection in declared:
        schemas = contracts[behaviour.contract].schemas
        schema = schemas.get((fixture.schema if fixture else collection.schema) or "")
        if schema is None:
            continue
        if any(
            part.get(keyword) not in (None, False) for part in parts(schema, schemas) for keyword in _OPEN
        ):
            return frozenset()
        members |= set(declared_members(schema, schemas))
    if not members:
        return frozenset()
    for behaviour, collection in declared:
        members |= {collection.key, *collection.private, *collection.ties}
        for operation in _working_on(collection, behaviour):
            members |= {*(operation.members or ()), *operation.defaults, *filter(None, [operation.caller])}
    return frozenset(members)


def kept_members(
    storage: str,
    fixture: Fixture | None,
    *,
    contracts: Mapping[str, Contract],
    behaviours: Mapping[str, Behaviours],
) -> frozenset[str]:
    """Every member a record of a world can have, which are those it is known to have and the plan of one that
    moves; empty where nothing tells, or an operation stores whatever its body brings."""
    declared = list(_declarations(storage, behaviours))
    if any(_keeps_anything(*pair, contracts[pair[0].contract]) for pair in declared):
        return frozenset()
    records = fixture.records if fixture else ()
    known = known_members(storage, records, fixture, contracts=contracts, behaviours=behaviours)
    moves = any(collection.lifecycle for _, collection in declared)
    return known | {SCHEDULE} if known and moves else known


def unknown_members(record: Record, known: frozenset[str]) -> Iterator[str]:
    """A sentence for each member of the record that is none of those known."""
    for name in sorted(record.keys() - known) if known else ():
        yield f"unknown member {name!r} (there are: {', '.join(sorted(known))})"


def _declarations(
    storage: str, behaviours: Mapping[str, Behaviours]
) -> Iterator[tuple[Behaviours, Collection]]:
    for behaviour in behaviours.values():
        for collection in behaviour.collections.values():
            if collection.storage == storage:
                yield behaviour, collection


def _working_on(collection: Collection, behaviour: Behaviours) -> Iterator[OperationBehaviour]:
    return (
        operation for operation in behaviour.operations.values() if operation.collection == collection.name
    )


def _keeps_anything(behaviour: Behaviours, collection: Collection, contract: Contract) -> bool:
    return any(
        operation.members is None
        and contract.operations[operation.id].body is not None
        # A handler written for one contract keeps what it knows; those for inferred contracts keep all.
        and (operation.action in _STORING or (operation.action == "custom" and collection.fixture is None))
        for operation in _working_on(collection, behaviour)
    )
