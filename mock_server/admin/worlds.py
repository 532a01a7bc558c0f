"""Worlds: created, deleted, reset and cleared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from mock_server.admin.call import AdminCall, Handler, listed
from mock_server.admin.clocks import clock_document
from mock_server.handlers.registry import Reply
from mock_server.worlds.world import World


def list_worlds(call: AdminCall) -> Reply:
    """A page of the worlds, the default one first."""
    worlds = call.worlds.page(call.query["offset"], call.query["limit"])
    return listed(map(world_document, worlds), total=len(call.worlds))


def create_world(call: AdminCall) -> Reply:
    """Create a world. Raises WorldError (taken, full) and ScenarioError."""
    body = call.body
    world = call.worlds.create(body["name"], scenario=body.get("scenario"), seed=body.get("seed"))
    return Reply(world_document(world))


def get_world(call: AdminCall) -> Reply:
    """One world. Raises WorldError (missing), as the handlers below do."""
    return Reply(world_document(call.world))


def delete_world(call: AdminCall) -> Reply:
    """Delete a world. Raises WorldError (kept) for the default one."""
    call.worlds.remove(call.path["world"])
    return Reply()


def reset_world(call: AdminCall) -> Reply:
    """Return a world to its beginning, or begin it with another scenario or seed. Raises ScenarioError."""
    body = call.body or {}
    world = call.worlds.reset(call.path["world"], scenario=body.get("scenario"), seed=body.get("seed"))
    return Reply(world_document(world))


def clear_world(call: AdminCall) -> Reply:
    """Remove the world's faults, overrides or journal entries."""
    world = call.world
    clear: Mapping[str, Callable[[], None]] = {
        "faults": world.faults.clear,
        "overrides": world.overrides.clear,
        "requests": world.journal.clear,
    }
    for part in call.body["parts"]:
        clear[part]()
    return Reply()


def world_document(world: World) -> dict[str, Any]:
    """A world as the admin API shows it."""
    return {
        "name": world.name,
        "scenario": world.scenario.name,
        "seed": world.rng.seed,
        "clock": clock_document(world.clock.state),
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
