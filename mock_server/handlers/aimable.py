"""Aimable's handlers: the set-up of providers by their own config_schema, and browsing a provider's items.

The contract of the platform's earlier documentation (fastapi_platform) uses the same provider records.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from mock_server.behaviours.keys import key_of
from mock_server.behaviours.timestamps import stamp_updated
from mock_server.contract.patterns import BOUNDED
from mock_server.contract.validation import Check
from mock_server.errors.api_error import invalid, not_found
from mock_server.handlers.registry import Call, Registry, Reply
from mock_server.handlers.resource import show
from mock_server.handlers.scope import locate, target
from mock_server.store.protocol import Record


def register(registry: Registry) -> None:
    """Register the handlers of both contracts."""
    registry.handles("aimable", "setupConnectorProvider")(set_up_by_schema)
    registry.handles("fastapi_platform", "setupConnectorProvider")(set_up)
    registry.handles("aimable", "resetConnectorProvider")(reset)
    registry.handles("fastapi_platform", "resetConnectorProvider")(reset)
    registry.handles("aimable", "browseCollectionConnector")(browse)


def set_up_by_schema(call: Call) -> Reply:
    """Set a provider up with all members of its config_schema (A9). Raises ApiError (INVALID)."""
    check_configuration(call.body, target(call)["config_schema"])
    return set_up(call)


def set_up(call: Call) -> Reply:
    """Store any configuration; the last one counts (A10, F5)."""
    return _written(call, {**target(call), "config": call.body, "setup_complete": True})


def reset(call: Call) -> Reply:
    """Delete the configuration; a provider without one does not change (A10)."""
    provider = target(call)
    if not provider["setup_complete"]:
        return Reply(show(call, provider))
    remaining = {member: value for member, value in provider.items() if member != "config"}
    return _written(call, {**remaining, "setup_complete": False})


def browse(call: Call) -> Reply:
    """List one level of the provider's tree of items (A30, A37). Raises ApiError (NOT_FOUND)."""
    provider = locate(call)["connectors"]["provider_slug"]
    parent, items = call.query.get("parent_id"), call.collection
    if parent is not None:
        # An item of another provider does not exist for this connector.
        item = call.state.get(items.storage, parent)
        if item is None or item["provider_slug"] != provider:
            raise not_found(items.called, parent)
    level = call.state.find(items.storage, {"provider_slug": provider, "parent_id": parent})
    return Reply([show(call, item) for item in level])


def _written(call: Call, provider: Record) -> Reply:
    collection = call.collection
    stamped = {**provider, **stamp_updated(provider, collection, call.now)}
    call.state.put(collection.storage, key_of(stamped, collection), stamped)
    return Reply(show(call, stamped))


def check_configuration(body: Any, properties: Mapping[str, Any]) -> None:
    """Check that a configuration has every member of its schema; additional members are allowed.

    properties: member → schema of its value. Raises ApiError (INVALID) with every missing or invalid member.
    """
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    compiled = cache(lambda: Draft202012Validator(schema, pattern_options=BOUNDED))
    violations = Check(compiled, schema, {}).violations(body, where="body")
    if violations:
        raise invalid(*violations)
