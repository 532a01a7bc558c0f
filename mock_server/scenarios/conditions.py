"""The parts of a scenario other than records: clock, principals, lifecycle policies, fault rules, overrides.

Each function merges the files of a scenario, the lowest layer first, and appends errors to `problems`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from mock_server.behaviours.policy import Policy, PolicyError
from mock_server.clock import from_rfc3339, machine_time
from mock_server.contract.operation import Operation
from mock_server.errors.dialect import error_statuses
from mock_server.errors.dialects import dialects
from mock_server.errors.startup import StartupError
from mock_server.faults.rules import MAX_RULES, FaultRule, parse_rule
from mock_server.object_reader import MemberError
from mock_server.overrides.rules import MAX_OVERRIDES, Override, parse_override
from mock_server.principals import Principals, overlaid
from mock_server.scenarios.context import ScenarioContext
from mock_server.scenarios.files import Layer
from mock_server.scenarios.scenario import Start
from mock_server.when import RequestFacts, ambiguity

Rule = TypeVar("Rule", FaultRule, Override)


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
            problems.append(f"{layer.path}: clock.now: {clock.pop('now')!r} is not {example}")
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
    return _all_of("faults", parse_rule, layers, context, problems, most=MAX_RULES)


def overrides_of(
    layers: Sequence[Layer], context: ScenarioContext, problems: list[str]
) -> tuple[Override, ...]:
    """All overrides, those of the lowest layer first. An override replaces a lower one with the same id."""
    return _all_of("overrides", parse_override, layers, context, problems, most=MAX_OVERRIDES)


def _all_of(
    part: str,
    parse: Callable[..., Rule],
    layers: Sequence[Layer],
    context: ScenarioContext,
    problems: list[str],
    *,
    most: int,
) -> tuple[Rule, ...]:
    """The rules of one kind. part: the member with them. most: their maximum number."""
    rules: dict[str, Rule] = {}
    for layer in layers:
        for index, document in enumerate(layer.document.get(part, ())):
            place = f"{layer.path}: {part}[{index}]"
            try:
                rule = parse(document, id=f"{layer.document['scenario']}-{index + 1}")
            except MemberError as error:
                problems.append(_problem(place, error))
                continue
            contract = rule.when.contract
            if contract is not None and context.is_elsewhere(contract):
                continue
            problems += [f"{place}: {problem}" for problem in _misplaced(rule, context)]
            rules[rule.id] = rule
    if len(rules) > most:
        top = layers[-1].path
        problems.append(f"{top}: {part}: must be at most {most} rules, with all layers: {len(rules)}")
    return tuple(rules.values())


def _problem(place: str, error: MemberError | PolicyError) -> str:
    """An error in one part of a file as a sentence. place: of the part; that of the error is inside it."""
    return f"{place}{error.place.replace('/', '.')}: {error.message}"


def _misplaced(rule: FaultRule | Override, context: ScenarioContext) -> Iterator[str]:
    """The names in a rule that no contract has, and replies that no matching operation can give."""
    when = rule.when
    if when.contract is not None and when.contract not in context.contracts:
        yield f"when.contract: {context.no_contract(when.contract)}"
        return
    contracts = [context.contracts[when.contract]] if when.contract else list(context.contracts.values())
    known = [candidate for searched in contracts for candidate in searched.operations.values()]
    matching = [candidate for candidate in known if when.operation is None or when.names(candidate)]
    if not matching:
        names = ", ".join(candidate.id for candidate in known)
        yield f"when.operation: unknown operation {when.operation!r} (allowed: {names})"
        return
    if when.operation is not None:
        reason = ambiguity(when.operation, (candidate.contract for candidate in matching))
        if reason is not None:
            yield f"when.operation: {reason}"
            return
    if not any(_can_reply(rule, candidate, context) for candidate in matching):
        statuses = {status for candidate in matching for status in candidate.responses}
        yield f"no matching operation documents this response (documented: {', '.join(sorted(statuses))})"


def _can_reply(rule: FaultRule | Override, operation: Operation, context: ScenarioContext) -> bool:
    dialect = dialects().get(context.behaviours[operation.contract].dialect)
    statuses = frozenset[int]() if dialect is None else error_statuses(dialect, operation)
    if isinstance(rule, Override):
        return rule.preference.granted(operation, statuses)
    asked = RequestFacts(operation.contract, operation, None, machine_time(), error_statuses=statuses)
    return rule.fault.fits_request(asked)
