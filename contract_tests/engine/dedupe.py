"""One defect often breaks several requirements: it becomes one finding, and the others point to it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from contract_tests.requirements.results import Finding, Outcome

_DIGITS = re.compile(r"\d+")


def deduplicated(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes in the same order; of those broken by the same defect only the first keeps its finding.

    The same defect: the very same answer; one family of one operation with the same answer; or the same
    promise broken in the same way by several operations.
    """
    leaders: dict[Hashable, int] = {}
    followers: dict[int, list[int]] = {}
    for index, outcome in enumerate(outcomes):
        if outcome.finding is None:
            continue
        marks = list(_marks(outcome.finding))
        leader = next((leaders[mark] for mark in marks if mark in leaders), index)
        for mark in marks:
            leaders.setdefault(mark, leader)
        if leader != index:
            followers.setdefault(leader, []).append(index)
    result = list(outcomes)
    for leader, led in followers.items():
        first = outcomes[leader]
        assert first.finding is not None  # noqa: S101 - leaders are broken
        also = tuple(outcomes[index].requirement.id for index in led)
        result[leader] = replace(first, finding=replace(first.finding, also=also))
        for index in led:
            result[index] = replace(
                outcomes[index], finding=None, reason=f"same defect as {first.requirement.id}"
            )
    return result


def _marks(finding: Finding) -> Iterator[Hashable]:
    requirement = finding.requirement
    level = finding.level
    if finding.exchange is not None:
        yield level, id(finding.exchange)
    yield (
        level,
        finding.operation,
        requirement.family,
        finding.received,
        finding.expected.partition(" for ")[0],
    )
    what = requirement.id.removeprefix(f"{requirement.contract}.{finding.operation}.")
    yield level, what, _DIGITS.sub("", finding.expected), finding.received.rpartition(": ")[2]
