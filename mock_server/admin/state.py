"""The state of a world, as admin handlers use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from mock_server.admin.call import AdminCall
from mock_server.behaviours.declared import Collection
from mock_server.behaviours.lifecycle import advance
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.store.protocol import Transaction
from mock_server.worlds.world import World


@dataclass(frozen=True, slots=True)
class OpenedState:
    """The state of a world inside a transaction. now: the world's time."""

    world: World
    state: Transaction
    now: datetime


@contextmanager
def open_state(call: AdminCall) -> Iterator[OpenedState]:
    """The state of the world in the path, with every transition made that is due by now.

    A stepped clock stays where it is, as an admin call is no request of the world. Raises WorldError
    (missing).
    """
    world = call.world
    with world.store.transaction() as state:
        now = world.clock.now()
        advance(state, call.context.engine.context.moving, now=now)
        yield OpenedState(world, state, now)
        world.webhooks.publish(state, at=now)


def collection_in_path(call: AdminCall) -> Collection:
    """The collection that the path names by contract and collection. Raises ApiError NOT_FOUND."""
    contracts, contract = call.contracts, call.path["contract"]
    if contract not in contracts:
        raise _unknown("contract", contract, contracts)
    collections, name = contracts[contract].behaviours.collections, call.path["collection"]
    if name not in collections:
        raise _unknown("collection", name, collections)
    return collections[name]


def _unknown(what: str, name: str, known: Iterable[str]) -> ApiError:
    message = f"There is no {what} called {name!r}; there are {', '.join(known)}."
    return ApiError(ErrorCode.NOT_FOUND, message=message)
