"""Run stock Schemathesis against mocks of documents: python -m tests.corpus.stock_schemathesis [NAMES].

Every check and every phase, each document with a mock of its own. Each failure must have an explanation in
schemathesis_explained.yaml; the exit code is 1 where one has none. The folder with the documents is named by
OPENAPI_CORPUS.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import yaml

from tests.corpus.documents import VARIABLE, WITHOUT_CORPUS, corpus, document_path
from tests.corpus.mock import running_mock

TEN = (
    "petstore3.yaml",
    "train.yaml",
    "petclinic.yaml",
    "springdoc.json",
    "l5swagger.json",
    "nestjs.json",
    "fastapi.json",
    "box2026.json",
    "uspto.yaml",
    "tictactoe.yaml",
)
EXPLAINED = Path(__file__).with_name("schemathesis_explained.yaml")


@dataclass(frozen=True, order=True)
class Failure:
    """What a check of Schemathesis found wrong at an operation of a document."""

    document: str
    operation: str
    check: str


@dataclass(frozen=True)
class Run:
    """One run. complete: false where Schemathesis stopped early. output: its own words."""

    failures: frozenset[Failure]
    cases: int
    complete: bool
    output: str


@click.command(help=__doc__)
@click.option("--seed", "seeds", type=int, multiple=True, default=(1, 2), show_default=True)
@click.option("--examples", default=20, show_default=True, help="Cases per operation and phase.")
@click.option("--max-time", default=120, show_default=True, help="Seconds for one run.")
@click.option("--verbose", is_flag=True, help="Print Schemathesis' own words on what it found.")
@click.argument("names", nargs=-1)
def main(seeds: Sequence[int], examples: int, max_time: int, *, verbose: bool, names: Sequence[str]) -> None:
    """Run and print a table of the failures with their explanations."""
    if corpus() is None:
        raise click.ClickException(f"{VARIABLE}: {WITHOUT_CORPUS}")
    explained = dict(explanations())
    unexplained = 0
    click.echo("| document | seed | cases | operation | check | why |")
    click.echo("|---|---|---|---|---|---|")
    for name in names or TEN:
        for seed in seeds:
            found = run(name, seed=seed, examples=examples, max_time=max_time)
            cases = f"{found.cases}{'' if found.complete else ', incomplete'}"
            if not found.failures:
                click.echo(f"| {name} | {seed} | {cases} | none | | |")
            for failure in sorted(found.failures):
                reason = explained.get(failure)
                unexplained += reason is None
                click.echo(
                    f"| {name} | {seed} | {cases} | {failure.operation} | {failure.check} "
                    f"| {reason or '**unexplained**'} |"
                )
            if verbose:
                click.echo(found.output)
    sys.exit(1 if unexplained else 0)


def run(name: str, *, seed: int, examples: int, max_time: int) -> Run:
    """Run Schemathesis once against a mock of this document, with the mock's credentials."""
    with TemporaryDirectory() as folder:
        document = document_path(name, Path(folder))
        with running_mock(document) as target:
            report = Path(folder, "report.json")
            command = [sys.executable, "-m", "schemathesis.cli", "run", str(document)]
            command += ["--url", target.base_url, "--seed", str(seed), "--max-examples", str(examples)]
            command += ["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"]
            command += ["--report", "json", "--report-json-path", str(report), "--max-failures", "200"]
            for header in target.headers:
                command += ["--header", header]
            try:
                ended = subprocess.run(
                    command, cwd=folder, capture_output=True, text=True, check=False, timeout=max_time
                )
            except subprocess.TimeoutExpired as late:
                written = late.stdout.decode("utf-8", "replace") if isinstance(late.stdout, bytes) else ""
                return Run(frozenset(), 0, complete=False, output=written)
            result = json.loads(report.read_text("utf-8"))
    failures = frozenset(
        Failure(name, operation, failure["type"])
        for failure in result["failures"]
        for operation in failure["operations"]
    )
    return Run(failures, result["test_cases"]["generated"], bool(result["complete"]), ended.stdout)


def explanations() -> Iterator[tuple[Failure, str]]:
    """The failures that have an explanation, with it."""
    for entry in yaml.safe_load(EXPLAINED.read_text("utf-8")):
        for document, operations in entry["at"].items():
            for operation in operations:
                yield Failure(document, operation, entry["check"]), f"{entry['fault']}: {entry['why']}"


if __name__ == "__main__":
    main()
