"""HydraCore's handlers: fetching the credentials of granted connections, and granting them to instances."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.behaviours.listing import sort_records
from mock_server.clock import to_rfc3339
from mock_server.errors.api_error import ApiError, ErrorCode, not_found
from mock_server.handlers.registry import Call, Registry, Reply
from mock_server.handlers.resource import create
from mock_server.handlers.scope import locate
from mock_server.store.protocol import Record


def register(registry: Registry) -> None:
    """Register the handlers."""
    registry.handles("hydracore", "fetchConnectionCredentials")(fetch)
    registry.handles("hydracore", "createGrant")(grant)


def fetch(call: Call) -> Reply:
    """Return credentials and capabilities of the oldest granted connection that matches (H16 to H22).

    Raises ApiError: NOT_FOUND without a grant, FORBIDDEN for a capability that is not granted.
    """
    connections = call.collection
    granted = dict(_granted(call))
    matching = [
        connection
        for connection, _ in granted.values()
        if connection["provider"] == call.query["provider"]
        and connection["name"] == call.query.get("name", connection["name"])
    ]
    if not matching:
        raise not_found(connections.called, call.query["provider"])
    connection = sort_records(matching, "created_at", connections)[0]
    capabilities = granted[key_of(connection, connections)][1]["capabilities"]
    if "capability" in call.query and call.query["capability"] not in capabilities:
        raise ApiError(ErrorCode.FORBIDDEN, message="Capability not granted")
    used = {**connection, "last_used_at": to_rfc3339(call.now)}
    call.state.put(connections.storage, key_of(used, connections), used)
    return Reply({"credentials": connection["credentials"], "capabilities": capabilities})


def grant(call: Call) -> Reply:
    """Create a grant for an instance of the same tenant.

    Raises ApiError (NOT_FOUND) for any other instance, which does not exist for the caller (H14).
    """
    customers, instances = call.behaviours.collections["customers"], call.behaviours.collections["instances"]
    instance_id = call.body["instance_id"]
    instance = call.state.get(instances.storage, canonical_key(instance_id, instances))
    owner = call.state.get(customers.storage, instance["customer_id"]) if instance else None
    if owner is None or owner["tenant_id"] != locate(call)["customers"]["tenant_id"]:
        raise not_found(instances.called, instance_id)
    return create(call)


def _granted(call: Call) -> Iterator[tuple[str, tuple[Record, Record]]]:
    """Connection id → connection and grant, for the connections granted to the instance in the path."""
    grants, connections = call.behaviours.collections["grants"], call.collection
    instance = locate(call)["instances"]["id"]
    for grant in call.state.find(grants.storage, {"instance_id": instance}):
        connection = call.state.get(connections.storage, grant["connection_id"])
        if connection is not None:
            yield grant["connection_id"], (connection, grant)
