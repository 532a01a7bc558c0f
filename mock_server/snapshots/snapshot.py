"""A world as it was at one moment, and the worlds that go on from there."""

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
    """Everything a world was but for its journal; never changed, whatever becomes of the world.

    world: its name. taken: when, by its own clock. scenario: the name of what it began with. policies: as in
    World. faults, overrides: the books with all they had seen, as their to_json() tells them.
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
        """All that is not a record, as JSON."""
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
    """The world as it is now. Costs what it has changed, not what it holds."""
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
    """Make a world that nobody has used yet go on from a snapshot.

    world: one just begun from the snapshot's scenario with the snapshot's seed. Its clock goes on from the
    time of the snapshot; its journal stays as it is.
    """
    world.clock.set(snapshot.clock)
    world.store.restore(snapshot.saved)
    world.policies = dict(snapshot.policies)
    world.faults = parse_rules(snapshot.faults, world.rng)
    world.overrides = parse_overrides(snapshot.overrides)


def to_text(moment: datetime) -> str:
    """An instant to the microsecond, so that a clock goes on where it stood."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
