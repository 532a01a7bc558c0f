"""Runs the harness against the mocks of public documents: `python -m tests.corpus.judge petstore3.yaml`.

Each document has a target file in `targets/`: ids that its mock knows, credentials, and the operations that
may be called. With `--own-targets` the mock writes it. Each finding is judged in `judged.yaml`: the `mock`
breaks the document, the `harness` is mistaken, or the document is `silent` and the finding a warning. Ends
with 1 when the harness is mistaken, when a *must* rests on silence, and when a finding is not judged.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
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
TARGETS = HERE / "targets"
PLACEHOLDER = "http://mock"
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


@contextmanager
def mock_of(path: Path) -> Iterator[str]:
    """The address of a mock of a document, in a process of its own."""
    command = [sys.executable, "-m", "mock_server", "--spec", str(path), "--port", "0"]
    command += ["--credentials", "any-token"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                ready = re.search(r"ready at (http://\S+)", line)
                if ready is not None:
                    yield ready.group(1)
                    return
            raise RuntimeError(f"the mock of {path.name} does not start")
        finally:
            process.kill()


def report_of(name: str, folder: Path, *, profile: str, seed: int) -> dict[str, Any]:
    """The report of a run against the mock of a document."""
    path = document_path(name, folder)
    with mock_of(path) as address:
        text = (TARGETS / f"{Path(name).stem}.toml").read_text(encoding="utf-8")
        target = folder / "target.toml"
        target.write_text(text.replace(PLACEHOLDER, address).replace("DOCUMENT", str(path)), "utf-8")
        return _run(name, target, profile=profile, seed=seed)


def report_with_own_target(name: str, folder: Path, *, profile: str, seed: int) -> dict[str, Any]:
    """The report of a run with the target file that the mock of a document writes itself."""
    with running_mock(document_path(name, folder)) as target:
        return _run(name, target.target_file, profile=profile, seed=seed)


def _run(name: str, target: Path, *, profile: str, seed: int) -> dict[str, Any]:
    written = target.with_name("report.json")
    command = [sys.executable, "-m", "contract_tests", "run", "--target", target, "--seed", str(seed)]
    command += ["--profile", profile, "--report", f"json={written}"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not written.exists():
        raise RuntimeError(f"{name}: exit {ended.returncode}: {ended.stdout}{ended.stderr}")
    report: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    return report


@click.command()
@click.option("--profile", default="quick", show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--reasons", default=0, help="How many reasons for what was not examined are printed.")
@click.option("--own-targets", is_flag=True, help="With the target files that the mocks write themselves.")
@click.argument("names", nargs=-1)
def main(profile: str, seed: int, reasons: int, names: tuple[str, ...], own_targets: bool) -> None:
    """Print a line for each document, and its findings with what was judged of them."""
    if corpus() is None:
        raise click.ClickException(f"{VARIABLE}: {WITHOUT_CORPUS}")
    known = judgements()
    wrong = 0
    click.echo("| document | requirements | passed | failed | warning | not examined | requests | seconds |")
    click.echo("|---|---|---|---|---|---|---|---|")
    named = names or (document_names() if own_targets else documents_with_targets())
    for name in named:
        with TemporaryDirectory() as folder:
            report_for = report_with_own_target if own_targets else report_of
            report = report_for(name, Path(folder), profile=profile, seed=seed)
        click.echo(row(name, report))
        for problem in report["problems"]:
            click.echo(f"    problem: {problem['message']}")
        wrong += sum(show(name, outcome, known) for outcome in report["outcomes"] if outcome["finding"])
        for reason, count in unexamined(report).most_common(reasons):
            click.echo(f"    {count} {reason}")
    sys.exit(1 if wrong else 0)


def documents_with_targets() -> list[str]:
    """The documents of the corpus that have a target file."""
    folder = corpus()
    assert folder is not None
    stems = {path.stem for path in TARGETS.glob("*.toml")}
    return sorted(path.name for path in folder.iterdir() if path.stem in stems)


def unexamined(report: dict[str, Any]) -> Counter[str]:
    """How many requirements were skipped or inconclusive for each reason."""
    left_open = [outcome for outcome in report["outcomes"] if outcome["verdict"] in OPEN]
    return Counter(f"{outcome['verdict']}: {outcome['reason']}" for outcome in left_open)


def row(name: str, report: dict[str, Any]) -> str:
    """The line of a document in the table."""
    counts = report["counts"]
    total = sum(counts.values())
    share = sum(counts[verdict] for verdict in OPEN) / total if total else 0
    requests = sum(outcome["exchanges"] for outcome in report["outcomes"])
    figures = (total, counts["passed"], counts["failed"], counts["warning"], f"{share:.0%}", requests)
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
