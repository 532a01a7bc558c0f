"""One defect often breaks several requirements: it becomes one finding, and the others point to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from contract_tests.evidence.levels import LEVELS
from contract_tests.exchange import Exchange
from contract_tests.requirements.causes import cause
from contract_tests.requirements.results import Finding, Outcome

_DIGITS = re.compile(r"\d+")
_PLAIN_SUCCESSES = frozenset({"200", "201", "204"})

_VALUE = re.compile(r'^(?:"[^"]*"|[^\s"]+)(?= is not )')
"""The value at the start of what is said of it."""

_REFUSALS = ("404", "401", "403", "409", "422")
"""What is refused, the first of these that is expected says: a server answers all of a kind in one place."""


def deduplicated(
    outcomes: Sequence[Outcome], rules_broken_by: Callable[[Exchange], Iterable[str]] = lambda _: ()
) -> list[Outcome]:
    """The outcomes in the same order; of those broken by the same defect only one keeps its finding: the
    first of the strongest level.

    The same defect: the very same answer; an answer that is not as documented, and what is looked for in it
    in vain; one family of one operation with the same answer; an operation
    that answers with the same wrong status whatever is asked; the same promise broken in the same way by
    several operations; what is to be refused alike and is refused with one wrong status everywhere; or a
    member that is not as documented in the same way, whichever operation shows it.

    rules_broken_by: the ids of the response requirements that an exchange breaks.
    """
    leaders: dict[Hashable, int] = {}
    followers: dict[int, list[int]] = {}
    for index, finding in _strongest_first(outcomes):
        rules = () if finding.exchange is None else rules_broken_by(finding.exchange)
        marks = [*_marks(finding), *rules]
        leader = next((leaders[mark] for mark in marks if mark in leaders), index)
        for mark in marks:
            leaders.setdefault(mark, leader)
        if leader != index:
            followers.setdefault(leader, []).append(index)
    result = list(outcomes)
    for leader, led in followers.items():
        first = outcomes[leader]
        assert first.finding is not None  # noqa: S101 - leaders are broken
        also = tuple(outcomes[index].requirement.id for index in sorted(led))
        result[leader] = replace(first, finding=replace(first.finding, also=also))
        for index in led:
            result[index] = replace(
                outcomes[index], finding=None, reason=f"same defect as {first.requirement.id}"
            )
    return result


def _strongest_first(outcomes: Sequence[Outcome]) -> list[tuple[int, Finding]]:
    """The findings with their places."""
    found = [(index, outcome.finding) for index, outcome in enumerate(outcomes) if outcome.finding]
    return sorted(found, key=lambda each: _rank(each[1]))


def _rank(finding: Finding) -> tuple[int, bool]:
    """The level; within it what every answer is held to before what looks into some."""
    return LEVELS.index(finding.level), finding.requirement.check is not None


def _marks(finding: Finding) -> Iterator[Hashable]:
    requirement = finding.requirement
    yield requirement.id
    if finding.exchange is not None:
        yield id(finding.exchange)
    if _is_wrong_status(finding):
        yield finding.operation, finding.received
    yield (
        finding.operation,
        requirement.family,
        finding.received,
        finding.expected.partition(" for ")[0],
    )
    yield from filter(None, (_wrong_refusal(finding), _violation(finding)))
    what = requirement.id.removeprefix(f"{requirement.contract}.{finding.operation}.")
    yield what, _DIGITS.sub("", finding.expected), finding.received.rpartition(": ")[2]


def _wrong_refusal(finding: Finding) -> tuple[str, str] | None:
    """Which refusal was expected, and how the other one in its place looks; None where it is none."""
    statuses = finding.expected.partition(" for ")[0]
    if not re.fullmatch(r"[\d, or]+", statuses) or not re.match(r"4\d\d\b", finding.received):
        return None
    expected = next((status for status in _REFUSALS if status in statuses), None)
    return None if expected is None else (expected, cause("", finding.received))


def _violation(finding: Finding) -> tuple[str, str] | None:
    """A member of a body, and in which way it is not as documented; of several the first."""
    first = finding.received.partition(" (also ")[0]
    place, colon, message = first.partition(": ")
    if not (colon and finding.expected.startswith("the body of ")):
        return None
    member = next((part for part in reversed(place.split(".")) if not part.isdecimal()), "")
    return member, _VALUE.sub("", message)


def _is_wrong_status(finding: Finding) -> bool:
    """Whether the status is wrong by itself: no usual success, or a refusal where a success is expected."""
    status = finding.received
    if not re.fullmatch(r"[1-5]\d\d", status):
        return False
    return finding.expected.startswith("2") or (status not in _PLAIN_SUCCESSES and status[0] in "25")
