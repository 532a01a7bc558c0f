"""The clock of a world: frozen, set, scaled, advanced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.admin.call import AdminCall, Handler
from mock_server.clock import ClockState, from_rfc3339, to_rfc3339
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Reply

_END = datetime(3000, 1, 1, tzinfo=UTC)
"""A clock is not advanced beyond this, so that times computed from it are still valid dates."""


def get_clock(call: AdminCall) -> Reply:
    """The clock of the world."""
    return Reply(clock_document(call.world.clock.state))


def change_clock(call: AdminCall) -> Reply:
    """Change the members that were sent."""
    world, changes = call.world, dict(call.body)
    if "now" in changes:
        changes["now"] = from_rfc3339(changes["now"])
    world.clock.set(replace(world.clock.state, **changes))
    world.webhooks.recheck()
    return Reply(clock_document(world.clock.state))


def advance_clock(call: AdminCall) -> Reply:
    """Advance the clock by a number of seconds. Raises ApiError CONFLICT where it would pass its end."""
    world, duration = call.world, timedelta(seconds=call.body["seconds"])
    if world.clock.now() + duration > _END:
        raise ApiError(ErrorCode.CONFLICT, message="The clock ends with the year 2999; set it back first.")
    world.clock.advance(duration)
    world.webhooks.recheck()
    return Reply(clock_document(world.clock.state))


def clock_document(state: ClockState) -> dict[str, Any]:
    """A clock as the admin API shows it."""
    return {"mode": state.mode, "now": to_rfc3339(state.now), "scale": state.scale, "step": state.step}


HANDLERS: Mapping[str, Handler] = {
    "getClock": get_clock,
    "changeClock": change_clock,
    "advanceClock": advance_clock,
}
