"""From what the parts of the mock refuse to what the admin API answers."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.errors.problem import ApiError, Kind
from mock_server.worlds.worlds import WorldError

_WORLDS: Mapping[str, Kind] = {
    "name": Kind.INVALID,
    "full": Kind.CONFLICT,
    "taken": Kind.CONFLICT,
    "kept": Kind.CONFLICT,
    "missing": Kind.NOT_FOUND,
}


def refusal(error: Exception) -> ApiError | None:
    """What to answer when this was raised; None for a bug."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, WorldError):
        return ApiError(_WORLDS[error.fault], message=error.message)
    return None
