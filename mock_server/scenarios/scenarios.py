"""The scenarios of one server, built at first use and cached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from mock_server.behaviours.seeding import Fixture, Seeds, base_of, gather
from mock_server.errors.startup import StartupError
from mock_server.scenarios.conditions import overrides_of, policies_of, principals_of, rules_of, start_of
from mock_server.scenarios.context import ScenarioContext
from mock_server.scenarios.draft import Draft
from mock_server.scenarios.files import ScenarioFiles
from mock_server.scenarios.scenario import Scenario, ScenarioError
from mock_server.seeded_random import SeededRandom


class Scenarios:
    """Scenarios by name, safe to use from several threads. Each is built once."""

    def __init__(self, folders: Sequence[Path], context: ScenarioContext, *, rng: SeededRandom) -> None:
        """folders: with scenario files; a file hides those with its name in later folders. rng: for generated
        records of scenarios without a seed."""
        self._files = ScenarioFiles(folders)
        self._context = context
        self._rng = rng
        self._lock = Lock()
        self._built: dict[str, Scenario] = {}
        self._fixtures: Seeds | None = None

    def known(self) -> list[tuple[str, str]]:
        """Names and descriptions of all scenarios, `default` first. Reads the files without building."""
        return [(name, self._files.about(name)) for name in self._files.names()]

    def fixtures(self) -> Mapping[str, Fixture]:
        """The fixtures by storage name. Raises StartupError for a file that cannot be read."""
        with self._lock:
            return self._seeds().fixtures

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
        if built is not None:
            return built
        with self._lock:
            if name not in self._built:
                self._built[name] = self._build(name)
            return self._built[name]

    def _build(self, name: str) -> Scenario:
        layers = self._files.chain(name)
        top = layers[-1].document if layers else {}
        seed = next((layer.document["seed"] for layer in reversed(layers) if "seed" in layer.document), None)
        draft = Draft(self._seeds(), self._context)
        for layer in layers:
            draft.apply(layer, rng=self._rng if seed is None else SeededRandom(seed))
        problems = draft.problems
        start = start_of(layers, problems)
        principals = principals_of(layers, self._context, problems)
        policies = policies_of(layers, self._context, problems)
        rules = rules_of(layers, self._context, problems)
        overrides = overrides_of(layers, self._context, problems)
        try:
            base = base_of(draft.seeds(), self._context.contracts, self._context.behaviours)
        except StartupError as error:
            raise ScenarioError(*error.problems) from error
        return Scenario(name, top.get("about", ""), base, seed, start, principals, policies, rules, overrides)

    def _seeds(self) -> Seeds:
        """The records of the fixtures, read once for all scenarios."""
        if self._fixtures is None:
            context = self._context
            self._fixtures = gather(
                context.behaviours,
                context.fixtures,
                rng=self._rng,
                scale=context.scale,
                generated=context.generated,
            )
        return self._fixtures
