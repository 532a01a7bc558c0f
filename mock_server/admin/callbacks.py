"""Where a world's transitions are told, and what became of what was."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.admin.call import AdminCall, Handler
from mock_server.admin.listing import listed
from mock_server.errors.api_error import not_found
from mock_server.handlers.registry import Reply


def get_callbacks(call: AdminCall) -> Reply:
    """Where they go, without the secret. Raises WorldError (missing), as all do, and ApiError NOT_FOUND while
    they are off."""
    shown = call.world.webhooks.to_json()
    if shown is None:
        raise not_found("callbacks of", call.path["world"])
    return Reply(shown)


def set_callbacks(call: AdminCall) -> Reply:
    """On, from now on. Raises TargetError for an address, a secret or events that cannot be."""
    callbacks, sent = call.world.webhooks, call.body
    target = call.context.engine.worlds.webhook_config.target(sent["url"], sent["secret"], sent.get("events"))
    callbacks.set(target)
    return Reply(target.to_json())


def delete_callbacks(call: AdminCall) -> Reply:
    """Off. Raises ApiError NOT_FOUND while they are."""
    callbacks = call.world.webhooks
    if callbacks.target is None:
        raise not_found("callbacks of", call.path["world"])
    callbacks.set(None)
    return Reply()


def list_deliveries(call: AdminCall) -> Reply:
    """What was sent and what waits, in the order of the events."""
    return listed(one.to_json() for one in call.world.webhooks.deliveries())


HANDLERS: Mapping[str, Handler] = {
    "getCallbacks": get_callbacks,
    "setCallbacks": set_callbacks,
    "deleteCallbacks": delete_callbacks,
    "listDeliveries": list_deliveries,
}
