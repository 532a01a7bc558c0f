"""Runs the harness against the mocks of public documents: `python -m tests.corpus.judge petstore3.yaml`.

The target file is the one that the mock writes. Each finding is judged in `judged.yaml`: the `mock` breaks
the document, the `harness` is mistaken, or the document is `silent` and the finding a warning. Ends with 1
when the harness is mistaken, when a *must* rests on silence, and when a finding is not judged.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import yaml

from tests.corpus.documents import VARIABLE, WITHOUT_CORPUS, corpus, document_names, document_path
from tests.corpus.mock import running_mock

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OPEN = ("skipped", "inconclusive")


@dataclass(frozen=True)
class Judgement:
    """What a reading of the document and of the mock's code says about findings.

    document: its file, or a pattern. requirement, received: patterns of the findings it holds for.
    verdict: who is wrong, `mock` or `harness`, or `silent` where the document leaves it open.
    """

    document: str
    requirement: str
    verdict: str
    reason: str
    received: str = "*"

    def holds_for(self, document: str, outcome: dict[str, Any]) -> bool:
        """Whether it is about this finding."""
        return (
            fnmatchcase(document, self.document)
            and fnmatchcase(outcome["requirement"], self.requirement)
            and fnmatchcase(outcome["finding"]["received"], self.received)
        )


def judgements() -> list[Judgement]:
    """All judgements: the first that holds for a finding counts."""
    entries = yaml.safe_load((HERE / "judged.yaml").read_text(encoding="utf-8")) or []
    return [Judgement(**entry) for entry in entries]


def report_of(name: str, folder: Path, *, profile: str, seed: int) -> tuple[int, dict[str, Any]]:
    """The exit code and the report of a run against the mock of a document."""
    with running_mock(document_path(name, folder)) as target:
        return _run(name, target.target_file, profile=profile, seed=seed)


def _run(name: str, target: Path, *, profile: str, seed: int) -> tuple[int, dict[str, Any]]:
    written = target.with_name("report.json")
    command = [sys.executable, "-m", "contract_tests", "run", "--target", str(target), "--seed", str(seed)]
    command += ["--profile", profile, "--report", f"json={written}"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not written.exists():
        raise RuntimeError(f"{name}: exit {ended.returncode}: {ended.stdout}{ended.stderr}")
    report: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    return ended.returncode, report


@click.command()
@click.option("--profile", default="quick", show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--reasons", default=0, help="How many reasons for what was not examined are printed.")
@click.argument("names", nargs=-1)
def main(profile: str, seed: int, reasons: int, names: tuple[str, ...]) -> None:
    """Print a line for each document, and its findings with what was judged of them."""
    if corpus() is None:
        raise click.ClickException(f"{VARIABLE}: {WITHOUT_CORPUS}")
    known = judgements()
    wrong = 0
    columns = ["document", "requirements", "passed", "failed", "warning"]
    columns += ["not examined", "requests", "exit", "seconds"]
    click.echo(f"| {' | '.join(columns)} |")
    click.echo(f"{'|---' * len(columns)}|")
    for name in names or document_names():
        try:
            with TemporaryDirectory() as folder:
                code, report = report_of(name, Path(folder), profile=profile, seed=seed)
        except RuntimeError as error:
            click.echo(f"| {name} | {' '.join(str(error).split())[-120:]} |")
            continue
        click.echo(row(name, code, report))
        for problem in report["problems"]:
            click.echo(f"    problem: {problem['message']}")
        wrong += sum(show(name, outcome, known) for outcome in report["outcomes"] if outcome["finding"])
        for reason, count in unexamined(report).most_common(reasons):
            click.echo(f"    {count} {reason}")
    sys.exit(1 if wrong else 0)


def unexamined(report: dict[str, Any]) -> Counter[str]:
    """How many requirements were skipped or inconclusive for each reason."""
    left_open = [outcome for outcome in report["outcomes"] if outcome["verdict"] in OPEN]
    return Counter(f"{outcome['verdict']}: {outcome['reason']}" for outcome in left_open)


def row(name: str, code: int, report: dict[str, Any]) -> str:
    """The line of a document in the table."""
    counts = report["counts"]
    total = sum(counts.values())
    share = sum(counts[verdict] for verdict in OPEN) / total if total else 0
    requests = sum(outcome["exchanges"] for outcome in report["outcomes"])
    figures = (total, counts["passed"], counts["failed"], counts["warning"], f"{share:.0%}", requests, code)
    return f"| {name} | {' | '.join(map(str, figures))} | {report['seconds']:.0f} |"


def show(name: str, outcome: dict[str, Any], known: list[Judgement]) -> bool:
    """Print a finding with its judgement; whether the harness has to answer for it."""
    judgement = next((entry for entry in known if entry.holds_for(name, outcome)), None)
    word = judgement.verdict if judgement else "not judged"
    finding = outcome["finding"]
    click.echo(f"    {word}: {outcome['requirement']} ({outcome['verdict']}, {finding['level']})")
    allowed = word == "mock" or (word == "silent" and outcome["verdict"] == "warning")
    if not allowed:
        click.echo(f"      expected {finding['expected']}\n      received {finding['received']}")
    return not allowed


if __name__ == "__main__":
    main()
