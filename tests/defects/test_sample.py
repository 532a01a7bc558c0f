"""What the kill matrix says of some defects still holds; the whole is measured by measure.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.defects.catalogue import HERE, Defect
from tests.defects.judging import Job, judge
from tests.defects.matrix import is_caught, row_of

pytestmark = pytest.mark.slow

MATRIX = json.loads((HERE / "kill-matrix.json").read_text(encoding="utf-8"))["defects"]

EVERY = 3
"""Of so many classes one is tried: each costs a start of the mock."""


def test_the_kill_matrix_speaks_of_no_other_defects(defects: Mapping[str, Defect]) -> None:
    assert {row["id"] for row in MATRIX} - set(defects) == set()


def test_defects_of_several_classes_are_caught(defects: Mapping[str, Defect], tmp_path: Path) -> None:
    jobs = [
        Job(contract=row["contract"], defect=row["id"], requirements=_broken(row))
        for row in _first_of_each_class()[::EVERY]
    ]

    rows = [
        row_of(defects[verdict.job.defect], verdict, frozenset())
        for verdict in judge(jobs, folder=tmp_path, at_once=2, profile="quick", seed=1, seconds=120)
    ]

    assert len(rows) == len(jobs)
    assert [row["id"] for row in rows if not is_caught(row)] == []


def _first_of_each_class() -> list[dict[str, Any]]:
    """The first row of each class that was caught and named rightly."""
    first: dict[str, dict[str, Any]] = {}
    for row in MATRIX:
        if row["verdict"] == "failed" and row["named_rightly"]:
            first.setdefault(row["class"], row)
    return list(first.values())


def _broken(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The requirements that a row says were broken: the rest of the contract need not be examined again."""
    named = (each.partition(" ") for each in row["by"])
    return tuple(requirement for requirement, _, verdict in named if verdict == "(failed)")
