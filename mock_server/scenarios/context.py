"""The contracts a server plays, as a scenario file sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mock_server.behaviours.seeding import collections_of
from mock_server.data import contract_names

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection
    from mock_server.contract.operation import Contract
    from mock_server.principals import Principals
    from mock_server.store.protocol import Record


@dataclass(frozen=True, slots=True)
class ScenarioContext:
    """What there is to set a scene with.

    contracts, behaviours, principals: by name. fixtures: the folder of the fixtures. scale: generated records
    in each collection that grows. generated: records of collections without fixtures, by storage and key.
    """

    contracts: Mapping[str, Contract]
    behaviours: Mapping[str, Behaviours]
    principals: Mapping[str, Principals]
    fixtures: Path
    scale: int = 0
    generated: Mapping[str, Mapping[str, Record]] = field(default_factory=dict)
    collections: Mapping[str, Collection] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "collections", collections_of(self.behaviours))

    def is_elsewhere(self, name: str) -> bool:
        """Whether this is a contract, or something of a contract, that could be played and is not: a scenario
        for all contracts serves a server that plays some."""
        contract = name.partition("/")[0]
        return contract not in self.contracts and contract in contract_names()

    def no_collection(self, name: str) -> str:
        """The words for a collection there is not."""
        return f"no collection {name!r} (allowed: {', '.join(self.collections)})"

    def no_contract(self, name: str) -> str:
        """The words for a contract there is not."""
        return f"no contract {name!r} (allowed: {', '.join(self.contracts)})"

    def children(self, storage: str) -> Iterator[tuple[str, str, Collection]]:
        """Collections whose records belong to those of this one: storage, member that names one, this one."""
        for behaviour in self.behaviours.values():
            for collection in behaviour.collections.values():
                for member, name in collection.parents.items():
                    if behaviour.collections[name].storage == storage:
                        yield collection.storage, member, behaviour.collections[name]
