"""Give worlds the records of reloaded files and keep what was written in them where it fits."""

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
"""Why records must be dropped, by collection and key."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A record of a world that was dropped, or, with an empty key, the lifecycle policy of a collection.

    world: its name. collection: a storage name.
    """

    world: str
    collection: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"world {self.world}: {self.collection} {self.key}".rstrip() + f": {self.reason}"

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
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
    """Give every world the records of its reloaded scenario; returns what was dropped.

    scenarios: by name, with the scenario of each world. Sequences continue, so that no id is used twice. A
    world keeps its clock, faults, overrides, and lifecycle policies that are still valid.
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
    """The records of a state that do not fit another base, including those whose parents do not fit."""
    rebased, _ = saved.rebased(base, keep_all_but({}))
    reasons: dict[tuple[str, str], str] = {}
    store = MemoryStore()
    store.restore(rebased)
    # Records of a scenario were checked when the scenario was built, so only written ones need a check.
    candidates = {
        name: [key for key, _ in rebased.items(name)] if saved.base.own else rebased.written(name)
        for name in rebased.collections
    }
    # Dropping a record can leave its children without a parent: repeat until nothing more is dropped.
    with store.transaction() as state:
        while newly_unfit := {
            place: reason for place, reason in _unfit(candidates, fitting, state) if place not in reasons
        }:
            reasons |= newly_unfit
            for collection, key in newly_unfit:
                _restore_base_record(base, collection, key, state)
    return reasons


def _policies_lost(world: World, fitting: Fitting) -> list[Lost]:
    against = {name: fitting.reason_against_policy(name, policy) for name, policy in world.policies.items()}
    lost = [Lost(world.name, name, "", reason) for name, reason in against.items() if reason is not None]
    world.policies = {name: policy for name, policy in world.policies.items() if against[name] is None}
    return lost


def keep_all_but(reasons: Unfit) -> Callable[[str, str, object], str | None]:
    """The argument `keep` of `Store.rebase` for records that are known to be unfit."""
    return lambda collection, key, _record: reasons.get((collection, key))


def _restore_base_record(base: Base, collection: str, key: str, state: Transaction) -> None:
    """Replace a record by that of the base, or delete it."""
    record = base.records.get(collection, {}).get(key)
    if record is None:
        state.delete(collection, key)
    else:
        state.put(collection, key, record)


def _unfit(
    candidates: Mapping[str, Iterable[str]], fitting: Fitting, state: Transaction
) -> Iterator[tuple[tuple[str, str], str]]:
    for collection, keys in candidates.items():
        for key in keys:
            record = state.get(collection, key)
            if record is None:
                continue
            reason = fitting.reason(collection, key, record, state)
            if reason is not None:
                yield (collection, key), reason
