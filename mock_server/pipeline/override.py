"""Step: a client's wish, of this request or armed before, comes before everything the platform would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_server.messages import Response
from mock_server.overrides.prefer_header import PreferError, read_prefer
from mock_server.overrides.preference import ResponsePreference
from mock_server.pipeline.documented import documented, impossible
from mock_server.pipeline.exchange import Exchange


@dataclass(frozen=True, slots=True)
class AppliedOverride:
    """A wish on its way to being fulfilled. override: the id of the one that was armed, None for the
    request's own Prefer header."""

    preference: ResponsePreference
    override: str | None

    def to_json(self) -> dict[str, Any]:
        """What a record of the exchange says of it."""
        told = {
            "override": self.override,
            "code": self.preference.code,
            "example": self.preference.example,
            "wait": self.preference.wait,
        }
        return {name: value for name, value in told.items() if value is not None}


def override(exchange: Exchange) -> Response | None:
    """The answer that is wished for; None where the operation is to be played, be it after a wait.

    The request's own Prefer header comes first and leaves what is armed for later. A wish the operation
    cannot grant is answered with what is possible.
    """
    if exchange.unrouted is not None:
        return None
    operation = exchange.route.plan.operation
    try:
        granted = _wish(exchange)
    except PreferError as error:
        return impossible(operation, str(error))
    if granted is None:
        return None
    preference = granted.preference
    if not preference.granted(operation):
        return impossible(operation, f"{operation.id} documents nothing for {preference.preferences()}.")
    exchange.override = granted
    status = preference.status(operation)
    if status is None:
        return None
    exchange.world.clock.tick()
    return documented(exchange.route, status, preference.example, rng=exchange.world.rng)


def _wish(exchange: Exchange) -> AppliedOverride | None:
    header = exchange.request.headers.get("prefer")
    preferred = read_prefer(header) if header else None
    if preferred is not None:
        return AppliedOverride(preferred, None)
    armed = exchange.world.overrides.take(exchange.route.plan.operation, exchange.request.method)
    return None if armed is None else AppliedOverride(armed.preference, armed.id)
