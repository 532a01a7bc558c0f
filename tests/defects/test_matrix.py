"""The kill matrix counts what was found, and only that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.defects.catalogue import Defect
from tests.defects.judging import Job, Verdict
from tests.defects.matrix import Tally, merged, row_of, tally

DEFECT = Defect(
    id="aimable-x",
    family="paging",
    contract="aimable",
    operation="listSyncs",
    kind="ignores_query",
    says="It pages for ever.",
    cites=("001-31",),
    shows_at=("getSync",),
)


def test_a_failure_at_the_operation_is_caught_and_named_rightly() -> None:
    row = _row(_outcome("aimable.paging", "failed", "listSyncs"))

    assert (row["verdict"], row["named_rightly"], row["by"]) == ("failed", True, ["aimable.paging (failed)"])


def test_a_failure_at_an_affected_operation_is_named_rightly() -> None:
    assert _row(_outcome("aimable.reads", "failed", "getSync"))["named_rightly"]


def test_a_failure_elsewhere_is_caught_but_not_named_rightly() -> None:
    row = _row(_outcome("aimable.reads", "failed", "triggerSync"))

    assert (row["verdict"], row["named_rightly"]) == ("failed", False)


def test_findings_on_the_unchanged_mock_do_not_count() -> None:
    assert _row(_outcome("aimable.usual", "failed", "listSyncs"))["verdict"] == "missed"


def test_a_warning_is_caught_as_a_warning() -> None:
    assert _row(_outcome("aimable.paging", "warning", "listSyncs"))["verdict"] == "warning"


def test_a_requirement_that_passes_catches_nothing() -> None:
    assert _row(_outcome("aimable.paging", "passed", "listSyncs"))["verdict"] == "missed"


def test_a_run_that_broke_off_is_not_counted() -> None:
    row = row_of(DEFECT, Verdict(job=Job(contract="aimable"), seconds=1, report=None), frozenset())

    assert row["verdict"] == "no report"
    assert tally([row]) == Tally(planted=0, caught=0, failed=0, named_rightly=0)


def test_new_rows_replace_old_ones_in_catalogue_order(tmp_path: Path) -> None:
    path = tmp_path / "kill-matrix.json"
    path.write_text(json.dumps({"defects": [{"id": "a", "seconds": 1}, {"id": "gone"}, {"id": "b"}]}))

    assert merged(path, [{"id": "a", "seconds": 2}, {"id": "c"}], ["c", "b", "a"]) == [
        {"id": "c"},
        {"id": "b"},
        {"id": "a", "seconds": 2},
    ]


def _row(*outcomes: dict[str, Any]) -> dict[str, Any]:
    verdict = Verdict(job=Job(contract="aimable"), seconds=1, report={"outcomes": outcomes})
    return row_of(DEFECT, verdict, frozenset({"aimable.usual"}))


def _outcome(requirement: str, verdict: str, operation: str) -> dict[str, Any]:
    finding = {"operation": operation} if verdict in ("failed", "warning") else None
    return {
        "requirement": requirement,
        "verdict": verdict,
        "operations": [operation],
        "finding": finding,
    }
