"""Several runs as one: the reports of the shards of a run, joined to a single result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from contract_tests.redaction.masking import MaskedResult
from contract_tests.requirements.results import JudgedContract, Outcome
from contract_tests.verdicts import Verdict

_Each = TypeVar("_Each")

_STRONGEST_FIRST = (
    Verdict.ERRORED,
    Verdict.FAILED,
    Verdict.WARNING,
    Verdict.KNOWN,
    Verdict.PASSED,
    Verdict.INCONCLUSIVE,
    Verdict.SKIPPED,
)
"""Which verdict stands where several shards have one. What was judged in one of them was judged."""


class JoinError(Exception):
    """Results that do not belong together, or of which one is missing; the text says which."""


def joined(results: Sequence[MaskedResult]) -> MaskedResult:
    """One result of several shards, in any order.

    A requirement that is judged by the answers of a whole run is in each shard: the strongest verdict stands.
    Raises JoinError.
    """
    _refuse_strangers(results)
    outcomes: dict[str, Outcome] = {}
    for result in results:
        for outcome in result.outcomes:
            known = outcomes.get(outcome.requirement.id)
            outcomes[outcome.requirement.id] = outcome if known is None else _stronger(known, outcome)
    contracts: dict[str, JudgedContract] = {
        each.name: each for result in results for each in result.contracts
    }
    return MaskedResult(
        replace(
            results[0],
            started=min(result.started for result in results),
            seconds=max(result.seconds for result in results),
            contracts=tuple(contracts.values()),
            outcomes=tuple(outcomes.values()),
            problems=_distinct(each for result in results for each in result.problems),
            leftovers=_distinct(each for result in results for each in result.leftovers),
            undeletable=_distinct(each for result in results for each in result.undeletable),
            mended=_distinct(
                each
                for result in results
                for each in result.mended
                if outcomes[each].verdict is Verdict.PASSED
            ),
            still_to_examine=_left(results),
            documents=_distinct(each for result in results for each in result.documents),
            stopped_by=next((result.stopped_by for result in results if result.stopped_by), None),
            shard=None,
        )
    )


def _refuse_strangers(results: Sequence[MaskedResult]) -> None:
    for name in ("profile", "seed"):
        values = {getattr(result, name) for result in results}
        if len(values) > 1:
            raise JoinError(f"the reports are of different runs: {name} is {', '.join(map(str, values))}")
    numbers = {result.shard[1] for result in results if result.shard is not None}
    if len(numbers) > 1:
        raise JoinError(f"the reports are of runs of {' and '.join(map(str, sorted(numbers)))} shards")
    for number in numbers:
        there = {result.shard[0] for result in results if result.shard is not None}
        missing = sorted(set(range(1, number + 1)) - there)
        if missing:
            raise JoinError(f"the report of shard {missing[0]} of {number} is missing")


def _stronger(first: Outcome, second: Outcome) -> Outcome:
    strongest = min((first, second), key=lambda each: _STRONGEST_FIRST.index(each.verdict))
    return replace(
        strongest,
        exchanges=first.exchanges + second.exchanges,
        seconds=first.seconds + second.seconds,
    )


def _left(results: Sequence[MaskedResult]) -> int | None:
    """How many requirements the shards have still to examine; None where all have ended."""
    left = [result.still_to_examine for result in results if result.still_to_examine is not None]
    return sum(left) if left else None


def _distinct(values: Iterable[_Each]) -> tuple[_Each, ...]:
    return tuple(dict.fromkeys(values))
