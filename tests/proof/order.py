"""Measures the order of requirements: `python -m tests.proof.order REPORT...`.

Writes contract_tests/requirements/order.json from the defects that the committed measurements caught and from
the seconds of each requirement in reports of `contract-tests run --workers 1 --report json=REPORT` on
servers without defects.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from contract_tests.requirements.order import check_of
from tests.proof.collect import collected

LEAST_SECONDS = 0.01
"""What a check is taken to need at least: less is not measured reliably."""


@click.command(help=__doc__)
@click.argument("reports", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
def main(reports: tuple[Path, ...]) -> None:
    """Write the order."""
    catches: dict[str, set[str]] = defaultdict(set)
    for run in collected():
        if not run.honest and run.says == "must":
            for requirement in run.by:
                catches[check_of(requirement)].add(f"{run.source} {run.server} {run.id}")
    seconds = seconds_of(json.loads(report.read_text(encoding="utf-8")) for report in reports)
    rows = ordered(catches, seconds)
    Path(str(files("contract_tests.requirements") / "order.json")).write_text(text_of(rows), encoding="utf-8")


def seconds_of(reports: Iterable[Any]) -> dict[str, float]:
    """The seconds of each check in reports; without the checks that send no request of their own."""
    seconds: dict[str, float] = defaultdict(float)
    for report in reports:
        for outcome in report["outcomes"]:
            if outcome["exchanges"]:
                seconds[check_of(outcome["requirement"])] += outcome["seconds"]
    return {check: max(LEAST_SECONDS, round(spent, 2)) for check, spent in seconds.items()}


def ordered(catches: Mapping[str, set[str]], seconds: Mapping[str, float]) -> list[dict[str, Any]]:
    """The checks, each time the one next that catches most defects per second which none before it catches.

    Those that catch nothing further follow, by what they catch at all per second.
    """
    waiting = {check: set(catches[check]) for check in seconds if catches.get(check)}
    rows = []
    while waiting:
        check = max(
            waiting,
            key=lambda each: (len(waiting[each]) / seconds[each], len(catches[each]) / seconds[each], each),
        )
        further = waiting.pop(check)
        rows.append({"check": check, "further": len(further), "seconds": seconds[check]})
        waiting = {each: left - further for each, left in waiting.items()}
    return rows


def text_of(rows: list[dict[str, Any]]) -> str:
    """The file's text: a check a line."""
    return "[\n" + ",\n".join(f" {json.dumps(row)}" for row in rows) + "\n]\n"


if __name__ == "__main__":
    main()
