"""What a world holds, as admin handlers get at it: brought up to date, found by the names in the path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from mock_server.admin.call import AdminCall
from mock_server.behaviours.declared import Collection
from mock_server.behaviours.lifecycle import advance
from mock_server.errors.problem import not_found
from mock_server.pipeline.parts import Player
from mock_server.store.protocol import Transaction
from mock_server.worlds.world import World


@dataclass(frozen=True, slots=True)
class Opened:
    """A world's state at an instant, inside its transaction."""

    world: World
    state: Transaction
    now: datetime


@contextmanager
def opened(call: AdminCall) -> Iterator[Opened]:
    """The state of the world the path names, after whatever is due by now. Looking is no request: a stepped
    clock stays. Raises WorldError (missing)."""
    world = call.world
    players = call.service.engine.parts.players.values()
    with world.store.transaction() as state:
        now = world.clock.now()
        advance(state, [player.behaviours for player in players], now=now)
        yield Opened(world, state, now)
        world.callbacks.tell(state, at=now)


def played(call: AdminCall) -> Player:
    """The contract the path names. Raises ApiError NOT_FOUND."""
    found = call.service.engine.parts.players.get(call.path["contract"])
    if found is None:
        raise not_found("contract", call.path["contract"])
    return found


def kept(call: AdminCall) -> Collection:
    """The collection the path names. Raises ApiError NOT_FOUND."""
    found = played(call).behaviours.collections.get(call.path["collection"])
    if found is None:
        raise not_found("collection", call.path["collection"])
    return found
