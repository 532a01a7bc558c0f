"""The parts of a scenario other than records: clock, principals, lifecycle policies, fault rules.

Each function merges the files of a scenario, the lowest layer first, and appends errors to `problems`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mock_server.behaviours.policy import Policy, PolicyError
from mock_server.clock import from_rfc3339
from mock_server.errors.startup import StartupError
from mock_server.faults.rules import MAX_RULES, FaultRule, parse_rule
from mock_server.object_reader import MemberError
from mock_server.principals import Principals, overlaid
from mock_server.scenarios.context import ScenarioContext
from mock_server.scenarios.files import Layer
from mock_server.scenarios.scenario import Start


def start_of(layers: Sequence[Layer], problems: list[str]) -> Start | None:
    """The initial clock; None where no layer sets it. Each member has the value of the highest layer that
    sets it."""
    clock_members: dict[str, Any] = {}
    for layer in layers:
        clock = dict(layer.document.get("clock", {}))
        try:
            if "now" in clock:
                clock["now"] = from_rfc3339(clock["now"])
        except ValueError:
            example = "an RFC 3339 time such as 2026-11-20T09:00:00Z"
            problems.append(f"{layer.path}: clock.now: {clock['now']!r} is not {example}")
        clock_members |= clock
    return Start(**clock_members) if clock_members else None


def principals_of(
    layers: Sequence[Layer], context: ScenarioContext, problems: list[str]
) -> dict[str, Principals]:
    """The principals, by name of the contract, of contracts for which a layer declares any."""
    merged: dict[str, Principals] = {}
    for layer in layers:
        for name, entries in layer.document.get("principals", {}).items():
            place = f"{layer.path}: principals.{name}"
            if name in context.contracts:
                below = merged.get(name, context.principals[name])
                try:
                    merged[name] = overlaid(below, entries, context.contracts[name], place=place)
                except StartupError as error:
                    problems += error.problems
            elif not context.is_elsewhere(name):
                problems.append(f"{place}: {context.no_contract(name)}")
    return merged


def policies_of(layers: Sequence[Layer], context: ScenarioContext, problems: list[str]) -> dict[str, Policy]:
    """The lifecycle policies, by storage name. The highest layer that sets one wins."""
    lifecycles = {
        name: collection.lifecycle
        for name, collection in context.collections.items()
        if collection.lifecycle is not None
    }
    policies: dict[str, Policy] = {}
    for layer in layers:
        for storage, document in layer.document.get("lifecycles", {}).items():
            place = f"{layer.path}: lifecycles.{storage}"
            if storage in lifecycles:
                try:
                    policies[storage] = Policy.read(document, lifecycles[storage])
                except (MemberError, PolicyError) as error:
                    problems.append(_problem(place, error))
            elif not context.is_elsewhere(storage):
                allowed = ", ".join(lifecycles) or "none"
                problems.append(f"{place}: must be a collection with a lifecycle (allowed: {allowed})")
    return policies


def rules_of(layers: Sequence[Layer], context: ScenarioContext, problems: list[str]) -> tuple[FaultRule, ...]:
    """All fault rules, those of the lowest layer first. A rule replaces a lower rule with the same id."""
    rules: dict[str, FaultRule] = {}
    for layer in layers:
        for index, document in enumerate(layer.document.get("faults", ())):
            place = f"{layer.path}: faults[{index}]"
            try:
                rule = parse_rule(document, id=f"{layer.document['scenario']}-{index + 1}")
            except MemberError as error:
                problems.append(_problem(place, error))
                continue
            contract = rule.when.contract
            if contract is not None and context.is_elsewhere(contract):
                continue
            problems += [f"{place}: {problem}" for problem in _misplaced(rule, context)]
            rules[rule.id] = rule
    if len(rules) > MAX_RULES:
        top = layers[-1].path
        problems.append(f"{top}: faults: must be at most {MAX_RULES} rules, with all layers: {len(rules)}")
    return tuple(rules.values())


def _problem(place: str, error: MemberError | PolicyError) -> str:
    """An error in one part of a file as a sentence. place: of the part; that of the error is inside it."""
    return f"{place}{error.place.replace('/', '.')}: {error.message}"


def _misplaced(rule: FaultRule, context: ScenarioContext) -> Iterator[str]:
    """The names in a rule that no contract has, and faults that no matching operation can produce."""
    contract, operation = rule.when.contract, rule.when.operation
    if contract is not None and contract not in context.contracts:
        yield f"when.contract: {context.no_contract(contract)}"
        return
    contracts = [context.contracts[contract]] if contract else list(context.contracts.values())
    known = [candidate for searched in contracts for candidate in searched.operations.values()]
    matching = [candidate for candidate in known if operation in {None, candidate.id}]
    if not matching:
        names = ", ".join(candidate.id for candidate in known)
        yield f"when.operation: unknown operation {operation!r} (allowed: {names})"
    elif not any(rule.fault.fits(candidate) for candidate in matching):
        statuses = {status for candidate in matching for status in candidate.responses}
        yield f"no matching operation documents this response (documented: {', '.join(sorted(statuses))})"
