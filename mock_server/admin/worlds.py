"""Worlds: made, forgotten, put back, copied and emptied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from mock_server.admin.call import AdminCall, Handler
from mock_server.admin.clocks import clock_shown
from mock_server.admin.listing import listed
from mock_server.handlers.registry import Reply
from mock_server.worlds.world import World


def list_worlds(call: AdminCall) -> Reply:
    """Every world, the default one first."""
    return listed(map(world_shown, call.context.engine.worlds.known()))


def create_world(call: AdminCall) -> Reply:
    """A new world. Raises WorldError (taken, full) and ScenarioError."""
    body = call.body
    made = call.context.engine.worlds.create(
        body["name"], scenario=body.get("scenario"), seed=body.get("seed")
    )
    return Reply(world_shown(made))


def get_world(call: AdminCall) -> Reply:
    """One world. Raises WorldError (missing), as all that follow do."""
    return Reply(world_shown(call.world))


def delete_world(call: AdminCall) -> Reply:
    """No such world any more. Raises WorldError (kept) for the default one."""
    call.context.engine.worlds.remove(call.path["world"])
    return Reply()


def reset_world(call: AdminCall) -> Reply:
    """The world as it began, or as another scenario or seed has it begin. Raises ScenarioError."""
    wanted = call.body or {}
    begun = call.context.engine.worlds.reset(
        call.path["world"], scenario=wanted.get("scenario"), seed=wanted.get("seed")
    )
    return Reply(world_shown(begun))


def clear_world(call: AdminCall) -> Reply:
    """The world without its faults, overrides or journal."""
    world = call.world
    emptied: Mapping[str, Callable[[], None]] = {
        "faults": world.faults.clear,
        "overrides": world.overrides.clear,
        "requests": world.journal.clear,
    }
    for part in call.body["parts"]:
        emptied[part]()
    return Reply()


def world_shown(world: World) -> dict[str, Any]:
    """A world as the admin API shows it."""
    return {
        "name": world.name,
        "scenario": world.scenario.name,
        "seed": world.rng.seed,
        "clock": clock_shown(world.clock.state),
        "idle_seconds": round(max(0.0, monotonic() - world.used), 3),
        "requests": world.journal.count(),
        "faults": len(world.faults.list()),
        "overrides": len(world.overrides.list()),
    }


HANDLERS: Mapping[str, Handler] = {
    "listWorlds": list_worlds,
    "createWorld": create_world,
    "getWorld": get_world,
    "deleteWorld": delete_world,
    "resetWorld": reset_world,
    "clearWorld": clear_world,
}
