"""Saved worlds: taken, restored, forked, exported, imported, compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_server.admin.call import AdminCall, Handler, listed
from mock_server.admin.worlds import world_document
from mock_server.clock import Clock
from mock_server.contract.json_text import loads
from mock_server.errors.api_error import ApiError, ErrorCode, not_found
from mock_server.handlers.registry import Reply
from mock_server.snapshots.comparison import compare as compare_snapshots
from mock_server.snapshots.parse import LoadedContracts, parse_document
from mock_server.snapshots.serialize import serialize
from mock_server.snapshots.snapshot import Snapshot, restore, take, to_text
from mock_server.worlds.world import World
from mock_server.worlds.worlds import WorldError


def list_snapshots(call: AdminCall) -> Reply:
    """Every snapshot, without its content."""
    return listed(map(_document, call.context.snapshots.list()))


def create_snapshot(call: AdminCall) -> Reply:
    """Save a world as it is now, under a new name.

    Raises ShelfFullError, and ApiError CONFLICT for a name that is taken or a world that does not exist.
    """
    name, snapshots = call.body["name"], call.context.snapshots
    if snapshots.get(name) is not None:
        raise ApiError(ErrorCode.CONFLICT, message=f"There is already a snapshot called {name!r}.")
    try:
        world = call.worlds.get(call.body["world"])
    except WorldError as error:
        raise ApiError(ErrorCode.CONFLICT, message=error.message) from None
    snapshot = take(name, world)
    snapshots.put(snapshot)
    return Reply(_document(snapshot))


def get_snapshot(call: AdminCall) -> Reply:
    """One snapshot, without its content. Raises ApiError NOT_FOUND."""
    return Reply(_document(_existing(call, call.path["snapshot"])))


def delete_snapshot(call: AdminCall) -> Reply:
    """Delete a snapshot. Raises ApiError NOT_FOUND."""
    if not call.context.snapshots.delete(call.path["snapshot"]):
        raise not_found("snapshot", call.path["snapshot"])
    return Reply()


def export_snapshot(call: AdminCall) -> Reply:
    """The whole snapshot, in the form of a snapshot file. Raises ApiError NOT_FOUND."""
    snapshot = _existing(call, call.path["snapshot"])
    text = serialize(snapshot, None if call.query["secrets"] else call.secrets)
    return Reply(loads(text.encode()), literal=True, written=text)


def import_snapshot(call: AdminCall) -> Reply:
    """Save an exported snapshot under the name in the path. Raises SnapshotError and ShelfFullError."""
    loaded = LoadedContracts.of(call.contracts, call.worlds.scenarios)
    snapshot = replace(parse_document(call.body, loaded), name=call.path["snapshot"])
    is_replaced = call.context.snapshots.put(snapshot)
    return Reply(_document(snapshot), status=200 if is_replaced else 201)


def restore_world(call: AdminCall) -> Reply:
    """Return the world to a snapshot. Raises WorldError (missing), ScenarioError, and ApiError CONFLICT for a
    snapshot that does not exist."""
    name, world = call.body["snapshot"], call.world
    snapshot = call.context.snapshots.get(name)
    if snapshot is None:
        raise ApiError(ErrorCode.CONFLICT, message=f"There is no snapshot called {name!r}.")
    return Reply(world_document(call.worlds.replace(_world_from(snapshot, call, name=world.name))))


def fork_world(call: AdminCall) -> Reply:
    """Create a world that is as this one is now. Raises WorldError (missing, taken, full)."""
    copy = take("fork", call.world)
    return Reply(world_document(call.worlds.add(_world_from(copy, call, name=call.body["name"]))))


def compare(call: AdminCall) -> Reply:
    """The differences between two worlds or snapshots. Raises WorldError (missing) and ApiError NOT_FOUND."""
    left, right = call.query["left"], call.query["right"]
    comparison = compare_snapshots(
        _world_or_snapshot(call, left), _world_or_snapshot(call, right), call.secrets
    )
    return Reply({"left": left, "right": right, **comparison.to_json()})


def _existing(call: AdminCall, name: str) -> Snapshot:
    snapshot = call.context.snapshots.get(name)
    if snapshot is None:
        raise not_found("snapshot", name)
    return snapshot


def _world_or_snapshot(call: AdminCall, reference: str) -> Snapshot:
    """reference: "world:<name>" or "snapshot:<name>"."""
    source, _, name = reference.partition(":")
    return _existing(call, name) if source == "snapshot" else take(name, call.worlds.get(name))


def _world_from(snapshot: Snapshot, call: AdminCall, *, name: str) -> World:
    """A world that continues from a snapshot; it is not among the server's worlds yet."""
    worlds = call.worlds
    world = World.begin(
        name,
        worlds.scenarios.get(snapshot.scenario),
        seed=snapshot.seed,
        clock=Clock(snapshot.clock),
        webhook_config=worlds.webhook_config,
        journal=worlds.journals.new(),
    )
    restore(world, snapshot)
    return world


def _document(snapshot: Snapshot) -> dict[str, Any]:
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
