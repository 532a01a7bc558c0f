"""Fault rules and overrides of a world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.admin.call import AdminCall, Handler
from mock_server.admin.listing import listed
from mock_server.errors.api_error import ApiError, ErrorCode, not_found
from mock_server.faults.rule import FaultRule, parse_rule
from mock_server.faults.rules import FaultRules
from mock_server.handlers.registry import Reply
from mock_server.overrides.override import Override, parse_override
from mock_server.overrides.rules import OverrideRules
from mock_server.pipeline.possible import why_impossible


def list_faults(call: AdminCall) -> Reply:
    """Every rule with what it has seen."""
    book = call.world.faults
    return listed(_rule_shown(rule, book) for rule in book.list())


def create_fault(call: AdminCall) -> Reply:
    """A rule behind the others. Raises RuleConflictError, and ApiError CONFLICT for one that can never
    strike."""
    book = call.world.faults
    rule = parse_rule(_sent(call, "seen"))
    _check_possible(call, rule)
    return Reply(_rule_shown(book.add(rule), book))


def get_fault(call: AdminCall) -> Reply:
    """One rule. Raises ApiError NOT_FOUND."""
    book, name = call.world.faults, call.path["fault"]
    rule = book.get(name)
    if rule is None:
        raise not_found("fault rule", name)
    return Reply(_rule_shown(rule, book))


def delete_fault(call: AdminCall) -> Reply:
    """No such rule any more. Raises ApiError NOT_FOUND."""
    if not call.world.faults.remove(call.path["fault"]):
        raise not_found("fault rule", call.path["fault"])
    return Reply()


def list_overrides(call: AdminCall) -> Reply:
    """Every override that is not used up."""
    book = call.world.overrides
    return listed(_override_shown(override, book) for override in book.list())


def create_override(call: AdminCall) -> Reply:
    """An override behind the others. Raises OverrideConflictError, and ApiError CONFLICT for one that no
    operation can grant."""
    book = call.world.overrides
    override = parse_override(_sent(call, "left"))
    _check_possible(call, override)
    return Reply(_override_shown(book.add(override), book))


def get_override(call: AdminCall) -> Reply:
    """One override. Raises ApiError NOT_FOUND."""
    book, name = call.world.overrides, call.path["override"]
    override = book.get(name)
    if override is None:
        raise not_found("override", name)
    return Reply(_override_shown(override, book))


def delete_override(call: AdminCall) -> Reply:
    """No such override any more. Raises ApiError NOT_FOUND."""
    if not call.world.overrides.remove(call.path["override"]):
        raise not_found("override", call.path["override"])
    return Reply()


def _sent(call: AdminCall, shown_only: str) -> dict[str, Any]:
    """The body without the member that only replies have: a reply can be sent back as it is."""
    return {name: value for name, value in call.body.items() if name != shown_only}


def _check_possible(call: AdminCall, asked: FaultRule | Override) -> None:
    why = why_impossible(asked, call.context.engine.context.contracts)
    if why is not None:
        raise ApiError(ErrorCode.CONFLICT, message=why)


def _rule_shown(rule: FaultRule, book: FaultRules) -> dict[str, Any]:
    seen = book.seen(rule.id)
    return {**rule.to_json(), "seen": {"calls": seen.calls, "hits": seen.hits}}


def _override_shown(override: Override, book: OverrideRules) -> dict[str, Any]:
    return {**override.to_json(), "left": book.left(override.id)}


HANDLERS: Mapping[str, Handler] = {
    "listFaults": list_faults,
    "createFault": create_fault,
    "getFault": get_fault,
    "deleteFault": delete_fault,
    "listOverrides": list_overrides,
    "createOverride": create_override,
    "getOverride": get_override,
    "deleteOverride": delete_override,
}
