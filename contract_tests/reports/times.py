"""Where the time of a run went: by requirement, operation and cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from contract_tests.redaction.masking import MaskedResult
from contract_tests.requirements.results import Outcome


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """What requirements took that share an operation or a cause; names with the contract before them."""

    name: str
    requirements: int
    requests: int
    seconds: float


def slowest(result: MaskedResult) -> list[TimeSpent]:
    """The requirements that took time, the slowest first."""
    return _spent(result, lambda outcome: outcome.requirement.id)


def by_operation(result: MaskedResult) -> list[TimeSpent]:
    """The operations that requirements speak of first, the slowest first."""
    return _spent(
        result, lambda outcome: f"{outcome.requirement.contract}.{outcome.requirement.operations[0]}"
    )


def by_cause(result: MaskedResult) -> list[TimeSpent]:
    """What is broken in the same way or not examined for the same reason, the slowest first."""
    return _spent(result, lambda outcome: outcome.cause or outcome.reason)


def document(result: MaskedResult) -> dict[str, list[dict[str, object]]]:
    """The times by operation and cause as JSON values; those of requirements stand with their outcomes."""
    return {
        name: [{**asdict(each), "seconds": round(each.seconds, 3)} for each in spent]
        for name, spent in (("operations", by_operation(result)), ("causes", by_cause(result)))
    }


def _spent(result: MaskedResult, name_of: Callable[[Outcome], str]) -> list[TimeSpent]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in _taking_time(result):
        groups.setdefault(name_of(outcome), []).append(outcome)
    spent = [
        TimeSpent(
            name,
            len(outcomes),
            sum(outcome.exchanges for outcome in outcomes),
            sum(outcome.seconds for outcome in outcomes),
        )
        for name, outcomes in groups.items()
        if name
    ]
    return sorted(spent, key=lambda each: -each.seconds)


def _taking_time(result: MaskedResult) -> Iterator[Outcome]:
    return (outcome for outcome in result.outcomes if outcome.seconds > 0)
