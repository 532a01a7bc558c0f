"""From fixture files to the frozen base of a store, every record checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.behaviours.relations import Presenter
from mock_server.behaviours.scaling import grown
from mock_server.contract.validation import Check, SchemaCompiler
from mock_server.data import fixture_path
from mock_server.errors.sentences import asked
from mock_server.errors.startup import StartupError
from mock_server.store.base import Base
from mock_server.store.memory import MemoryStore
from mock_server.yaml_file import read_yaml

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection
    from mock_server.contract.operation import Contract
    from mock_server.seeded_random import SeededRandom
    from mock_server.store.protocol import Record, Transaction


@dataclass(frozen=True, slots=True)
class Fixture:
    """One file of records. name: <contract>/<stem>. schema: the component every record satisfies."""

    name: str
    path: Path
    schema: str | None
    records: list[Any]


@dataclass(frozen=True, slots=True)
class Seeds:
    """Records on their way into a base.

    rows: storage → key → record, in order. fixtures: the files they come from, by storage. places: storage →
    key → where a record was last written, for those that are not as a fixture file has them. faults: what is
    wrong with the files already.
    """

    rows: Mapping[str, Mapping[str, Record]]
    fixtures: Mapping[str, Fixture] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def place(self, storage: str, key: str) -> str | None:
        """Where a record was written: the file, and the place in it; None for one the server made up."""
        written = self.places.get(storage, {}).get(key)
        if written is None and storage in self.fixtures:
            return str(self.fixtures[storage].path)
        return written


def gather(
    behaviours: Mapping[str, Behaviours],
    fixtures: Path,
    *,
    rng: SeededRandom,
    scale: int = 0,
    generated: Mapping[str, Mapping[str, Record]] | None = None,
) -> Seeds:
    """The fixtures of these contracts, and `scale` generated records in each collection that grows.

    generated: records of collections without fixtures, by storage and key. Raises StartupError for files that
    hold no list of records.
    """
    declared = collections_of(behaviours)
    files = {
        source.storage: _read(source.fixture, fixtures) for source in declared.values() if source.fixture
    }
    problems: list[str] = []
    rows: dict[str, dict[str, Record]] = {}
    for storage, collection in declared.items():
        fixture_rows = _by_key(files.get(storage), collection, problems)
        fixture_rows.update((generated or {}).get(storage, {}))
        if scale:
            fixture_rows.update(grown(fixture_rows, collection, rng=rng, count=scale))
        rows[storage] = fixture_rows
    return Seeds(rows, files, problems=tuple(problems))


def base_of(seeds: Seeds, contracts: Mapping[str, Contract], behaviours: Mapping[str, Behaviours]) -> Base:
    """What a store begins with.

    Raises StartupError with every record that breaks its schema, names nothing, or agrees with another where
    none may, each with its place.
    """
    declared = collections_of(behaviours)
    base = Base.build(
        seeds.rows, indexed=_indexed(behaviours), sequences=_sequences(declared.values(), seeds.rows)
    )
    with MemoryStore(base).transaction() as state:
        problems = [*seeds.problems, *_problems(seeds, contracts, behaviours, state)]
    if problems:
        raise StartupError(*dict.fromkeys(problems))
    return base


def collections_of(behaviours: Mapping[str, Behaviours]) -> dict[str, Collection]:
    """Every collection by storage name, as the first contract that has it declares it."""
    collections: dict[str, Collection] = {}
    for behaviour in behaviours.values():
        for collection in behaviour.collections.values():
            collections.setdefault(collection.storage, collection)
    return collections


def _problems(
    seeds: Seeds,
    contracts: Mapping[str, Contract],
    behaviours: Mapping[str, Behaviours],
    state: Transaction,
) -> Iterator[str]:
    for behaviour in behaviours.values():
        contract, presenter = contracts[behaviour.contract], Presenter(behaviour, state)
        compiler = SchemaCompiler(contract)
        for collection in behaviour.collections.values():
            written = _written(seeds, collection)
            if not written:
                continue
            yield from _dangling(written, collection, behaviour, state)
            yield from _agreeing(written, collection)
            fixture = seeds.fixtures.get(collection.storage)
            named = _schema(fixture, collection, contract)
            if named is not None and named not in contract.schemas:
                where = fixture.path if fixture else collection.storage
                yield f"{where}: schema {named!r} is none of {', '.join(contract.schemas)}"
            elif named is not None:
                schema = {"$ref": f"#/components/schemas/{named}"}
                check = compiler.check(schema, sent=False, place=collection.storage)
                yield from _misshapen(written, check, collection, presenter)


def _written(seeds: Seeds, collection: Collection) -> list[tuple[str, Record]]:
    """The records somebody wrote, each with what a fault in it begins with: the place and the record."""
    storage = collection.storage
    rows = seeds.rows.get(storage, {})
    keys = rows if storage in seeds.fixtures else seeds.places.get(storage, {})
    return [
        (f"{seeds.place(storage, key)}: record {rows[key][collection.key]!r}", rows[key])
        for key in keys
        if key in rows
    ]


def _read(name: str, folder: Path) -> Fixture:
    path = fixture_path(folder, name)
    document = read_yaml(path)
    if not isinstance(document, dict) or not isinstance(document.get("records"), list):
        raise StartupError(f"{path}: has no list of records")
    return Fixture(name=name, path=path, schema=document.get("schema"), records=document["records"])


def _by_key(fixture: Fixture | None, collection: Collection, problems: list[str]) -> dict[str, Record]:
    rows: dict[str, Record] = {}
    for number, record in enumerate(fixture.records if fixture else (), start=1):
        place = f"{fixture.path if fixture else ''}: record {number}"
        if not isinstance(record, dict) or not isinstance(record.get(collection.key), (str, int)):
            problems.append(f"{place}: has no {collection.key!r}")
        elif collection.ids == "integer" and not isinstance(record[collection.key], int):
            problems.append(f"{place}: {collection.key} {record[collection.key]!r} is no integer")
        elif (key := key_of(record, collection)) in rows:
            problems.append(f"{place}: a record before it has the {collection.key} {key!r} too")
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
                if relation.cardinality == "many":
                    other = behaviour.collections[relation.collection]
                    members.setdefault(other.storage, set()).add(relation.by)
    return members


def _sequences(declared: Iterable[Collection], records: Mapping[str, Mapping[str, Record]]) -> dict[str, int]:
    """Where numbers go on: after the highest key in use."""
    return {
        collection.storage: max((int(key) for key in records[collection.storage]), default=0)
        for collection in declared
        if collection.ids == "integer"
    }


def _dangling(
    written: Iterable[tuple[str, Record]], collection: Collection, behaviour: Behaviours, state: Transaction
) -> Iterator[str]:
    """References of records that name nothing."""
    for member, name in collection.ties.items():
        other = behaviour.collections[name]
        for place, record in written:
            value = record.get(member)
            for key in value if isinstance(value, list) else [value]:
                if key is not None and state.get(other.storage, canonical_key(key, other)) is None:
                    yield f"{place}: {member} {key!r} names no record of {name}"


def _agreeing(written: Iterable[tuple[str, Record]], collection: Collection) -> Iterator[str]:
    """Records that agree with one before them in all members of a group in which no two may."""
    for group in collection.unique:
        seen: dict[str, str] = {}
        for place, record in written:
            values = repr([record.get(member) for member in group])
            if seen.setdefault(values, place) != place:
                yield f"{place}: has the {', '.join(group)} of another: {seen[values]}"


def _schema(fixture: Fixture | None, collection: Collection, contract: Contract) -> str | None:
    """The component the records of a collection satisfy: the one their file names, or the collection where it
    has no file. A file of another contract is that one's to check."""
    if fixture is None:
        return collection.schema
    return fixture.schema if fixture.name.partition("/")[0] == contract.name else None


def _misshapen(
    written: Iterable[tuple[str, Record]], check: Check, collection: Collection, presenter: Presenter
) -> Iterator[str]:
    """Records that break their schema, as they would be shown."""
    for place, record in written:
        for violation in check.violations(presenter.show(record, collection), where="body"):
            inside = ".".join(map(str, violation.path))
            yield f"{place}: {inside} {asked(violation)}"
