"""From fixture files to a store whose base is frozen, every record checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.behaviours.relations import Presenter
from mock_server.behaviours.scaling import grown
from mock_server.contract.validation import Judge
from mock_server.errors.start import StartError
from mock_server.store.memory import Base, MemoryStore
from mock_server.yaml_file import read_yaml

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection
    from mock_server.chance import Chance
    from mock_server.contract.operation import Contract
    from mock_server.store.protocol import Record, Transaction


@dataclass(frozen=True, slots=True)
class Fixture:
    """One file of records. name: <contract>/<stem>. schema: the component every record satisfies."""

    name: str
    path: Path
    schema: str | None
    records: list[Any]


def seed(
    contracts: Mapping[str, Contract],
    behaviours: Mapping[str, Behaviours],
    fixtures: Path,
    *,
    chance: Chance,
    scale: int = 0,
    generated: Mapping[str, Mapping[str, Record]] | None = None,
) -> MemoryStore:
    """A store holding the fixtures of these contracts, and `scale` generated records in each collection that
    grows. generated: records of collections without fixtures, by storage and key.

    Raises StartError with every record that breaks its schema, names nothing, or has a key twice: file and
    record.
    """
    declared = [one for behaviour in behaviours.values() for one in behaviour.collections.values()]
    files = {one.storage: _read(one.fixture, fixtures) for one in declared if one.fixture}
    faults: list[str] = []
    records: dict[str, dict[str, Record]] = {}
    for collection in declared:
        if collection.storage not in records:
            rows = _by_key(files.get(collection.storage), collection, faults)
            rows.update((generated or {}).get(collection.storage, {}))
            rows.update(grown(rows, collection, chance=chance, count=scale))
            records[collection.storage] = rows
    indexed, sequences = _indexed(behaviours), _sequences(declared, records)
    store = MemoryStore(Base.build(records, indexed=indexed, sequences=sequences))
    with store.transaction() as state:
        faults += _faults(files, contracts, behaviours, state)
    if faults:
        raise StartError(*dict.fromkeys(faults))
    return store


def _faults(
    files: Mapping[str, Fixture],
    contracts: Mapping[str, Contract],
    behaviours: Mapping[str, Behaviours],
    state: Transaction,
) -> Iterator[str]:
    for behaviour in behaviours.values():
        for collection in behaviour.collections.values():
            if collection.storage in files:
                fixture = files[collection.storage]
                yield from _dangling(fixture, collection, behaviour, state)
                yield from _misshapen(fixture, collection, behaviour, contracts, state)


def _read(name: str, folder: Path) -> Fixture:
    path = folder / f"{name}.yaml"
    document = read_yaml(path)
    if not isinstance(document, dict) or not isinstance(document.get("records"), list):
        raise StartError(f"{path}: has no list of records")
    return Fixture(name=name, path=path, schema=document.get("schema"), records=document["records"])


def _by_key(fixture: Fixture | None, collection: Collection, faults: list[str]) -> dict[str, Record]:
    rows: dict[str, Record] = {}
    for number, record in enumerate(fixture.records if fixture else (), start=1):
        place = f"{fixture.path if fixture else ''}: record {number}"
        if not isinstance(record, dict) or not isinstance(record.get(collection.key), (str, int)):
            faults.append(f"{place}: has no {collection.key!r}")
        elif collection.ids == "integer" and not isinstance(record[collection.key], int):
            faults.append(f"{place}: {collection.key} {record[collection.key]!r} is no integer")
        elif (key := key_of(record, collection)) in rows:
            faults.append(f"{place}: a record before it has the {collection.key} {key!r} too")
        else:
            rows[key] = record
    return rows


def _indexed(behaviours: Mapping[str, Behaviours]) -> dict[str, set[str]]:
    """The members whose equality is asked for: those that tie records to others, and states that move."""
    members: dict[str, set[str]] = {}
    for behaviour in behaviours.values():
        for collection in behaviour.collections.values():
            own = members.setdefault(collection.storage, set())
            own |= {*collection.parents, *collection.references}
            if collection.lifecycle is not None:
                own.add(collection.lifecycle.member)
            for relation in collection.relations.values():
                if relation.kind == "many":
                    other = behaviour.collections[relation.collection]
                    members.setdefault(other.storage, set()).add(relation.by)
    return members


def _sequences(declared: list[Collection], records: Mapping[str, Mapping[str, Record]]) -> dict[str, int]:
    """Where numbers go on: after the highest key in use."""
    return {
        one.storage: max((int(key) for key in records[one.storage]), default=0)
        for one in declared
        if one.ids == "integer"
    }


def _dangling(
    fixture: Fixture, collection: Collection, behaviour: Behaviours, state: Transaction
) -> Iterator[str]:
    """References of a fixture's records that name nothing."""
    pointing = {
        **collection.parents,
        **{member: reference.collection for member, reference in collection.references.items()},
    }
    for record in state.find(collection.storage):
        for member, name in pointing.items():
            other = behaviour.collections[name]
            value = record.get(member)
            for key in value if isinstance(value, list) else [value]:
                if key is not None and state.get(other.storage, canonical_key(key, other)) is None:
                    named = record[collection.key]
                    yield f"{fixture.path}: record {named!r}: {member} {key!r} names no record of {name}"


def _misshapen(
    fixture: Fixture,
    collection: Collection,
    behaviour: Behaviours,
    contracts: Mapping[str, Contract],
    state: Transaction,
) -> Iterator[str]:
    """Records that break the schema their file names, as they would be shown."""
    owner = contracts.get(fixture.name.partition("/")[0])
    if owner is None or owner.name != behaviour.contract or fixture.schema is None:
        return
    if fixture.schema not in owner.schemas:
        yield f"{fixture.path}: schema {fixture.schema!r} is none of {', '.join(owner.schemas)}"
        return
    schema = {"$ref": f"#/components/schemas/{fixture.schema}"}
    check = Judge(owner).check(schema, sent=False, place=str(fixture.path))
    presenter = Presenter(behaviour, state)
    for record in state.find(collection.storage):
        for violation in check.violations(presenter.show(record, collection), where="body"):
            place = ".".join(map(str, violation.path))
            named = record[collection.key]
            yield f"{fixture.path}: record {named!r}: {place} breaks {violation.keyword} {violation.limit!r}"
