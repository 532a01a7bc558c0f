"""The worlds of one server by name: created on first use, limited in number, removed when idle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Literal

from mock_server.clock import Clock, ClockState
from mock_server.journal.journal import Journals
from mock_server.messages import DEFAULT_WORLD
from mock_server.worlds.world import NAME_RULE, World, is_name

if TYPE_CHECKING:
    from mock_server.scenarios.scenarios import Scenarios
    from mock_server.webhooks.webhooks import WebhookConfig

_SWEEP_EVERY = 1.0
"""The minimum number of seconds between two searches for idle worlds."""


@dataclass(slots=True)
class WorldError(Exception):
    """A world cannot be found, created or removed.

    reason: "name" (the name is invalid), "full" (the limit is reached), "taken" (the name is in use),
    "missing" or "kept" (the default world cannot be removed). message: a sentence for users.
    """

    reason: Literal["name", "full", "taken", "missing", "kept"]
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Beginnings:
    """The defaults of new worlds. clock: None for the time of the machine."""

    scenario: str = "default"
    seed: int = 0
    clock: ClockState | None = None


class Worlds:
    """All worlds of a server, safe to use from several threads."""

    def __init__(
        self,
        scenarios: Scenarios,
        beginnings: Beginnings,
        webhook_config: WebhookConfig,
        *,
        limit: int,
        idle: float,
        journals: Journals | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """limit: the maximum number of worlds. idle: seconds without a request after which a world is
        removed; the default world never is. journals: bounds those of all worlds. now: monotonic time in
        seconds."""
        self.scenarios = scenarios
        self.beginnings = beginnings
        self.webhook_config = webhook_config
        self.journals = journals or Journals()
        self.limit = limit
        self._idle = idle
        self._now = now
        self._swept = now()
        self._lock = Lock()
        self._worlds: dict[str, World] = {}
        self.find(DEFAULT_WORLD)

    def find(self, name: str) -> World:
        """The world with this name, created if it does not exist. Raises WorldError (name, full)."""
        self._sweep()
        world = self._worlds.get(name) or self._get_or_create(name)
        world.used = self._now()
        return world

    def get(self, name: str) -> World:
        """The existing world with this name. Raises WorldError (missing)."""
        self._sweep()
        world = self._worlds.get(name)
        if world is None:
            raise _missing(name)
        return world

    def known(self) -> list[World]:
        """All worlds: the default world first, the others sorted by name."""
        self._sweep()
        return sorted(self._worlds.values(), key=lambda world: (world.name != DEFAULT_WORLD, world.name))

    def create(self, name: str, *, scenario: str | None = None, seed: int | None = None) -> World:
        """Create a world. Raises WorldError (name, full, taken) and ScenarioError."""
        return self.add(self._fresh(name, scenario, seed))

    def add(self, world: World) -> World:
        """Add a world under its name. Raises WorldError (name, full, taken)."""
        with self._lock:
            if world.name in self._worlds:
                raise WorldError("taken", f"A world named {world.name!r} exists already.")
            self._keep(world)
        return world

    def reset(self, name: str, *, scenario: str | None = None, seed: int | None = None) -> World:
        """Replace a world by a new one. scenario, seed: those of the world before when not given; a new
        scenario brings its own seed. Raises WorldError (missing) and ScenarioError."""
        before = self.get(name)
        if scenario is None and seed is None:
            seed = before.rng.seed
        return self.replace(self._fresh(name, scenario or before.scenario.name, seed))

    def replace(self, world: World) -> World:
        """Put another world under an existing name. Raises WorldError (missing)."""
        with self._lock:
            before = self._worlds.get(world.name)
            if before is None:
                raise _missing(world.name)
            self._keep(world)
        before.end()
        return world

    def remove(self, name: str) -> None:
        """Remove a world. Raises WorldError (missing; kept for the default world)."""
        if name == DEFAULT_WORLD:
            raise WorldError("kept", "The default world cannot be removed; reset it instead.")
        with self._lock:
            removed = self._worlds.pop(name, None)
        if removed is None:
            raise _missing(name)
        removed.end()

    def _get_or_create(self, name: str) -> World:
        # Built outside the lock, since a scenario may take seconds to load. If another thread is faster, its
        # world is used.
        world = self._fresh(name)
        with self._lock:
            if name not in self._worlds:
                self._keep(world)
            return self._worlds[name]

    def _fresh(self, name: str, scenario: str | None = None, seed: int | None = None) -> World:
        if not is_name(name):
            raise _invalid_name(name)
        initial = self.scenarios.get(scenario or self.beginnings.scenario)
        if seed is None:
            seed = self.beginnings.seed if initial.seed is None else initial.seed
        clock = Clock(initial.clock or self.beginnings.clock)
        return World.begin(
            name,
            initial,
            seed=seed,
            clock=clock,
            webhook_config=self.webhook_config,
            journal=self.journals.new(),
        )

    def _keep(self, world: World) -> None:
        if not is_name(world.name):
            raise _invalid_name(world.name)
        if world.name not in self._worlds and len(self._worlds) >= self.limit:
            raise WorldError(
                "full",
                f"This server has {self.limit} worlds, its maximum: remove some, "
                "or start it with a larger --max-worlds.",
            )
        world.used = self._now()
        self._worlds[world.name] = world

    def _sweep(self) -> None:
        """Remove the worlds that were idle for too long."""
        # Called with each request instead of by a thread, and at most once a second, since it visits all
        # worlds.
        now = self._now()
        if now - self._swept < _SWEEP_EVERY:
            return
        with self._lock:
            self._swept = now
            for name, world in list(self._worlds.items()):
                if name != DEFAULT_WORLD and now - world.used > self._idle:
                    del self._worlds[name]
                    world.end()


def _invalid_name(name: str) -> WorldError:
    return WorldError("name", f"{name[:80]!r} is not a valid world name: use {NAME_RULE}.")


def _missing(name: str) -> WorldError:
    return WorldError(
        "missing",
        f"There is no world named {name!r}. POST /__admin/worlds creates one, and so does the first request "
        f"that names it (X-Mock-World: {name}).",
    )
