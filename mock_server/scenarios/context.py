"""The mounted contracts, as the reader of scenario files needs them."""

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
    """What scenario files can refer to.

    contracts, behaviours, principals: by name of the contract. fixtures: the folder of the fixtures. scale:
    the number of records to generate in each collection that supports it. generated: records of collections
    without fixtures, by storage name and key. collections: by storage name.
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
        """Whether a name belongs to an installed contract that is not mounted.

        Such names are ignored, so that one scenario file for all contracts works with a part of them. name:
        of a contract, or a storage name.
        """
        contract = name.partition("/")[0]
        return contract not in self.contracts and contract in contract_names()

    def no_collection(self, name: str) -> str:
        """The error message for an unknown collection."""
        return f"unknown collection {name!r} (allowed: {', '.join(self.collections)})"

    def no_contract(self, name: str) -> str:
        """The error message for an unknown contract."""
        return f"unknown contract {name!r} (allowed: {', '.join(self.contracts)})"

    def children(self, storage: str) -> Iterator[tuple[str, str, Collection]]:
        """The collections whose records refer to a parent in this one.

        Yields the storage name of the child, its member that refers to the parent, and the parent collection.
        """
        for behaviour in self.behaviours.values():
            for collection in behaviour.collections.values():
                for member, name in collection.parents.items():
                    if behaviour.collections[name].storage == storage:
                        yield collection.storage, member, behaviour.collections[name]
