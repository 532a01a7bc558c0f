"""What a world can begin with."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.admin.call import AdminCall, Handler
from mock_server.admin.listing import listed
from mock_server.handlers.registry import Reply


def list_scenarios(call: AdminCall) -> Reply:
    """Every scenario with its line for people. Raises ScenarioError for a file that cannot be read."""
    known = call.context.engine.worlds.scenarios.known()
    return listed({"name": name, "about": about} for name, about in known)


HANDLERS: Mapping[str, Handler] = {"listScenarios": list_scenarios}
