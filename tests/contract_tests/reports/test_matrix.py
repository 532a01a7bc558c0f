"""The matrix of operations and families."""

from __future__ import annotations

from contract_tests.reports.matrix import Cell, Matrix, matrix
from contract_tests.requirements.families import Family
from contract_tests.requirements.results import RunResult
from contract_tests.verdicts import Verdict


def cell(found: Matrix, operation: str, family: Family) -> Cell | None:
    row = next(row for row in found.rows if row.operation.id == operation)
    return row.cells[found.families.index(family)]


def test_every_operation_is_a_row_in_the_order_of_the_contract(run_result: RunResult) -> None:
    contract = run_result.contracts[0]
    assert [row.operation for row in matrix(contract, run_result).rows] == list(contract.operations)


def test_only_families_that_occur_are_columns(run_result: RunResult) -> None:
    assert Family.BREADTH not in matrix(run_result.contracts[0], run_result).families


def test_cell_shows_its_worst_verdict_and_counts_the_rest(run_result: RunResult) -> None:
    found = cell(matrix(run_result.contracts[0], run_result), "createCollectionConnector", Family.SECRETS)
    assert found is not None
    assert (found.verdict, found.number) == (Verdict.FAILED, 1)
    assert found.words.startswith("1 failed")


def test_skipped_requirement_does_not_hide_those_that_passed() -> None:
    assert Cell({Verdict.SKIPPED: 3, Verdict.PASSED: 1}).verdict is Verdict.PASSED


def test_operation_without_requirement_is_an_empty_cell(run_result: RunResult) -> None:
    assert (
        cell(matrix(run_result.contracts[0], run_result), "listConnectorProviders", Family.EXAMPLES) is None
    )
