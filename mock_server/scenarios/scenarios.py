"""The scenarios of one server, built at first use and cached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from mock_server.behaviours.seeding import Fixture, Seeds, base_of, gather
from mock_server.clock import machine_time
from mock_server.errors.startup import StartupError
from mock_server.scenarios.conditions import overrides_of, policies_of, principals_of, rules_of, start_of
from mock_server.scenarios.context import ScenarioContext
from mock_server.scenarios.draft import Draft
from mock_server.scenarios.files import ScenarioFiles
from mock_server.scenarios.scenario import Scenario, ScenarioError
from mock_server.seeded_random import SeededRandom


class Scenarios:
    """Scenarios by name, safe to use from several threads. Each is built once, and once more when a day has
    begun, so that its data keeps its age."""

    def __init__(
        self,
        folders: Sequence[Path],
        context: ScenarioContext,
        *,
        rng: SeededRandom,
        start: datetime | None = None,
    ) -> None:
        """folders: with scenario files; a file hides those with its name in later folders. rng: for generated
        records of scenarios without a seed. start: the time to which the ages of records refer where a
        scenario does not set its clock; None for today."""
        self._files = ScenarioFiles(folders)
        self._context = context
        self._rng = rng
        self._start = start
        self._lock = Lock()
        self._built: dict[str, _Built] = {}
        self._fixtures: tuple[datetime, Seeds] | None = None

    def known(self) -> list[tuple[str, str]]:
        """Names and descriptions of all scenarios, `default` first. Reads the files without building."""
        return [(name, self._files.about(name)) for name in self._files.names()]

    def fixtures(self) -> Mapping[str, Fixture]:
        """The fixtures by storage name. Raises StartupError for a file that cannot be read."""
        with self._lock:
            return self._seeds(self._start or _today()).fixtures

    def add(self, path: Path) -> str:
        """Add a scenario file; returns the name of the scenario. Raises ScenarioError if it does not
        exist."""
        if not path.is_file():
            raise ScenarioError(f"{path}: no such file")
        return self._files.add(path)

    def get(self, name: str) -> Scenario:
        """The scenario with this name.

        Raises ScenarioError with all errors in its files, or, for an unknown name, the known names.
        """
        built = self._built.get(name)
        if built is not None and not built.is_old():
            return built.scenario
        with self._lock:
            built = self._built.get(name)
            if built is None or built.is_old():
                built = self._built[name] = self._build(name)
            return built.scenario

    def _build(self, name: str) -> _Built:
        layers = self._files.chain(name)
        top = layers[-1].document if layers else {}
        seed = next((layer.document["seed"] for layer in reversed(layers) if "seed" in layer.document), None)
        problems: list[str] = []
        clock = start_of(layers, problems)
        fixed = (clock.now if clock else None) or self._start
        start = fixed or _today()
        draft = Draft(self._seeds(start), self._context, start=start)
        for layer in layers:
            draft.apply(layer, rng=self._rng if seed is None else SeededRandom(seed))
        draft.problems += problems
        problems = draft.problems
        principals = principals_of(layers, self._context, problems)
        policies = policies_of(layers, self._context, problems)
        rules = rules_of(layers, self._context, problems)
        overrides = overrides_of(layers, self._context, problems)
        try:
            base = base_of(draft.seeds(), self._context.contracts, self._context.behaviours)
        except StartupError as error:
            raise ScenarioError(*error.problems) from error
        about = top.get("about", "")
        scenario = Scenario(name, about, base, seed, clock, principals, policies, rules, overrides)
        return _Built(scenario, None if fixed else start)

    def _seeds(self, start: datetime) -> Seeds:
        """The records of the fixtures, kept for the scenarios that begin at the same time."""
        if self._fixtures is None or self._fixtures[0] != start:
            context = self._context
            seeds = gather(
                context.behaviours,
                context.fixtures,
                rng=self._rng,
                start=start,
                scale=context.scale,
                generated=context.generated,
            )
            self._fixtures = start, seeds
        return self._fixtures[1]


@dataclass(frozen=True, slots=True)
class _Built:
    """A scenario. day: the one that its records refer to, None for a time that a file or an option sets."""

    scenario: Scenario
    day: datetime | None

    def is_old(self) -> bool:
        """Whether a day has begun since: its records would be a day too old."""
        return self.day is not None and self.day != _today()


def _today() -> datetime:
    """The beginning of the day, in UTC: what is built on the same day has the same times."""
    return machine_time().replace(hour=0, minute=0, second=0, microsecond=0)
