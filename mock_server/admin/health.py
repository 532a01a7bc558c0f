"""Whether the server answers, and its first state."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.admin.call import AdminCall, Handler
from mock_server.clock import to_rfc3339
from mock_server.handlers.registry import Reply
from mock_server.messages import DEFAULT_WORLD


def health(call: AdminCall) -> Reply:
    """That the server answers, what it plays, and what time its default world has."""
    engine = call.service.engine
    return Reply(
        {
            "status": "ok",
            "contracts": list(engine.parts.players),
            "now": to_rfc3339(engine.world().clock.now()),
        }
    )


def reset(call: AdminCall) -> Reply:
    """The default world as it began."""
    call.service.engine.worlds.reset(DEFAULT_WORLD)
    return Reply()


HANDLERS: Mapping[str, Handler] = {"getHealth": health, "reset": reset}
