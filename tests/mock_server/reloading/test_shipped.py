"""The shipped contracts, read again."""

from __future__ import annotations

from mock_server.app import build, build_engine
from mock_server.behaviours.keys import key_of
from mock_server.behaviours.seeding import collections_of
from mock_server.reloading.fitting import Fitting
from mock_server.reloading.rebasing import rebase_worlds
from mock_server.settings import Settings
from tests.mock_server.state import dump_state


def test_the_same_files_read_again_lose_no_record_though_every_one_was_written() -> None:
    settings = Settings()
    world = build_engine(settings).world()
    loaded = build(settings)
    contracts = loaded.context.contracts
    collections = collections_of({name: mounted.behaviours for name, mounted in contracts.items()})
    with world.store.transaction() as state:
        for storage, collection in collections.items():
            for record in list(state.find(storage)):
                state.put(storage, key_of(record, collection), {**record, "further": 1})
    before = dump_state(world.store)
    fitting = Fitting(contracts.values(), settings.fixtures, before=collections)
    scenario = loaded.scenarios.get(world.scenario.name)
    assert rebase_worlds([world], {scenario.name: scenario}, fitting) == ()
    assert dump_state(world.store) == before
    assert world.scenario is scenario
