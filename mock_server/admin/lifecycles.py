"""The lifecycles of a world: how its records change over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.admin.call import AdminCall, Handler, listed
from mock_server.admin.state import collection_in_path, open_state
from mock_server.behaviours.declared import Collection, Lifecycle
from mock_server.behaviours.lifecycle import DEFAULT_POLICY, reschedule
from mock_server.behaviours.policy import Policy
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Reply
from mock_server.worlds.world import World


def list_lifecycles(call: AdminCall) -> Reply:
    """Every lifecycle of every contract."""
    world = call.world
    return listed(
        _document(name, collection, collection.lifecycle, world)
        for name, mounted in call.contracts.items()
        for collection in mounted.behaviours.collections.values()
        if collection.lifecycle is not None
    )


def get_lifecycle(call: AdminCall) -> Reply:
    """One lifecycle. Raises ApiError NOT_FOUND, as the handlers below do."""
    world, collection = call.world, collection_in_path(call)
    return Reply(_document(call.path["contract"], collection, _lifecycle(call, collection), world))


def set_lifecycle(call: AdminCall) -> Reply:
    """Set a policy, also for records that are running already. Raises PolicyError."""
    collection = collection_in_path(call)
    return _set(call, Policy.read(call.body, _lifecycle(call, collection)))


def reset_lifecycle(call: AdminCall) -> Reply:
    """Return to the declared policy, also for records that are running already."""
    return _set(call, None)


def _set(call: AdminCall, policy: Policy | None) -> Reply:
    """policy: None for the declared one."""
    collection = collection_in_path(call)
    lifecycle = _lifecycle(call, collection)
    with open_state(call) as opened:
        world = opened.world
        if policy is None:
            world.policies.pop(collection.storage, None)
        else:
            world.policies[collection.storage] = policy
        reschedule(opened.state, collection, policy=policy or DEFAULT_POLICY, rng=world.rng, now=opened.now)
    return Reply(_document(call.path["contract"], collection, lifecycle, world))


def _lifecycle(call: AdminCall, collection: Collection) -> Lifecycle:
    """Raises ApiError NOT_FOUND for a collection that has none."""
    if collection.lifecycle is None:
        message = f"The collection {call.path['collection']} has no lifecycle."
        raise ApiError(ErrorCode.NOT_FOUND, message=message)
    return collection.lifecycle


def _document(contract: str, collection: Collection, lifecycle: Lifecycle, world: World) -> dict[str, Any]:
    policy = world.policies.get(collection.storage)
    return {
        "contract": contract,
        "collection": collection.name,
        "member": lifecycle.member,
        "running": lifecycle.running,
        "outcomes": list(lifecycle.outcomes),
        "fails": lifecycle.fails,
        "stops": list(lifecycle.stops),
        "policy": (policy or DEFAULT_POLICY).to_json(),
        "declared": policy is None,
    }


HANDLERS: Mapping[str, Handler] = {
    "listLifecycles": list_lifecycles,
    "getLifecycle": get_lifecycle,
    "setLifecycle": set_lifecycle,
    "resetLifecycle": reset_lifecycle,
}
