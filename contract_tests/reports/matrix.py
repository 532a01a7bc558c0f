"""Operations against families: what was examined where, and how it went."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contract_tests.requirements.families import family_names
from contract_tests.requirements.results import JudgedContract, JudgedOperation, Outcome, RunResult
from contract_tests.verdicts import Verdict

WORST_FIRST = (
    Verdict.FAILED,
    Verdict.ERRORED,
    Verdict.WARNING,
    Verdict.KNOWN,
    Verdict.INCONCLUSIVE,
    Verdict.PASSED,
    Verdict.SKIPPED,
)
"""Which verdict a cell shows. A skipped requirement does not hide those that passed beside it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The requirements of one family for one operation."""

    counts: Mapping[Verdict, int]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict in it."""
        return next(verdict for verdict in WORST_FIRST if self.counts.get(verdict))

    @property
    def number(self) -> int:
        """How many requirements have that verdict."""
        return self.counts[self.verdict]

    @property
    def words(self) -> str:
        """All counts, "2 failed, 5 passed"."""
        return ", ".join(
            f"{self.counts[verdict]} {verdict.value}" for verdict in WORST_FIRST if self.counts.get(verdict)
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One operation; a cell is None where no requirement of the family speaks of it."""

    operation: JudgedOperation
    cells: tuple[Cell | None, ...]

    @property
    def passed(self) -> int:
        """How many requirements of the operation passed."""
        return sum(cell.counts.get(Verdict.PASSED, 0) for cell in self.cells if cell)


@dataclass(frozen=True, slots=True)
class Matrix:
    """One contract: its operations in the spec's order, and the families that occur, in theirs."""

    contract: JudgedContract
    families: tuple[str, ...]
    rows: tuple[Row, ...]


def matrix(contract: JudgedContract, result: RunResult) -> Matrix:
    """The matrix of one contract of a run."""
    outcomes = list(result.of(contract.name))
    present = {outcome.requirement.family for outcome in outcomes}
    families = tuple(family for family in family_names() if family in present)
    counted = _count(outcomes)
    rows = tuple(
        Row(operation, tuple(_cell(counted[operation.id, family]) for family in families))
        for operation in contract.operations
    )
    return Matrix(contract, families, rows)


def _count(outcomes: Iterable[Outcome]) -> defaultdict[tuple[str, str], Counter[Verdict]]:
    counted: defaultdict[tuple[str, str], Counter[Verdict]] = defaultdict(Counter)
    for outcome in outcomes:
        for operation in _rows_of(outcome):
            counted[operation, outcome.requirement.family][outcome.verdict] += 1
    return counted


def _rows_of(outcome: Outcome) -> tuple[str, ...]:
    """What passed speaks for every operation it names; what broke counts where it is blamed only."""
    if outcome.finding is not None:
        return (outcome.finding.operation,)
    return tuple(dict.fromkeys(outcome.requirement.operations))


def _cell(counts: Counter[Verdict]) -> Cell | None:
    return Cell(dict(counts)) if counts else None
