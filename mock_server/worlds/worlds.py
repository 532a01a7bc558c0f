"""The worlds of one server, by name: made on first use, bounded in number, forgotten when nobody comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Literal

from mock_server.clock import Clock, ClockState
from mock_server.messages import DEFAULT_WORLD
from mock_server.worlds.world import NAME_RULE, World, is_name

if TYPE_CHECKING:
    from mock_server.scenarios.scenarios import Scenarios
    from mock_server.webhooks.webhooks import WebhookConfig

_SWEEP_EVERY = 1.0
"""Seconds between two looks for idle worlds."""


@dataclass(slots=True)
class WorldError(Exception):
    """A world that cannot be had. fault: "name" (no world can be called so), "full", "taken", "missing" or
    "kept" (the default world stays)."""

    fault: Literal["name", "full", "taken", "missing", "kept"]
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Beginnings:
    """How a world begins where nobody says otherwise. clock: None for the time it really is."""

    scenario: str = "default"
    seed: int = 0
    clock: ClockState | None = None


class Worlds:
    """Every world there is."""

    def __init__(
        self,
        scenarios: Scenarios,
        beginnings: Beginnings,
        webhook_config: WebhookConfig,
        *,
        limit: int,
        idle: float,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """limit: how many worlds there may be at once. idle: seconds after which a world nobody asked is
        forgotten; the default world never is."""
        self.scenarios = scenarios
        self.beginnings = beginnings
        self.webhook_config = webhook_config
        self.limit = limit
        self._idle = idle
        self._now = now
        self._swept = now()
        self._lock = Lock()
        self._worlds: dict[str, World] = {}
        self.find(DEFAULT_WORLD)

    def find(self, name: str) -> World:
        """The world of this name, made if there is none. Raises WorldError (name, full)."""
        self._sweep()
        world = self._worlds.get(name) or self._made(name)
        world.used = self._now()
        return world

    def get(self, name: str) -> World:
        """The world of this name. Raises WorldError (missing); never makes one."""
        self._sweep()
        world = self._worlds.get(name)
        if world is None:
            raise _missing(name)
        return world

    def known(self) -> list[World]:
        """Every world, the default first, the others by name."""
        self._sweep()
        return sorted(self._worlds.values(), key=lambda world: (world.name != DEFAULT_WORLD, world.name))

    def create(self, name: str, *, scenario: str | None = None, seed: int | None = None) -> World:
        """A new world. Raises WorldError (name, full, taken) and what the scenario raises."""
        return self.add(self._fresh(name, scenario, seed))

    def add(self, world: World) -> World:
        """Put a new world under its name. Raises WorldError (name, full, taken)."""
        with self._lock:
            if world.name in self._worlds:
                raise WorldError("taken", f"There is a world called {world.name!r} already.")
            self._keep(world)
        return world

    def reset(self, name: str, *, scenario: str | None = None, seed: int | None = None) -> World:
        """The world as it began, or as another scenario begins. Raises WorldError (missing) and what the
        scenario raises."""
        before = self.get(name)
        if scenario is None and seed is None:
            seed = before.rng.seed
        return self.replace(self._fresh(name, scenario or before.scenario.name, seed))

    def replace(self, world: World) -> World:
        """Put another world under a name that is in use. Raises WorldError (missing)."""
        with self._lock:
            before = self._worlds.get(world.name)
            if before is None:
                raise _missing(world.name)
            self._keep(world)
        before.end()
        return world

    def remove(self, name: str) -> None:
        """Forget a world. Raises WorldError (missing; kept for the default world)."""
        if name == DEFAULT_WORLD:
            raise WorldError("kept", "The default world cannot be removed; reset it instead.")
        with self._lock:
            gone = self._worlds.pop(name, None)
        if gone is None:
            raise _missing(name)
        gone.end()

    def _made(self, name: str) -> World:
        world = self._fresh(name)
        with self._lock:
            if name not in self._worlds:
                self._keep(world)
            return self._worlds[name]

    def _fresh(self, name: str, scenario: str | None = None, seed: int | None = None) -> World:
        if not is_name(name):
            raise WorldError("name", f"No world can be called {name[:80]!r}: a name is {NAME_RULE}.")
        begun = self.scenarios.get(scenario or self.beginnings.scenario)
        if seed is None:
            seed = self.beginnings.seed if begun.seed is None else begun.seed
        clock = Clock(begun.clock or self.beginnings.clock)
        return World.begin(name, begun, seed=seed, clock=clock, webhook_config=self.webhook_config)

    def _keep(self, world: World) -> None:
        if not is_name(world.name):
            raise WorldError("name", f"No world can be called {world.name[:80]!r}: a name is {NAME_RULE}.")
        if world.name not in self._worlds and len(self._worlds) >= self.limit:
            raise WorldError(
                "full",
                f"There are {self.limit} worlds, as many as this server keeps: remove some, "
                "or start it with a larger --max-worlds.",
            )
        world.used = self._now()
        self._worlds[world.name] = world

    def _sweep(self) -> None:
        """Forget the worlds nobody has asked for too long."""
        now = self._now()
        if now - self._swept < _SWEEP_EVERY:
            return
        with self._lock:
            self._swept = now
            for name, world in list(self._worlds.items()):
                if name != DEFAULT_WORLD and now - world.used > self._idle:
                    del self._worlds[name]
                    world.end()


def _missing(name: str) -> WorldError:
    return WorldError(
        "missing",
        f"There is no world called {name!r}. POST /__admin/worlds makes one, and so does the first request "
        f"that names it (X-Mock-World: {name}).",
    )
