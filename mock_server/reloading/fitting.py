"""Whether a record of before fits what is played now."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.declared import ContractWithBehaviours
from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.behaviours.lifecycle import SCHEDULE
from mock_server.behaviours.policy import Policy, PolicyError
from mock_server.behaviours.relations import Presenter
from mock_server.behaviours.schedule import Schedule, ScheduleError
from mock_server.contract.projection import Project, Projector
from mock_server.contract.validation import Check, SchemaCompiler
from mock_server.data import fixture_path
from mock_server.errors.sentences import asked
from mock_server.yaml_file import read_yaml

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection
    from mock_server.contract.operation import Contract
    from mock_server.store.protocol import Record, Transaction


@dataclass(frozen=True, slots=True)
class _Place:
    """A collection as one contract has it, with the schema its shown records satisfy, if one is named."""

    behaviours: Behaviours
    collection: Collection
    check: Check | None
    project: Project | None


class Fitting:
    """Judges records by contracts and behaviour files."""

    def __init__(
        self, played: Iterable[ContractWithBehaviours], fixtures: Path, *, before: Names[str] = ()
    ) -> None:
        """fixtures: the folder of the fixtures, which name the schemas of their records. before: the storage
        names of the collections that were declared until now."""
        self._fixtures = fixtures
        self._before = frozenset(before)
        self._contracts: set[str] = set()
        self._declared: dict[str, list[tuple[ContractWithBehaviours, Collection]]] = {}
        for contract in played:
            self._contracts.add(contract.contract.name)
            for collection in contract.behaviours.collections.values():
                self._declared.setdefault(collection.storage, []).append((contract, collection))
        self._places: dict[str, list[_Place]] = {}

    def reason(self, storage: str, key: str, record: Record, state: Transaction) -> str | None:
        """Why the record cannot stay, never quoting it; None when it can.

        state: what it stands in. What no behaviour file names (idempotency records, documents of an inferred
        contract) stays as long as its contract is played. Raises StartupError where a fixture cannot be read.
        """
        if storage not in self._declared:
            is_new = storage not in self._before and storage.partition("/")[0] in self._contracts
            return None if is_new else "there is no such collection any more"
        if storage not in self._places:  # schemas are compiled for those that are asked for, not for all
            self._places[storage] = [_place(*pair, self._fixtures) for pair in self._declared[storage]]
        reasons = (_reason(place, key, record, state) for place in self._places[storage])
        return next((reason for reason in reasons if reason is not None), None)

    def reason_against_policy(self, storage: str, policy: Policy) -> str | None:
        """Why a lifecycle policy of a world cannot stay; None when it can."""
        lifecycles = (collection.lifecycle for _, collection in self._declared.get(storage, ()))
        lifecycle = next((candidate for candidate in lifecycles if candidate is not None), None)
        if lifecycle is None:
            return "the policy of its lifecycle: its records do not move any more"
        try:
            Policy.read(policy.to_json(), lifecycle)
        except PolicyError as error:
            return f"the policy of its lifecycle: {error}"
        return None


def _place(contract: ContractWithBehaviours, collection: Collection, fixtures: Path) -> _Place:
    named = _schema(collection, contract.contract, fixtures)
    if named is None:
        return _Place(contract.behaviours, collection, None, None)
    check = SchemaCompiler(contract.contract).check(named, sent=False, place=collection.storage)
    return _Place(contract.behaviours, collection, check, Projector(contract.contract.schemas).compile(named))


def _schema(collection: Collection, contract: Contract, fixtures: Path) -> Mapping[str, Any] | None:
    """The component the collection's records satisfy. Records from a fixture satisfy the one it names; that
    of another contract is that one's to check."""
    named = collection.schema
    if collection.fixture is not None:
        own = collection.fixture.partition("/")[0] == contract.name
        named = read_yaml(fixture_path(fixtures, collection.fixture)).get("schema") if own else None
    return {"$ref": f"#/components/schemas/{named}"} if named in contract.schemas else None


def _reason(place: _Place, key: str, record: Record, state: Transaction) -> str | None:
    collection = place.collection
    if not isinstance(record.get(collection.key), str | int) or key_of(record, collection) != key:
        return f"its {collection.key} is not its key"
    for member, name in collection.parents.items():
        other, value = place.behaviours.collections[name], record.get(member)
        if value is not None and state.get(other.storage, canonical_key(value, other)) is None:
            return f"{member} refers to a missing record of {name}"
    if collection.lifecycle is not None and SCHEDULE in record:
        try:
            outcome = Schedule.read(record[SCHEDULE]).outcome
        except ScheduleError:
            return f"its {SCHEDULE} is none that a record could follow"
        if outcome not in collection.lifecycle.outcomes:
            return "it would end in a state there is no more"
    return _misshapen(place, record, state)


def _misshapen(place: _Place, record: Record, state: Transaction) -> str | None:
    if place.check is None:
        return None
    try:
        visible: Any = Presenter(place.behaviours, state).show(record, place.collection)
    except (AttributeError, KeyError, TypeError):  # a member that ties it to others is of another type by now
        return "it cannot be shown"
    if place.project is not None:
        visible = place.project(visible)
    broken = next(iter(place.check.violations(visible, where="body")), None)
    if broken is None:
        return None
    return f"{'.'.join(map(str, broken.path)) or 'it'} {asked(broken)}"
