"""Where a world's callbacks are sent, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.admin.call import AdminCall, Handler, listed
from mock_server.errors.api_error import not_found
from mock_server.handlers.registry import Reply


def get_callbacks(call: AdminCall) -> Reply:
    """The target without its secret.

    Raises ApiError NOT_FOUND while there is none, and WorldError (missing), as all of these handlers do.
    """
    target = call.world.webhooks.to_json()
    if target is None:
        raise not_found("callbacks of", call.path["world"])
    return Reply(target)


def set_callbacks(call: AdminCall) -> Reply:
    """Send callbacks from now on. Raises TargetError for an address, secret or events not allowed."""
    webhooks, sent = call.world.webhooks, call.body
    target = call.worlds.webhook_config.target(sent["url"], sent["secret"], sent.get("events"))
    webhooks.set(target)
    return Reply(target.to_json())


def delete_callbacks(call: AdminCall) -> Reply:
    """Send no callbacks any more. Raises ApiError NOT_FOUND where none are sent."""
    webhooks = call.world.webhooks
    if webhooks.target is None:
        raise not_found("callbacks of", call.path["world"])
    webhooks.set(None)
    return Reply()


def list_deliveries(call: AdminCall) -> Reply:
    """The deliveries, sent and pending, in the order of their events."""
    return listed(delivery.to_json() for delivery in call.world.webhooks.deliveries())


HANDLERS: Mapping[str, Handler] = {
    "getCallbacks": get_callbacks,
    "setCallbacks": set_callbacks,
    "deleteCallbacks": delete_callbacks,
    "listDeliveries": list_deliveries,
}
