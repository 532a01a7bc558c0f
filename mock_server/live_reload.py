"""Reload the files of a running server, and give its worlds the new records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from mock_server.behaviours.seeding import collections_of
from mock_server.reloading.fitting import Fitting
from mock_server.reloading.rebasing import Lost, rebase_worlds
from mock_server.reloading.reloader import Reloader
from mock_server.reloading.sources import roots

if TYPE_CHECKING:
    from mock_server.engine import Engine, LoadedFiles
    from mock_server.journal.citations import Citations
    from mock_server.settings import Settings


def live_reloader(
    engine: Engine, settings: Settings, citations: Citations, build: Callable[[Settings], LoadedFiles]
) -> Reloader[LoadedFiles]:
    """The reloader of a server. It watches the files once it is started. build: reads all files."""

    def rebuild() -> LoadedFiles:
        loaded = build(settings)
        # Builds the scenarios in use here, where an error leaves everything unchanged.
        for name in {loaded.begins_with, *(world.scenario.name for world in engine.worlds.known())}:
            loaded.scenarios.get(name)
        return loaded

    def swap(loaded: LoadedFiles) -> Iterable[Lost]:
        previous = {name: mounted.behaviours for name, mounted in engine.context.contracts.items()}
        engine.play(loaded)
        citations.forget()
        worlds = engine.worlds.known()
        scenarios = {world.scenario.name: loaded.scenarios.get(world.scenario.name) for world in worlds}
        contracts, before = loaded.context.contracts.values(), collections_of(previous)
        return rebase_worlds(worlds, scenarios, Fitting(contracts, settings.fixtures, before=before))

    return Reloader(rebuild, swap, roots(settings))
