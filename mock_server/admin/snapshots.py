"""Saved worlds: taken, restored, copied, exported, imported, compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_server.admin.call import AdminCall, Handler
from mock_server.admin.listing import listed
from mock_server.admin.worlds import world_shown
from mock_server.clock import Clock
from mock_server.contract.json_text import loads
from mock_server.errors.api_error import ApiError, ErrorCode, not_found
from mock_server.handlers.registry import Reply
from mock_server.snapshots.comparison import compare as compared
from mock_server.snapshots.parse import LoadedContracts, read_document
from mock_server.snapshots.serialize import export
from mock_server.snapshots.snapshot import Snapshot, restore, take, to_text
from mock_server.worlds.world import World
from mock_server.worlds.worlds import WorldError


def list_snapshots(call: AdminCall) -> Reply:
    """Every snapshot, without what it holds."""
    return listed(map(_shown, call.context.snapshots.list()))


def create_snapshot(call: AdminCall) -> Reply:
    """A world as it is now, under a new name. Raises ShelfFullError, and ApiError CONFLICT for a name that is
    taken or a world that does not exist."""
    name, shelf = call.body["name"], call.context.snapshots
    if shelf.get(name) is not None:
        raise ApiError(ErrorCode.CONFLICT, message=f"There is a snapshot called {name!r} already.")
    try:
        world = call.context.engine.worlds.get(call.body["world"])
    except WorldError as error:
        raise ApiError(ErrorCode.CONFLICT, message=error.message) from None
    taken = take(name, world)
    shelf.put(taken)
    return Reply(_shown(taken))


def get_snapshot(call: AdminCall) -> Reply:
    """One snapshot, without what it holds. Raises ApiError NOT_FOUND."""
    return Reply(_shown(_named(call, call.path["snapshot"])))


def delete_snapshot(call: AdminCall) -> Reply:
    """No such snapshot any more. Raises ApiError NOT_FOUND."""
    if not call.context.snapshots.delete(call.path["snapshot"]):
        raise not_found("snapshot", call.path["snapshot"])
    return Reply()


def export_snapshot(call: AdminCall) -> Reply:
    """The whole snapshot, in the form it is kept and reviewed in. Raises ApiError NOT_FOUND."""
    snapshot = _named(call, call.path["snapshot"])
    text = export(snapshot, None if call.query["secrets"] else call.secrets)
    return Reply(loads(text.encode()), literal=True, written=text)


def import_snapshot(call: AdminCall) -> Reply:
    """What an export wrote, under the name in the path. Raises SnapshotError and ShelfFullError."""
    engine = call.context.engine
    contracts_here = LoadedContracts.of(engine.context.contracts, engine.worlds.scenarios)
    read = replace(read_document(call.body, contracts_here), name=call.path["snapshot"])
    there = call.context.snapshots.put(read)
    return Reply(_shown(read), status=200 if there else 201)


def restore_world(call: AdminCall) -> Reply:
    """The world as the snapshot has it. Raises WorldError (missing), ScenarioError, and ApiError CONFLICT for
    a snapshot that does not exist."""
    name, world = call.body["snapshot"], call.world
    snapshot = call.context.snapshots.get(name)
    if snapshot is None:
        raise ApiError(ErrorCode.CONFLICT, message=f"There is no snapshot called {name!r}.")
    return Reply(world_shown(call.context.engine.worlds.replace(_begun(call, world.name, snapshot))))


def fork_world(call: AdminCall) -> Reply:
    """Another world that is as this one is now. Raises WorldError (missing, taken, full)."""
    copied = take("fork", call.world)
    return Reply(world_shown(call.context.engine.worlds.add(_begun(call, call.body["name"], copied))))


def compare(call: AdminCall) -> Reply:
    """What differs between two worlds or snapshots. Raises WorldError (missing) and ApiError NOT_FOUND."""
    left, right = call.query["left"], call.query["right"]
    found = compared(_either(call, left), _either(call, right), call.secrets)
    return Reply({"left": left, "right": right, **found.to_json()})


def _named(call: AdminCall, name: str) -> Snapshot:
    found = call.context.snapshots.get(name)
    if found is None:
        raise not_found("snapshot", name)
    return found


def _either(call: AdminCall, text: str) -> Snapshot:
    kind, _, name = text.partition(":")
    return _named(call, name) if kind == "snapshot" else take(name, call.context.engine.worlds.get(name))


def _begun(call: AdminCall, name: str, snapshot: Snapshot) -> World:
    """A world nobody knows of yet that goes on from a snapshot."""
    worlds = call.context.engine.worlds
    scenario = worlds.scenarios.get(snapshot.scenario)
    world = World.begin(
        name, scenario, seed=snapshot.seed, clock=Clock(snapshot.clock), webhook_config=worlds.webhook_config
    )
    restore(world, snapshot)
    return world


def _shown(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "name": snapshot.name,
        "world": snapshot.world,
        "scenario": snapshot.scenario,
        "seed": snapshot.seed,
        "taken": to_text(snapshot.taken),
    }


HANDLERS: Mapping[str, Handler] = {
    "listSnapshots": list_snapshots,
    "createSnapshot": create_snapshot,
    "getSnapshot": get_snapshot,
    "deleteSnapshot": delete_snapshot,
    "exportSnapshot": export_snapshot,
    "importSnapshot": import_snapshot,
    "restoreWorld": restore_world,
    "forkWorld": fork_world,
    "compare": compare,
}
