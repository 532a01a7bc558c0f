"""Turns the errors of the mock's parts into refusals of the admin API."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.behaviours.policy import PolicyError
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid
from mock_server.faults.rules import RuleConflictError
from mock_server.json_pointer import tokens
from mock_server.object_reader import MemberError
from mock_server.overrides.rules import OverrideConflictError
from mock_server.scenarios.scenario import ScenarioError
from mock_server.snapshots.parse import SnapshotError
from mock_server.snapshots.snapshot_store import SnapshotStoreFullError
from mock_server.store.protocol import StoreFullError
from mock_server.webhooks.target import TargetError
from mock_server.worlds.worlds import WorldError

_CONFLICTS = (
    TargetError,
    OverrideConflictError,
    PolicyError,
    RuleConflictError,
    ScenarioError,
    SnapshotStoreFullError,
    SnapshotError,
    StoreFullError,
)
"""Errors for a valid request that the present state does not allow."""

_WORLDS: Mapping[str, ErrorCode] = {
    "name": ErrorCode.INVALID,
    "full": ErrorCode.CONFLICT,
    "taken": ErrorCode.CONFLICT,
    "kept": ErrorCode.CONFLICT,
    "missing": ErrorCode.NOT_FOUND,
}


def refusal(error: Exception) -> ApiError | None:
    """The refusal to answer with when this was raised; None for a bug."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, WorldError):
        return ApiError(_WORLDS[error.reason], message=error.message)
    if isinstance(error, MemberError):
        return invalid(Violation("body", tuple(tokens(error.place)), "value", message=error.message))
    if isinstance(error, _CONFLICTS):
        return ApiError(ErrorCode.CONFLICT, message=str(error))
    return None
