"""What a world holds, as admin handlers get at it: brought up to date, found by the names in the path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from mock_server.admin.call import AdminCall
from mock_server.behaviours.declared import Collection
from mock_server.behaviours.lifecycle import advance
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.pipeline.context import MountedContract
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
    contracts = call.context.engine.context.contracts.values()
    with world.store.transaction() as state:
        now = world.clock.now()
        advance(state, [mounted.behaviours for mounted in contracts], now=now)
        yield Opened(world, state, now)
        world.webhooks.tell(state, at=now)


def played(call: AdminCall) -> MountedContract:
    """The contract the path names. Raises ApiError NOT_FOUND."""
    contracts, name = call.context.engine.context.contracts, call.path["contract"]
    if name not in contracts:
        raise _missing("contract", name, contracts)
    return contracts[name]


def kept(call: AdminCall) -> Collection:
    """The collection the path names. Raises ApiError NOT_FOUND."""
    collections, name = played(call).behaviours.collections, call.path["collection"]
    if name not in collections:
        raise _missing("collection", name, collections)
    return collections[name]


def _missing(kind: str, name: str, there: Iterable[str]) -> ApiError:
    message = f"There is no {kind} called {name!r}; there are {', '.join(there)}."
    return ApiError(ErrorCode.NOT_FOUND, message=message)
