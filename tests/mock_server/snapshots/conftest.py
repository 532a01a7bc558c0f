"""Worlds on the shipped contracts, and what their snapshots are held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from flask import Flask

from mock_server.engine import Engine
from mock_server.redaction import Secrets
from mock_server.snapshots.parse import LoadedContracts
from mock_server.worlds.world import World

NewWorld = Callable[[], World]
_numbers = count(1)


@pytest.fixture(scope="session")
def engine(shipped: Flask) -> Engine:
    """The shipped contracts as they are played."""
    return shipped.extensions["mock_server"]


@pytest.fixture(scope="session")
def loaded(engine: Engine) -> LoadedContracts:
    """What snapshots of these contracts have to fit."""
    return LoadedContracts.of(engine.context.contracts, engine.worlds.scenarios)


@pytest.fixture(scope="session")
def secrets(engine: Engine) -> Secrets:
    """What is secret in them."""
    return Secrets.of(*engine.context.contracts.values())


@pytest.fixture
def new_world(engine: Engine) -> Iterator[NewWorld]:
    """Makes worlds nobody else has, gone after the test."""
    made: list[World] = []

    def make() -> World:
        made.append(engine.worlds.create(f"snapshots-{next(_numbers)}", seed=5))
        return made[-1]

    yield make
    for world in made:
        engine.worlds.remove(world.name)


@pytest.fixture
def world(new_world: NewWorld) -> World:
    """A world nobody else has."""
    return new_world()
