"""Patchworks' handlers: connectors are written together with their variables, tested and destroyed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from mock_server.behaviours.keys import key_of, new_key
from mock_server.behaviours.timestamps import stamp_created, stamp_updated
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid
from mock_server.handlers.registry import Call, Registry, Reply
from mock_server.handlers.resource import add, change, remove, show, stored_members
from mock_server.handlers.scope import target
from mock_server.store.protocol import Record

_NEW_VARIABLE: Mapping[str, Any] = {"value": None, "secret": False, "locked": False}
_NEW_PIVOT: Mapping[str, Any] = {"alias": None, "configurable": False, "required": False, "advanced": False}


def register(registry: Registry) -> None:
    """Register the handlers."""
    registry.handles("patchworks", "storeConnector")(store)
    registry.handles("patchworks", "updateConnector")(update)
    registry.handles("patchworks", "destroyConnector")(destroy)
    registry.handles("patchworks", "testConnector")(test)


def store(call: Call) -> Reply:
    """Create a connector with its variables (P10, P11, P16)."""
    sent = _checked(call)
    variables = sent.pop("variables", None) or ()
    connector = add(call, sent)
    if variables:
        _write_variables(call, connector, variables)
    return Reply(show(call, connector))


def update(call: Call) -> Reply:
    """Change a connector; variables with an id are changed, others added (P17)."""
    sent = _checked(call)
    variables = sent.pop("variables", None) or ()
    if variables:
        _write_variables(call, target(call), variables)
    return Reply(show(call, change(call, sent)))


def destroy(call: Call) -> Reply:
    """Delete a connector. Raises ApiError (CONFLICT) if a process flow uses it (P19)."""
    connector = target(call)
    if connector.get("in_use"):
        raise ApiError(ErrorCode.CONFLICT, message="The connector is used by a process flow.")
    remove(call.state, call.behaviours, call.collection, connector)
    return Reply()


def test(call: Call) -> Reply:
    """Report a successful test, with an empty reply (P20)."""
    target(call)
    return Reply()


def _checked(call: Call) -> dict[str, Any]:
    """The members sent. Raises ApiError (INVALID) for an unknown time zone."""
    sent = stored_members(call)
    zone = sent.get("timezone")
    if zone is not None and zone not in _zones():
        message = "The timezone field must be a valid timezone."
        raise invalid(Violation("body", ("timezone",), "value", given=zone, message=message))
    return sent


@cache
def _zones() -> frozenset[str]:
    # Loaded and cached when first needed: available_timezones() walks the time zone database on disk.
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def _write_variables(call: Call, connector: Record, sent: Iterable[Mapping[str, Any]]) -> None:
    collection = call.behaviours.collections["variables"]
    own = {
        key_of(variable, collection): variable
        for variable in call.state.find(collection.storage, {"connector_id": connector["id"]})
    }
    # The writes before an unknown id are harmless: the error rolls the transaction back.
    unknown = []
    for number, variable in enumerate(sent):
        if "id" in variable and str(variable["id"]) not in own:
            message = f"The selected variables.{number}.id is invalid."
            place = ("variables", number, "id")
            unknown.append(Violation("body", place, "value", given=variable["id"], message=message))
            continue
        written = _variable(call, connector, variable, own.get(str(variable.get("id"))))
        call.state.put(collection.storage, key_of(written, collection), written)
    if unknown:
        raise invalid(*unknown)


def _variable(
    call: Call, connector: Record, sent: Mapping[str, Any], before: Record | None
) -> dict[str, Any]:
    """The variable after this call, new or changed; members that are not sent stay."""
    collection = call.behaviours.collections["variables"]
    members = {name: value for name, value in sent.items() if name not in {"id", "pivot"}}
    pivot = sent.get("pivot") or {}
    if before is not None:
        stamp = stamp_updated(before, collection, call.now)
        return {**before, **members, "pivot": {**before["pivot"], **pivot}, **stamp}
    return {
        "id": new_key(call.state, call.rng, collection),
        "connector_id": connector["id"],
        **_NEW_VARIABLE,
        **members,
        "pivot": {**_NEW_PIVOT, **pivot},
        **stamp_created(collection, call.now),
    }
