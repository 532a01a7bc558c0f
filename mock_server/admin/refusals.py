"""From what the parts of the mock refuse to what the admin API answers."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.behaviours.policy import PolicyError
from mock_server.callbacks.target import CallbackError
from mock_server.errors.problem import ApiError, Kind
from mock_server.faults.book import RuleConflict
from mock_server.members import MemberError
from mock_server.overrides.book import OverrideConflict
from mock_server.scenarios.scenario import ScenarioError
from mock_server.snapshots.reading import SnapshotError
from mock_server.snapshots.shelf import ShelfFullError
from mock_server.worlds.worlds import WorldError

_CONFLICTS = (
    CallbackError,
    MemberError,
    OverrideConflict,
    PolicyError,
    RuleConflict,
    ScenarioError,
    ShelfFullError,
    SnapshotError,
)
"""Well said, and impossible as things stand."""

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
    if isinstance(error, _CONFLICTS):
        return ApiError(Kind.CONFLICT, message=str(error))
    return None
