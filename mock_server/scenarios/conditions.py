"""What a scenario sets beside its records: the clock, people, lifecycles, faults.

Each function lays the files of a scenario on one another, the lowest first, and adds what is wrong to the
problems it is given.
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
    """How the clock begins: each member as the highest file that has it says."""
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
    """The people of the contracts where a file has any."""
    laid: dict[str, Principals] = {}
    for layer in layers:
        for name, entries in layer.document.get("principals", {}).items():
            place = f"{layer.path}: principals.{name}"
            if name in context.contracts:
                below = laid.get(name, context.principals[name])
                try:
                    laid[name] = overlaid(below, entries, context.contracts[name], place=place)
                except StartupError as error:
                    problems += error.problems
            elif not context.is_elsewhere(name):
                problems.append(f"{place}: {context.no_contract(name)}")
    return laid


def policies_of(layers: Sequence[Layer], context: ScenarioContext, problems: list[str]) -> dict[str, Policy]:
    """How records move, by storage name; the highest file that says so decides."""
    moving = {
        name: collection.lifecycle
        for name, collection in context.collections.items()
        if collection.lifecycle is not None
    }
    laid: dict[str, Policy] = {}
    for layer in layers:
        for storage, document in layer.document.get("lifecycles", {}).items():
            place = f"{layer.path}: lifecycles.{storage}"
            if storage in moving:
                try:
                    laid[storage] = Policy.read(document, moving[storage])
                except (MemberError, PolicyError) as error:
                    problems.append(_told(place, error))
            elif not context.is_elsewhere(storage):
                there = ", ".join(moving) or "none"
                problems.append(f"{place}: no collection whose records move (allowed: {there})")
    return laid


def rules_of(layers: Sequence[Layer], context: ScenarioContext, problems: list[str]) -> tuple[FaultRule, ...]:
    """Every rule, the lowest file's first; one takes the place of one of its id below."""
    laid: dict[str, FaultRule] = {}
    for layer in layers:
        for at, document in enumerate(layer.document.get("faults", ())):
            place = f"{layer.path}: faults[{at}]"
            try:
                rule = parse_rule(document, id=f"{layer.document['scenario']}-{at + 1}")
            except MemberError as error:
                problems.append(_told(place, error))
                continue
            contract = rule.when.contract
            if contract is not None and context.is_elsewhere(contract):
                continue
            problems += [f"{place}: {problem}" for problem in _misplaced(rule, context)]
            laid[rule.id] = rule
    if len(laid) > MAX_RULES:
        problems.append(f"{layers[-1].path}: faults: {len(laid)} rules; a world keeps at most {MAX_RULES}")
    return tuple(laid.values())


def _told(place: str, error: MemberError | PolicyError) -> str:
    """What is wrong with a part of a file. place: of the part; the error's is inside it."""
    return f"{place}{error.place.replace('/', '.')}: {error.message}"


def _misplaced(rule: FaultRule, context: ScenarioContext) -> Iterator[str]:
    """What a rule names that is not played."""
    contract, operation = rule.when.contract, rule.when.operation
    if contract is not None and contract not in context.contracts:
        yield f"when.contract: {context.no_contract(contract)}"
        return
    asked = [context.contracts[contract]] if contract else list(context.contracts.values())
    known = [candidate for each in asked for candidate in each.operations.values()]
    meant = [candidate for candidate in known if operation in {None, candidate.id}]
    if not meant:
        names = ", ".join(candidate.id for candidate in known)
        yield f"when.operation: no operation {operation!r} (allowed: {names})"
    elif not any(rule.fault.fits(candidate) for candidate in meant):
        documented = ", ".join(sorted({status for candidate in meant for status in candidate.responses}))
        yield f"no operation it is about can be struck so (documented: {documented})"
