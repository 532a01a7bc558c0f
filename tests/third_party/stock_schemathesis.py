"""Stock Schemathesis on the defects of a plan: `python -m tests.third_party.stock_schemathesis PLAN`.

Every check and phase, at least as much time as the harness took, and a fresh server each. A defect is caught
where a check fails at an operation that it does not fail at on the honest server.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from contract_tests.proof.figures import read
from contract_tests.proof.launch import launched
from contract_tests.proof.plan import Plan, Server
from contract_tests.target.target_file import ContractTarget, Credential

Failures = set[tuple[str, str]]
"""The operation and the check of each failure."""

LEAST_SECONDS = 60
"""The time budget where the harness took less: on a busy machine the start alone takes seconds."""

HONEST_RUNS = 3
"""Runs of the honest server, with a seed each: what any of them finds, no defect is needed for."""

GRACE = 60
"""Seconds beyond its limit after which a run of Schemathesis is ended."""


@click.command(help=__doc__)
@click.argument("plan", type=click.Path(path_type=Path, exists=True))
@click.option("--results", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--only", multiple=True, help="Only these defects.")
@click.option("--seed", default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write what was caught to this file, JSON.")
def main(plan: Path, results: Path, only: tuple[str, ...], seed: int, out: Path | None) -> None:
    """Print for each defect whether both caught it."""
    loaded = Plan.load(plan)
    ours = {run.id: run for run in read(results) if run.server == loaded.server}
    honest = loaded.honest[0]
    longest = max(row.seconds for row in ours.values())
    usual: Failures = set()
    for other in range(HONEST_RUNS):
        usual |= run(loaded, honest, seconds=longest, seed=seed + other)
    click.echo(f"{loaded.server} honest: {len(usual)} pairs of operation and check fail")
    caught: dict[str, Any] = {}
    for defect in loaded.defects:
        if defect.id not in ours or (only and defect.id not in only):
            continue
        new = run(loaded, defect, seconds=ours[defect.id].seconds, seed=seed) - usual
        caught[defect.id] = {"ours": ours[defect.id].says, "schemathesis": sorted(map(list, new))}
        click.echo(f"{defect.id}: ours {ours[defect.id].says}, Schemathesis {sorted(new) or 'nothing'}")
        if out:
            out.write_text(json.dumps({loaded.server: caught}, indent=1) + "\n", encoding="utf-8")
    musts = sum(row["ours"] == "must" for row in caught.values())
    theirs = sum(bool(row["schemathesis"]) for row in caught.values())
    click.echo(f"{loaded.server}: {len(caught)} defects, {musts} by a must of ours, {theirs} by Schemathesis")


def run(plan: Plan, server: Server, *, seconds: float, seed: int) -> Failures:
    """The failures of one run. seconds: its time budget."""
    with launched(plan, server) as target, tempfile.TemporaryDirectory() as folder:
        (contract,) = target.contracts.values()
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(contract.spec)]
        command += [
            "--url",
            str(contract.base_url),
            "--seed",
            str(seed),
            "--max-time",
            str(round(max(LEAST_SECONDS, seconds))),
        ]
        command += ["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"]
        command += ["--report", "json", "--report-json-path", str(report)]
        for header in headers(contract):
            command += ["--header", header]
        try:
            subprocess.run(
                command,
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                timeout=max(LEAST_SECONDS, seconds) + GRACE,
            )
        except subprocess.TimeoutExpired:
            return set()
        result = json.loads(report.read_text("utf-8"))
    return {
        (operation, failure["type"]) for failure in result["failures"] for operation in failure["operations"]
    }


def headers(contract: ContractTarget) -> list[str]:
    """The header of the first valid credential; the schemes of the servers here are Basic and keys."""
    valid: list[Credential] = list(contract.valid_credentials().values())
    if not valid:
        return []
    if ":" in valid[0].secret:
        return [f"Authorization: Basic {b64encode(valid[0].secret.encode()).decode()}"]
    return [f"x-api-key: {valid[0].secret}"]


if __name__ == "__main__":
    main()
