"""What a run says of each decision: its reading is confirmed, refuted, or stays open, and why.

Two things speak of a decision. Statuses: where it chooses one of those it accepts (`chosen`), the answers
in its situation say whether the implementation chooses the same. Requirements: one that breaks although
nothing but this decision is needed for it refutes the reading; one that passes confirms it only where it was
seen to break with implementations of another reading (`shown_by`), so that it had a chance to fail. Where
implementations of another reading answer with the same statuses (`shown_in_part`), these confirm nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from contract_tests.evidence.citations import EVERY, Citations, Decision
from contract_tests.evidence.settled import SettledDecision, Standing
from contract_tests.requirements.results import Finding, Outcome, RunResult
from contract_tests.verdicts import Verdict

_NAMED = 3
"""How many requirements or operations a reason names."""


@dataclass
class _Evidence:
    """What was seen of a decision, a line each.

    agrees: what agrees with the reading, but would with others too. passed: how many requirements passed that
    rest on it. answers: statuses by situation and operation.
    """

    supports: list[str] = field(default_factory=list)
    agrees: list[str] = field(default_factory=list)
    contradicts: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    passed: int = 0
    answers: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)


def standings(result: RunResult, contract: str, citations: Citations) -> list[SettledDecision]:
    """The standing of each decision that speaks of a contract, in their order.

    Decisions for every contract are left out where nothing was seen of them.
    """
    found: dict[str, _Evidence] = defaultdict(_Evidence)
    _read_answers(result, contract, citations, found)
    _read_outcomes(result, contract, citations, found)
    return [
        _standing(decision, contract, found[decision.id])
        for decision in citations.decisions.values()
        if contract in decision.contracts or (EVERY in decision.contracts and decision.id in found)
    ]


def _standing(decision: Decision, contract: str, seen: _Evidence) -> SettledDecision:
    standing, reasons = Standing.OPEN, [*seen.contradicts, *seen.unclear, *seen.supports]
    disputed = [*seen.supports, *seen.agrees, *seen.unclear]
    unseen = {each.situation for each in decision.accepts if each.chosen is not None} - seen.answers.keys()
    if seen.contradicts and not disputed:
        standing = Standing.REFUTED
    elif seen.supports and unseen:
        reasons += [f"nothing answered in the situation {each}" for each in sorted(unseen)]
    elif seen.supports and not (seen.contradicts or seen.unclear):
        standing = Standing.CONFIRMED
    elif not reasons:
        reasons = [f"{each}, which shows only a part of it" for each in seen.agrees]
        passed = f"{seen.passed} requirements that rest on it passed, but none is known to fail otherwise"
        reasons = reasons or [passed if seen.passed else "nothing that a run does shows it"]
    return SettledDecision(
        contract=contract,
        decision=decision.id,
        standing=standing,
        because="; ".join(reasons),
        answers={} if standing is Standing.OPEN else seen.answers,
    )


def _read_answers(
    result: RunResult, contract: str, citations: Citations, found: Mapping[str, _Evidence]
) -> None:
    """Compare the statuses that answered with those that the readings choose."""
    by_choice: dict[tuple[str, str, int, frozenset[int]], list[str]] = {}
    for answer in result.answered:
        entries = citations.acceptances(contract, answer.situation, answer.operation)
        if answer.contract != contract or len(entries) != 1 or entries[0].chosen is None:
            continue
        decision, chosen = entries[0].decision, entries[0].chosen
        by_choice.setdefault((decision, answer.situation, chosen, answer.statuses), []).append(
            answer.operation
        )
        situations = found[decision].answers.setdefault(answer.situation, {})
        situations[answer.operation] = tuple(sorted(answer.statuses))
    for (decision, situation, chosen, statuses), operations in by_choice.items():
        line = f"{situation} is answered {' and '.join(map(str, sorted(statuses)))} by {_some(operations)}"
        if statuses == {chosen}:
            seen = found[decision]
            (seen.agrees if citations.decisions[decision].shown_in_part else seen.supports).append(line)
        elif len(statuses) == 1:
            found[decision].contradicts.append(f"{line}, not {chosen}")
        else:
            found[decision].unclear.append(f"{line}; {chosen} is our reading")


def _read_outcomes(
    result: RunResult, contract: str, citations: Citations, found: Mapping[str, _Evidence]
) -> None:
    """See which requirements broke or passed that rest on decisions."""
    passed: dict[str, list[str]] = defaultdict(list)
    for outcome in result.of(contract):
        if outcome.finding is not None:
            _read_finding(outcome.finding, citations, found)
        elif outcome.verdict is Verdict.PASSED:
            for decision in _resting(outcome, citations):
                found[decision.id].passed += 1
                if any(fnmatchcase(outcome.requirement.id, pattern) for pattern in decision.shown_by):
                    passed[decision.id].append(outcome.requirement.id)
    for name, ids in passed.items():
        found[name].supports.append(f"{_some(ids)} passed")


def _read_finding(finding: Finding, citations: Citations, found: Mapping[str, _Evidence]) -> None:
    readings = [each.id for each in _needed(finding.cites, citations)]
    line = f"{finding.requirement.id} is broken: received {finding.received}"
    if len(readings) == 1:
        found[readings[0]].contradicts.append(line)
    for name in readings if len(readings) > 1 else ():
        others = ", ".join(each for each in readings if each != name)
        found[name].unclear.append(f"{line}; it rests on {others} too")


def _resting(outcome: Outcome, citations: Citations) -> Iterator[Decision]:
    """The decisions that an assertion of a requirement needs."""
    assertions = outcome.requirement.assertions
    yield from _needed(dict.fromkeys(cite for each in assertions for cite in each.needs), citations)


def _needed(cites: Iterable[str], citations: Citations) -> Iterator[Decision]:
    """The decisions among some citations, without those that only permit."""
    for cite in dict.fromkeys(cites):
        decision = citations.decisions.get(cite)
        if decision is not None and not decision.only_permits:
            yield decision


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
