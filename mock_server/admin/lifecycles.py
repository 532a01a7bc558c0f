"""How the records of a world move by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.admin.call import AdminCall, Handler
from mock_server.admin.listing import listed
from mock_server.admin.state import kept, opened
from mock_server.behaviours.declared import Collection, Lifecycle
from mock_server.behaviours.lifecycle import AS_DECLARED, replan
from mock_server.behaviours.policy import Policy
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Reply
from mock_server.worlds.world import World


def list_lifecycles(call: AdminCall) -> Reply:
    """Every lifecycle of every contract."""
    world, contracts = call.world, call.context.engine.context.contracts
    return listed(
        _shown(name, collection, collection.lifecycle, world)
        for name, mounted in contracts.items()
        for collection in mounted.behaviours.collections.values()
        if collection.lifecycle is not None
    )


def get_lifecycle(call: AdminCall) -> Reply:
    """One lifecycle. Raises ApiError NOT_FOUND, as the others do."""
    world, collection = call.world, kept(call)
    return Reply(_shown(call.path["contract"], collection, _moving(call, collection), world))


def set_lifecycle(call: AdminCall) -> Reply:
    """Another policy, which records on their way follow too. Raises PolicyError."""
    collection = kept(call)
    return _set(call, Policy.read(call.body, _moving(call, collection)))


def reset_lifecycle(call: AdminCall) -> Reply:
    """As declared again, for records on their way too."""
    return _set(call, None)


def _set(call: AdminCall, policy: Policy | None) -> Reply:
    """policy: None for what is declared."""
    collection = kept(call)
    lifecycle = _moving(call, collection)
    with opened(call) as at:
        if policy is None:
            at.world.policies.pop(collection.storage, None)
        else:
            at.world.policies[collection.storage] = policy
        replan(at.state, collection, policy=policy or AS_DECLARED, rng=at.world.rng, now=at.now)
    return Reply(_shown(call.path["contract"], collection, lifecycle, at.world))


def _moving(call: AdminCall, collection: Collection) -> Lifecycle:
    if collection.lifecycle is None:
        message = (
            f"The records of {call.path['collection']} do not move by themselves: they have no lifecycle."
        )
        raise ApiError(ErrorCode.NOT_FOUND, message=message)
    return collection.lifecycle


def _shown(contract: str, collection: Collection, lifecycle: Lifecycle, world: World) -> dict[str, Any]:
    policy = world.policies.get(collection.storage)
    return {
        "contract": contract,
        "collection": collection.name,
        "member": lifecycle.member,
        "running": lifecycle.running,
        "outcomes": list(lifecycle.outcomes),
        "fails": lifecycle.fails,
        "stops": list(lifecycle.stops),
        "policy": (policy or AS_DECLARED).to_json(),
        "declared": policy is None,
    }


HANDLERS: Mapping[str, Handler] = {
    "listLifecycles": list_lifecycles,
    "getLifecycle": get_lifecycle,
    "setLifecycle": set_lifecycle,
    "resetLifecycle": reset_lifecycle,
}
