"""Snapshots: the state of a world at one moment, taken and restored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mock_server.faults.rules import parse_rules
from mock_server.overrides.rules import parse_overrides

if TYPE_CHECKING:
    from mock_server.behaviours.policy import Policy
    from mock_server.clock import ClockState
    from mock_server.store.memory import SavedState
    from mock_server.worlds.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The immutable state of a world, without its journal.

    world: its name. taken: the time of its clock. scenario: the name of its scenario. policies: see World.
    faults, overrides: rules with their counts, from `FaultRules.to_json` and `OverrideRules.to_json`. masked:
    whether it was imported with masked secrets.
    """

    name: str
    world: str
    taken: datetime
    scenario: str
    seed: int
    clock: ClockState
    policies: Mapping[str, Policy]
    faults: Mapping[str, Any]
    overrides: Mapping[str, Any]
    saved: SavedState
    masked: bool = False

    def settings(self) -> dict[str, Any]:
        """Everything except records, as JSON."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "clock": {
                "mode": self.clock.mode,
                "now": to_text(self.clock.now),
                "scale": self.clock.scale,
                "step": self.clock.step,
            },
            "policies": {name: self.policies[name].to_json() for name in sorted(self.policies)},
            "faults": self.faults,
            "overrides": self.overrides,
        }


def take(name: str, world: World) -> Snapshot:
    """A snapshot of the current state of a world. Takes time in proportion to its changes since the last
    reset."""
    clock = world.clock.state
    return Snapshot(
        name=name,
        world=world.name,
        taken=clock.now,
        scenario=world.scenario.name,
        seed=world.rng.seed,
        clock=clock,
        policies=dict(world.policies),
        faults=world.faults.to_json(),
        overrides=world.overrides.to_json(),
        saved=world.store.save(),
    )


def restore(world: World, snapshot: Snapshot) -> None:
    """Set a new world to the state of a snapshot.

    world: not used yet, created with the scenario and the seed of the snapshot. Its clock continues from the
    time of the snapshot; its journal stays empty.
    """
    world.clock.set(snapshot.clock)
    world.store.restore(snapshot.saved)
    world.policies = dict(snapshot.policies)
    world.faults = parse_rules(snapshot.faults, world.rng)
    world.overrides = parse_overrides(snapshot.overrides, rng=world.rng)


def to_text(moment: datetime) -> str:
    """An instant as RFC 3339 text in UTC, to the microsecond, so that a restored clock has the same time."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
