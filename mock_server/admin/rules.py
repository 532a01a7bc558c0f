"""Fault rules and overrides of a world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mock_server.admin.call import AdminCall, Handler, listed
from mock_server.contract.operation import Operation
from mock_server.errors.api_error import ApiError, ErrorCode, not_found
from mock_server.errors.dialect import error_statuses
from mock_server.faults.errors import Status
from mock_server.faults.rules import FaultRule, FaultRules, parse_rule
from mock_server.handlers.registry import Reply
from mock_server.overrides.preference import ResponsePreference
from mock_server.overrides.rules import UNLIMITED, Override, OverrideRules, parse_override
from mock_server.pipeline.documented import documented_statuses
from mock_server.pipeline.mounted_contracts import MountedContract
from mock_server.similarity import closest
from mock_server.when import When, ambiguity


def list_faults(call: AdminCall) -> Reply:
    """Every rule with its counts."""
    rules = call.world.faults
    return listed(_rule_document(rule, rules) for rule in rules.list())


def create_fault(call: AdminCall) -> Reply:
    """Add a rule behind the others.

    Raises RuleConflictError, and ApiError CONFLICT for a rule that can never have an effect.
    """
    rules = call.world.faults
    rule = parse_rule(_without(call, "seen"))
    _check_effective(call, rule)
    return Reply(_rule_document(rules.add(rule), rules))


def get_fault(call: AdminCall) -> Reply:
    """One rule. Raises ApiError NOT_FOUND."""
    rules, name = call.world.faults, call.path["fault"]
    rule = rules.get(name)
    if rule is None:
        raise not_found("fault rule", name)
    return Reply(_rule_document(rule, rules))


def delete_fault(call: AdminCall) -> Reply:
    """Remove a rule. Raises ApiError NOT_FOUND."""
    if not call.world.faults.remove(call.path["fault"]):
        raise not_found("fault rule", call.path["fault"])
    return Reply()


def list_overrides(call: AdminCall) -> Reply:
    """Every override that is not used up."""
    rules = call.world.overrides
    return listed(_override_document(override, rules) for override in rules.list())


def create_override(call: AdminCall) -> Reply:
    """Add an override behind the others.

    Raises OverrideConflictError, and ApiError CONFLICT for one that no operation can fulfil.
    """
    rules = call.world.overrides
    override = parse_override(_without(call, "left"))
    _check_effective(call, override)
    return Reply(_override_document(rules.add(override), rules))


def get_override(call: AdminCall) -> Reply:
    """One override. Raises ApiError NOT_FOUND."""
    rules, name = call.world.overrides, call.path["override"]
    override = rules.get(name)
    if override is None:
        raise not_found("override", name)
    return Reply(_override_document(override, rules))


def delete_override(call: AdminCall) -> Reply:
    """Remove an override. Raises ApiError NOT_FOUND."""
    if not call.world.overrides.remove(call.path["override"]):
        raise not_found("override", call.path["override"])
    return Reply()


def why_ineffective(rule: FaultRule | Override, contracts: Mapping[str, MountedContract]) -> str | None:
    """Why a rule or override can never have an effect in these contracts, with what is possible instead; None
    where it can have one."""
    preference = ResponsePreference()
    if isinstance(rule, Override):
        preference = rule.preference
    elif isinstance(rule.fault, Status):
        preference = ResponsePreference(rule.fault.code, rule.fault.example)
    return _why(rule.when, preference, contracts)


def _without(call: AdminCall, member: str) -> dict[str, Any]:
    """The body without a member that only replies have, so that a reply can be sent back unchanged."""
    return {name: value for name, value in call.body.items() if name != member}


def _check_effective(call: AdminCall, rule: FaultRule | Override) -> None:
    reason = why_ineffective(rule, call.contracts)
    if reason is not None:
        raise ApiError(ErrorCode.CONFLICT, message=reason)


def _rule_document(rule: FaultRule, rules: FaultRules) -> dict[str, Any]:
    seen = rules.seen(rule.id)
    return {**rule.to_json(), "seen": {"calls": seen.calls, "hits": seen.hits}}


def _override_document(override: Override, rules: OverrideRules) -> dict[str, Any]:
    left = rules.left(override.id)
    return {**override.to_json(), "left": UNLIMITED if left is None else left}


def _why(when: When, preference: ResponsePreference, contracts: Mapping[str, MountedContract]) -> str | None:
    if when.contract is not None and when.contract not in contracts:
        return f"no contract {when.contract!r} is served; allowed: {_joined(contracts)}"
    searched = [mounted for name, mounted in contracts.items() if when.contract in {None, name}]
    known = [candidate for mounted in searched for candidate in mounted.contract.operations.values()]
    chosen = [candidate for candidate in known if when.operation is None or when.names(candidate)]
    if not chosen:
        place = f"in {when.contract}" if when.contract else "in any contract"
        suggestion = _suggestion(when.operation or "", known, in_one_contract=bool(when.contract))
        return f"no operation {when.operation!r} {place}; {suggestion}"
    if when.operation is not None:
        reason = ambiguity(when.operation, (candidate.contract for candidate in chosen))
        if reason is not None:
            return reason
    if any(_grants(preference, candidate, contracts) for candidate in chosen):
        return None
    if when.operation is None:
        codes = sorted({code for candidate in chosen for code in candidate.responses})
        return f"no operation documents {preference.preferences()}; documented are: {_joined(codes)}"
    return f"{when.operation} does not document {preference.preferences()}; {_documented(chosen)}"


def _grants(
    preference: ResponsePreference, operation: Operation, contracts: Mapping[str, MountedContract]
) -> bool:
    dialect = contracts[operation.contract].dialect
    return preference.granted(operation) or preference.granted(operation, error_statuses(dialect, operation))


def _suggestion(name: str, known: Sequence[Operation], *, in_one_contract: bool) -> str:
    """Which operation may have been meant, in words. Of several contracts only similar names are listed, as
    all of them together are too many to read."""
    names = [operation.id for operation in known]
    similar = closest(name, names)
    if in_one_contract:
        if not similar:
            return f"allowed: {_joined(names)}"
        others = _joined([*similar[1:], *(other for other in names if other not in similar)])
        return f"did you mean {similar[0]}? There are also: {others}"
    if similar:
        return f"did you mean {' or '.join(similar)}?"
    contracts = _joined(operation.contract for operation in known)
    return f"name the contract too to get a list of its operations; allowed: {contracts}"


def _documented(operations: Iterable[Operation]) -> str:
    """What these operations document, in words."""
    examples: dict[str, list[str]] = {}
    for operation in operations:
        for status, names in documented_statuses(operation).items():
            examples.setdefault(status, []).extend(names)
    statuses = (
        f"{status} ({', '.join(dict.fromkeys(names))})" if names else status
        for status, names in examples.items()
    )
    return f"it documents: {_joined(statuses)}"


def _joined(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names)) or "none"


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
