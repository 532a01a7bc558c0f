"""Load fixture files into the immutable base of a store and check every record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.ages import aged
from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.behaviours.relations import Presenter
from mock_server.behaviours.scaling import Growing, generate_records
from mock_server.contract.validation import Check, compiler_of
from mock_server.data import fixture_path
from mock_server.errors.sentences import requirement
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
    """One file of records. name: <contract>/<stem>. schema: the component that its records must satisfy.
    as_of: the day as of which their times are written, None for times that stay."""

    name: str
    path: Path
    schema: str | None
    records: list[Any]
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Seeds:
    """The records from which a base is built.

    rows: storage → key → record, in order. fixtures: their files, by storage. places: storage → key → where a
    record was last written, for those that differ from the fixture file. problems: messages about the files.
    """

    rows: Mapping[str, Mapping[str, Record]]
    fixtures: Mapping[str, Fixture] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def place(self, storage: str, key: str) -> str | None:
        """Return the file of a record, with the location in it if known; None for a generated record."""
        place = self.places.get(storage, {}).get(key)
        if place is None and storage in self.fixtures:
            return str(self.fixtures[storage].path)
        return place


def gather(
    behaviours: Mapping[str, Behaviours],
    fixtures: Path,
    *,
    rng: SeededRandom,
    start: datetime,
    scale: int = 0,
    generated: Mapping[str, Mapping[str, Record]] | None = None,
) -> Seeds:
    """Collect the fixtures of these contracts, and `scale` generated records in each collection that grows.

    fixtures: the folder of fixture files. start: the time to which their ages refer. generated: records of
    collections without fixtures, by storage and key. Raises StartupError for files without a list of records.
    """
    declared = collections_of(behaviours)
    files = {
        source.storage: _read(source.fixture, fixtures) for source in declared.values() if source.fixture
    }
    problems: list[str] = []
    rows: dict[str, dict[str, Record]] = {}
    for storage, collection in declared.items():
        fixture_rows = _by_key(files.get(storage), collection, start, problems)
        fixture_rows.update((generated or {}).get(storage, {}))
        if scale:
            made_from = growth_of(collection, behaviours, {**rows, storage: fixture_rows}.__getitem__, start)
            fixture_rows.update(generate_records(made_from, collection, rng=rng, count=scale))
        rows[storage] = fixture_rows
    return Seeds(rows, files, problems=tuple(problems))


def growth_of(
    collection: Collection,
    behaviours: Mapping[str, Behaviours],
    rows: Callable[[str], Mapping[str, Record]],
    start: datetime,
) -> Growing:
    """What further records of a collection are made from. rows: the records by storage name."""
    models = rows(collection.storage)
    for behaviour in behaviours.values():
        if collection.series is not None and behaviour.collections.get(collection.name) is collection:
            parent = behaviour.collections[collection.parents[collection.series["of"]]]
            return Growing(models, start, rows(parent.storage), parent.key)
    return Growing(models, start)


def base_of(seeds: Seeds, contracts: Mapping[str, Contract], behaviours: Mapping[str, Behaviours]) -> Base:
    """Build the initial content of a store.

    Raises StartupError with every record that violates its schema, refers to a missing record or violates a
    unique group, each with its file.
    """
    declared = collections_of(behaviours)
    base = Base.build(seeds.rows, sequences=_sequences(declared.values(), seeds.rows))
    # The checks need the store's lookups, which only a transaction offers; it changes nothing.
    with MemoryStore(base).transaction() as state:
        problems = [*seeds.problems, *_problems(seeds, contracts, behaviours, state)]
    if problems:
        # Two contracts may share a fixture and report the same problem.
        raise StartupError(*dict.fromkeys(problems))
    return base


def collections_of(behaviours: Mapping[str, Behaviours]) -> dict[str, Collection]:
    """Return the collections by storage name; of a shared one, the first contract's declaration."""
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
        compiler = compiler_of(contract)
        for collection in behaviour.collections.values():
            written = _written(seeds, collection)
            if not written:
                continue
            yield from _missing_references(written, collection, behaviour, state)
            yield from _duplicates(written, collection)
            fixture = seeds.fixtures.get(collection.storage)
            schema_name = _schema_name(fixture, collection, contract)
            if schema_name is not None and schema_name not in contract.schemas:
                where = fixture.path if fixture else collection.storage
                yield f"{where}: no schema {schema_name!r} (allowed: {', '.join(contract.schemas)})"
            elif schema_name is not None:
                schema = {"$ref": f"#/components/schemas/{schema_name}"}
                check = compiler.check(schema, sent=False, place=collection.storage)
                yield from _schema_violations(written, check, collection, presenter)


def _written(seeds: Seeds, collection: Collection) -> list[tuple[str, Record]]:
    """The records from files, each with the prefix of messages about it; generated ones need no check."""
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
        raise StartupError(f"{path}: must contain a list `records`")
    as_of = document.get("as_of")
    try:
        day = None if as_of is None else date.fromisoformat(str(as_of))
    except ValueError:
        raise StartupError(f"{path}: as_of: {as_of!r} must be a date such as 2026-11-16") from None
    return Fixture(name, path, document.get("schema"), document["records"], day)


def _by_key(
    fixture: Fixture | None, collection: Collection, start: datetime, problems: list[str]
) -> dict[str, Record]:
    rows: dict[str, Record] = {}
    for number, written in enumerate(fixture.records if fixture else (), start=1):
        record = aged(written, start, fixture.as_of if fixture else None)
        place = f"{fixture.path if fixture else ''}: record {number}"
        if not isinstance(record, dict) or not isinstance(record.get(collection.key), (str, int)):
            problems.append(f"{place}: must have a key {collection.key!r} (a string or an integer)")
        elif collection.ids == "integer" and not isinstance(record[collection.key], int):
            problems.append(f"{place}: {collection.key} {record[collection.key]!r} must be an integer")
        elif (key := key_of(record, collection)) in rows:
            problems.append(f"{place}: duplicate {collection.key} {key!r}")
        else:
            rows[key] = record
    return rows


def _sequences(declared: Iterable[Collection], records: Mapping[str, Mapping[str, Record]]) -> dict[str, int]:
    """Storage → highest integer key in use, after which new keys continue."""
    return {
        collection.storage: max(_integer_keys(records[collection.storage].values(), collection), default=0)
        for collection in declared
        if collection.ids == "integer"
    }


def _integer_keys(records: Iterable[Record], collection: Collection) -> Iterator[int]:
    for record in records:
        # Records may have the digits as text.
        with suppress(ValueError):
            yield int(canonical_key(record[collection.key], collection))


def _missing_references(
    written: Iterable[tuple[str, Record]], collection: Collection, behaviour: Behaviours, state: Transaction
) -> Iterator[str]:
    for member, name in collection.ties.items():
        other = behaviour.collections[name]
        for place, record in written:
            value = record.get(member)
            for key in value if isinstance(value, list) else [value]:
                if key is not None and state.get(other.storage, canonical_key(key, other)) is None:
                    yield f"{place}: {member} {key!r} refers to a missing record of {name}"


def _duplicates(written: Iterable[tuple[str, Record]], collection: Collection) -> Iterator[str]:
    """Records with the same values in a unique group as one before them."""
    for group in collection.unique:
        seen: dict[str, str] = {}
        for place, record in written:
            # As text, because values may be unhashable.
            values = repr([record.get(member) for member in group])
            if seen.setdefault(values, place) != place:
                yield f"{place}: duplicate {', '.join(group)}: same as {seen[values]}"


def _schema_name(fixture: Fixture | None, collection: Collection, contract: Contract) -> str | None:
    """The component that the records of a collection must satisfy: named by the file or else the collection.

    None for a file of another contract, which checks it itself.
    """
    if fixture is None:
        return collection.schema
    return fixture.schema if fixture.name.partition("/")[0] == contract.name else None


def _schema_violations(
    written: Iterable[tuple[str, Record]], check: Check, collection: Collection, presenter: Presenter
) -> Iterator[str]:
    """Violations of the schema by records as replies would contain them."""
    for place, record in written:
        for violation in check.violations(presenter.show(record, collection), where="body"):
            inside = ".".join(map(str, violation.path))
            yield f"{place}: {inside} {requirement(violation)}"
