"""A running server follows its files: what they say now is played on, in the worlds there are."""

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
    """What reads the files of a server again and puts what they say in place, when told to or, once started,
    as they change. build: reads them."""

    def rebuild() -> LoadedFiles:
        loaded = build(settings)
        for name in {loaded.begins_with, *(world.scenario.name for world in engine.worlds.known())}:
            loaded.scenarios.get(name)
        return loaded

    def swap(loaded: LoadedFiles) -> Iterable[Lost]:
        played = {name: mounted.behaviours for name, mounted in engine.context.contracts.items()}
        engine.play(loaded)
        citations.forget()
        worlds = engine.worlds.known()
        scenarios = {world.scenario.name: loaded.scenarios.get(world.scenario.name) for world in worlds}
        contracts, before = loaded.context.contracts.values(), collections_of(played)
        return rebase_worlds(worlds, scenarios, Fitting(contracts, settings.fixtures, before=before))

    return Reloader(rebuild, swap, roots(settings))
