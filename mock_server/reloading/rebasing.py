"""Worlds going on upon other files: what was written in them stays where it fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mock_server.store.memory import MemoryStore

if TYPE_CHECKING:
    from mock_server.reloading.fitting import Fitting
    from mock_server.scenarios.scenario import Scenario
    from mock_server.store.base import Base
    from mock_server.store.memory import SavedState
    from mock_server.store.protocol import Transaction
    from mock_server.worlds.world import World

Unfit = Mapping[tuple[str, str], str]
"""Why a record cannot stay, by collection and key."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A record of a world that no longer fits, or, where the key is empty, what the world had set for all of
    a collection. collection: its storage name."""

    world: str
    collection: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"world {self.world}: {self.collection} {self.key}".rstrip() + f": {self.reason}"

    def to_json(self) -> dict[str, Any]:
        """What is told of it."""
        contract, _, collection = self.collection.partition("/")
        return {
            "world": self.world,
            "contract": contract,
            "collection": collection,
            "key": self.key,
            "reason": self.reason,
        }


def rebase_worlds(
    worlds: Iterable[World], scenarios: Mapping[str, Scenario], fitting: Fitting
) -> tuple[Lost, ...]:
    """Lay every world on its scenario as it is now; returns the records that were dropped, by world.

    scenarios: by name, one for each world's. Sequences go on where they were, so that no id comes twice. A
    world's clock, faults and overrides are its own and stay, and so do policies that still mean something.
    """
    lost: list[Lost] = []
    for world in worlds:
        scenario = scenarios[world.scenario.name]
        reasons = unfit(world.store.save(), scenario.base, fitting)
        dropped = world.store.rebase(scenario.base, keep_all_but(reasons))
        world.scenario = scenario
        lost += [Lost(world.name, record.collection, record.key, record.reason) for record in dropped]
        lost += _policies_lost(world, fitting)
    return tuple(lost)


def unfit(saved: SavedState, base: Base, fitting: Fitting) -> Unfit:
    """The records of a state that would not fit on another base, those that only belonged to others that do
    not among them."""
    laid, _ = saved.rebased(base, keep_all_but({}))
    reasons: dict[tuple[str, str], str] = {}
    store = MemoryStore()
    store.restore(laid)
    asked = {
        name: [key for key, _ in laid.items(name)] if saved.base.own else laid.written(name)
        for name in laid.collections
    }
    with store.transaction() as state:
        while found := {
            place: reason for place, reason in _unfit(asked, fitting, state) if place not in reasons
        }:
            reasons |= found
            for collection, key in found:
                _put_back(base, collection, key, state)
    return reasons


def _policies_lost(world: World, fitting: Fitting) -> list[Lost]:
    against = {name: fitting.reason_against_policy(name, policy) for name, policy in world.policies.items()}
    lost = [Lost(world.name, name, "", reason) for name, reason in against.items() if reason is not None]
    world.policies = {name: policy for name, policy in world.policies.items() if against[name] is None}
    return lost


def keep_all_but(reasons: Unfit) -> Callable[[str, str, object], str | None]:
    """What Store.rebase asks, answered from a list."""
    return lambda collection, key, _record: reasons.get((collection, key))


def _put_back(base: Base, collection: str, key: str, state: Transaction) -> None:
    """Where a record goes, that of the base is seen again."""
    record = base.records.get(collection, {}).get(key)
    if record is None:
        state.delete(collection, key)
    else:
        state.put(collection, key, record)


def _unfit(
    asked: Mapping[str, Iterable[str]], fitting: Fitting, state: Transaction
) -> Iterator[tuple[tuple[str, str], str]]:
    for collection, keys in asked.items():
        for key in keys:
            record = state.get(collection, key)
            reason = fitting.reason(collection, key, record, state) if record is not None else None
            if reason is not None:
                yield (collection, key), reason
