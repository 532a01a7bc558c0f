"""Check whether existing records fit reloaded contracts."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.declared import SCHEDULE, ContractWithBehaviours
from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.behaviours.policy import Policy, PolicyError
from mock_server.behaviours.relations import Presenter
from mock_server.behaviours.schedule import Schedule, ScheduleError
from mock_server.contract.presentation import Project, Projector
from mock_server.contract.validation import Check, SchemaCompiler
from mock_server.data import fixture_path
from mock_server.errors.sentences import requirement
from mock_server.yaml_file import read_yaml

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection
    from mock_server.contract.operation import Contract
    from mock_server.store.protocol import Record, Transaction


@dataclass(frozen=True, slots=True)
class _Place:
    """A collection as one contract declares it. check, project: of the schema of its records in replies; None
    where none is declared."""

    behaviours: Behaviours
    collection: Collection
    check: Check | None
    project: Project | None


class Fitting:
    """Checks records against contracts and behaviour files."""

    def __init__(
        self, contracts: Iterable[ContractWithBehaviours], fixtures: Path, *, before: Names[str] = ()
    ) -> None:
        """contracts: the reloaded ones. fixtures: the folder of the fixtures, which name the schemas of their
        records. before: the storage names of the collections before the reload."""
        self._fixtures = fixtures
        self._before = frozenset(before)
        self._contracts: set[str] = set()
        self._declared: dict[str, list[tuple[ContractWithBehaviours, Collection]]] = {}
        for contract in contracts:
            self._contracts.add(contract.contract.name)
            for collection in contract.behaviours.collections.values():
                self._declared.setdefault(collection.storage, []).append((contract, collection))
        self._places: dict[str, list[_Place]] = {}

    def reason(self, storage: str, key: str, record: Record, state: Transaction) -> str | None:
        """Why the record must be dropped, without quoting it; None if it can stay.

        state: with all records of the world. Records outside of declared collections (idempotency records,
        documents of an inferred contract) stay while their contract is mounted. Raises StartupError if a
        fixture cannot be read.
        """
        if storage not in self._declared:
            is_internal = storage not in self._before and storage.partition("/")[0] in self._contracts
            return None if is_internal else "the collection no longer exists"
        if storage not in self._places:  # schemas are compiled on demand: most collections were not changed
            self._places[storage] = [_place(*pair, self._fixtures) for pair in self._declared[storage]]
        reasons = (_reason(place, key, record, state) for place in self._places[storage])
        return next((reason for reason in reasons if reason is not None), None)

    def reason_against_policy(self, storage: str, policy: Policy) -> str | None:
        """Why a lifecycle policy of a world must be dropped; None if it can stay."""
        lifecycles = (collection.lifecycle for _, collection in self._declared.get(storage, ()))
        lifecycle = next((candidate for candidate in lifecycles if candidate is not None), None)
        if lifecycle is None:
            return "lifecycle policy: the collection no longer has a lifecycle"
        try:
            Policy.read(policy.to_json(), lifecycle)
        except PolicyError as error:
            return f"lifecycle policy: {error}"
        return None


def _place(contract: ContractWithBehaviours, collection: Collection, fixtures: Path) -> _Place:
    schema = _schema(collection, contract.contract, fixtures)
    if schema is None:
        return _Place(contract.behaviours, collection, None, None)
    check = SchemaCompiler(contract.contract).check(schema, sent=False, place=collection.storage)
    return _Place(
        contract.behaviours, collection, check, Projector(contract.contract.schemas).compile(schema)
    )


def _schema(collection: Collection, contract: Contract, fixtures: Path) -> Mapping[str, Any] | None:
    """A reference to the component schema of the collection's records; None where none is declared.

    The file of a fixture names the schema. A fixture of another contract is checked there.
    """
    name = collection.schema
    if collection.fixture is not None:
        is_own = collection.fixture.partition("/")[0] == contract.name
        name = read_yaml(fixture_path(fixtures, collection.fixture)).get("schema") if is_own else None
    return {"$ref": f"#/components/schemas/{name}"} if name in contract.schemas else None


def _reason(place: _Place, key: str, record: Record, state: Transaction) -> str | None:
    collection = place.collection
    if not isinstance(record.get(collection.key), str | int) or key_of(record, collection) != key:
        return f"{collection.key} must equal the key of the record"
    for member, name in collection.parents.items():
        other, value = place.behaviours.collections[name], record.get(member)
        if value is not None and state.get(other.storage, canonical_key(value, other)) is None:
            return f"{member} refers to a missing record of {name}"
    if collection.lifecycle is not None and SCHEDULE in record:
        try:
            outcome = Schedule.read(record[SCHEDULE]).outcome
        except ScheduleError:
            return f"{SCHEDULE} must be a valid schedule"
        if outcome not in collection.lifecycle.outcomes:
            return f"{SCHEDULE}: the outcome no longer exists"
    return _schema_violation(place, record, state)


def _schema_violation(place: _Place, record: Record, state: Transaction) -> str | None:
    if place.check is None:
        return None
    try:
        visible: Any = Presenter(place.behaviours, state).show(record, place.collection)
    except (AttributeError, KeyError, TypeError):
        # The members that presenting needs were declared or typed differently when the record was written.
        return "it cannot be presented as declared now"
    if place.project is not None:
        visible = place.project(visible)
    violation = next(iter(place.check.violations(visible, where="body")), None)
    if violation is None:
        return None
    return f"{'.'.join(map(str, violation.path)) or 'the record'} {requirement(violation)}"
