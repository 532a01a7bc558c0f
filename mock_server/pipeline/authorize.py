"""Step: whether the principal's roles allow the operation."""

from __future__ import annotations

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.pipeline.exchange import Exchange


def authorize(exchange: Exchange) -> None:
    """Compare roles. Which records may be touched is the scope's matter. Raises ApiError FORBIDDEN."""
    principal = exchange.principal
    if principal is not None and not all(principal.has(role) for role in exchange.roles):
        raise ApiError(ErrorCode.FORBIDDEN)
