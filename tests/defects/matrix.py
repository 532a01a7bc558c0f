"""The kill matrix: the defects, the requirements that caught them, and the operations named."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.defects.catalogue import Defect
from tests.defects.judging import Verdict

Row = dict[str, Any]

NO_REPORT = "no report"
"""The verdict on a run that broke off: nothing is known of the defect, and sums do not count it."""


def row_of(defect: Defect, verdict: Verdict, usual: frozenset[str]) -> Row:
    """One line of the matrix. usual: requirements the healthy mock does not meet either; not counted."""
    caught = [outcome for outcome in verdict.findings if outcome["requirement"] not in usual]
    places = {defect.operation, *defect.shows_at}
    return {
        "id": defect.id,
        "class": defect.family,
        "contract": defect.contract,
        "operation": defect.operation,
        "verdict": _worst(verdict, caught),
        "named_rightly": any(places & _named(outcome) for outcome in caught),
        "by": sorted({f"{outcome['requirement']} ({outcome['verdict']})" for outcome in caught}),
        "seconds": round(verdict.seconds, 1),
    }


def _worst(verdict: Verdict, caught: list[Mapping[str, Any]]) -> str:
    if verdict.report is None:
        return NO_REPORT
    verdicts = {outcome["verdict"] for outcome in caught}
    if not verdicts:
        return "missed"
    return "failed" if "failed" in verdicts else "warning"


def _named(outcome: Mapping[str, Any]) -> set[str]:
    finding = outcome["finding"]
    return {finding["operation"]} if finding else set(outcome["operations"])


def is_caught(row: Row) -> bool:
    """Whether the harness found anything, as a failure or a warning."""
    return row["verdict"] in ("failed", "warning")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many defects of a class were planted, caught, caught as failures, and named rightly."""

    planted: int
    caught: int
    failed: int
    named_rightly: int


def tally(rows: Iterable[Row]) -> Tally:
    """Count rows."""
    counted = [row for row in rows if row["verdict"] != NO_REPORT]
    return Tally(
        planted=len(counted),
        caught=sum(map(is_caught, counted)),
        failed=sum(row["verdict"] == "failed" for row in counted),
        named_rightly=sum(row["named_rightly"] for row in counted),
    )


def merged(path: Path, rows: Iterable[Row], known: Iterable[str]) -> list[Row]:
    """Rows of an earlier matrix with new ones in their place, in the order of the catalogue."""
    earlier = json.loads(path.read_text(encoding="utf-8"))["defects"] if path.exists() else []
    by_id = {row["id"]: row for row in [*earlier, *rows]}
    return [by_id[name] for name in known if name in by_id]


def table(rows: Iterable[Row]) -> str:
    """Planted, caught and named by class, and what was missed."""
    counted = list(rows)
    classes = sorted({row["class"] for row in counted})
    lines = [f"{'class':<16} {'planted':>7} {'caught':>6} {'failed':>6} {'named':>5}"]
    for name, some in [(each, [row for row in counted if row["class"] == each]) for each in classes]:
        lines.append(_line(name, tally(some)))
    lines.append(_line("all", tally(counted)))
    missed = [row for row in counted if not is_caught(row)]
    return "\n".join([*lines, "", *(f"{row['verdict']}: {row['id']}" for row in missed)])


def _line(name: str, one: Tally) -> str:
    return f"{name:<16} {one.planted:>7} {one.caught:>6} {one.failed:>6} {one.named_rightly:>5}"
