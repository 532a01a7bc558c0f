"""The worlds of one server by name: created on first use, limited in number, removed when idle."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Literal

from mock_server.clock import Clock, ClockState
from mock_server.journal.journal import Journal, Journals
from mock_server.messages import DEFAULT_WORLD
from mock_server.store.sorted_keys import EMPTY
from mock_server.worlds.world import NAME_RULE, World, is_name

if TYPE_CHECKING:
    from mock_server.scenarios.scenarios import Scenarios
    from mock_server.webhooks.webhooks import WebhookConfig

_SWEEP_EVERY = 1.0
"""The minimum number of seconds between two searches for idle worlds."""

_BURST = 10.0
"""Seconds over which the rate of new worlds is an average."""


@dataclass(slots=True)
class WorldError(Exception):
    """A world cannot be found, created or removed.

    reason: "name" (the name is invalid), "full" (the limit is reached), "rate" (too many new ones at once),
    "page" (a page of another origin may not create one), "taken" (the name is in use), "missing" or "kept"
    (the default world cannot be removed). message: a sentence for users.
    """

    reason: Literal["name", "full", "rate", "page", "taken", "missing", "kept"]
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
        rate: float = 100.0,
        max_records: int | None = None,
        journals: Journals | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """limit: the maximum number of worlds. idle: seconds without use after which a world is removed; the
        default world never is, nor one with a request under way. rate: the maximum number of worlds that
        requests create per second. max_records: of each world, besides those of its scenario; None for no
        limit. journals: bounds those of all worlds. now: monotonic time in seconds."""
        self.scenarios = scenarios
        self.beginnings = beginnings
        self.webhook_config = webhook_config
        self.journals = journals or Journals()
        self.limit = limit
        self.max_records = max_records
        self._idle = idle
        self._rate = rate
        self._now = now
        self._swept = self._spent = now()
        self._allowance = rate * _BURST
        self._lock = Lock()
        # The world that was not used for the longest time comes first.
        self._worlds: OrderedDict[str, World] = OrderedDict()
        self._names = EMPTY
        self.find(DEFAULT_WORLD)

    def __len__(self) -> int:
        self._sweep()
        return len(self._worlds)

    def find(self, name: str) -> World:
        """The world with this name, created if it does not exist. Raises WorldError (name, full)."""
        self._sweep()
        world = self._worlds.get(name) or self._get_or_create(name)
        self._use(world)
        return world

    def get(self, name: str) -> World:
        """The existing world with this name, which counts as used. Raises WorldError (missing)."""
        self._sweep()
        world = self._worlds.get(name)
        if world is None:
            raise _missing(name)
        self._use(world)
        return world

    def enter(self, name: str) -> World | None:
        """The existing world with this name, with a request more under way, or None. Every world that is
        entered must be left."""
        now = self._now()
        if now - self._swept >= _SWEEP_EVERY:
            self._sweep()
        with self._lock:
            world = self._worlds.get(name)
            if world is not None:
                world.under_way += 1
                world.used = max(world.used, now)
                self._worlds.move_to_end(name)
        return world

    def enter_new(self, name: str) -> World:
        """As enter(), but creates the world. Raises WorldError (name, rate, full)."""
        if not is_name(name):
            raise _invalid_name(name)
        with self._lock:
            self._spend()
        world = self._get_or_create(name)
        with self._lock:
            world.under_way += 1
        return world

    def leave(self, world: World, *, sending: float = 0.0) -> None:
        """End a request in a world. sending: seconds that its response still takes; the world counts as used
        until then."""
        with self._lock:
            world.under_way -= 1
            world.used = max(world.used, self._now())
            if sending:
                self._touch(world, later=sending)

    @contextmanager
    def held(self, world: World) -> Iterator[None]:
        """While the block runs, the world is not removed for being idle."""
        with self._lock:
            world.under_way += 1
        try:
            yield
        finally:
            self.leave(world)

    def sketch(self, name: str) -> World:
        """A new world that is not kept and has a journal of its own, with one request under way. Raises
        WorldError (name)."""
        world = self._fresh(name, journal=Journal())
        world.under_way = 1
        return world

    def known(self) -> list[World]:
        """All worlds: the default world first, the others sorted by name."""
        return self.page(0, len(self))

    def page(self, offset: int, limit: int) -> list[World]:
        """A part of known(), which does not count as use."""
        self._sweep()
        with self._lock:
            # All but the default world have their position one later than in the sorted names.
            names = [DEFAULT_WORLD] if offset == 0 and limit else []
            start = min(max(offset - 1, 0), len(self._names))
            stop = min(start + limit - len(names), len(self._names))
            names += [name for (name,) in self._names.between(start, max(start, stop))]
            return [self._worlds[name] for name in names]

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
            removed = self._worlds.get(name)
            if removed is None:
                raise _missing(name)
            self._forget(removed)
        removed.end()

    def _get_or_create(self, name: str) -> World:
        # Built outside the lock, since a scenario may take seconds to load. If another thread is faster, its
        # world is used.
        world = self._fresh(name)
        with self._lock:
            if name not in self._worlds:
                self._keep(world)
            return self._worlds[name]

    def _fresh(
        self,
        name: str,
        scenario: str | None = None,
        seed: int | None = None,
        *,
        journal: Journal | None = None,
    ) -> World:
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
            journal=journal or self.journals.new(),
            max_records=self.max_records,
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
        if world.name not in self._worlds and world.name != DEFAULT_WORLD:
            self._names = self._names.with_entry((world.name,))
        self._worlds[world.name] = world
        self._touch(world)

    def _forget(self, world: World) -> None:
        del self._worlds[world.name]
        self._names = self._names.without_entry((world.name,))

    def _use(self, world: World) -> None:
        with self._lock:
            self._touch(world)

    def _touch(self, world: World, *, later: float = 0.0) -> None:
        world.used = max(world.used, self._now() + later)
        if self._worlds.get(world.name) is world:  # it may have been removed or replaced meanwhile
            self._worlds.move_to_end(world.name)

    def _spend(self) -> None:
        """Count a world that a request creates. Raises WorldError (rate)."""
        now = self._now()
        self._allowance = min(self._rate * _BURST, self._allowance + (now - self._spent) * self._rate)
        self._spent = now
        if self._allowance < 1:
            raise WorldError(
                "rate",
                f"Requests create more than {self._rate:g} worlds a second: create them with POST "
                "/__admin/worlds, or start the server with a larger --world-rate.",
            )
        self._allowance -= 1

    def _sweep(self) -> None:
        """Remove the worlds that were idle for too long."""
        # Called with each request instead of by a thread.
        now = self._now()
        if now - self._swept < _SWEEP_EVERY:
            return
        with self._lock:
            self._swept = now
            idle: list[World] = []
            for name, world in self._worlds.items():
                if now - world.used <= self._idle:
                    break  # all that follow were used later
                if name != DEFAULT_WORLD and not world.under_way:
                    idle.append(world)
            for world in idle:
                self._forget(world)
        for world in idle:
            world.end()


def _invalid_name(name: str) -> WorldError:
    return WorldError("name", f"{name[:80]!r} is not a valid world name: use {NAME_RULE}.")


def _missing(name: str) -> WorldError:
    return WorldError(
        "missing",
        f"There is no world named {name!r}. POST /__admin/worlds creates one, and so does the first request "
        f"that names it (X-Mock-World: {name}).",
    )
