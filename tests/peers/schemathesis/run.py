"""Stock Schemathesis against the mock: `python -m tests.peers.schemathesis.run` prints a table.

Every run is a user's own command line: the spec, the address, one header; all checks, all phases.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tests.peers.contracts import prefix_of, spec_of
from tests.peers.mock import running_mock
from tests.peers.schemathesis.exceptions import allowances, settings


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who points Schemathesis at a contract: who they are, and the one header they give."""

    contract: str
    name: str
    header: str


USERS = (
    User("aimable", "admin", "Authorization: Bearer mock-aimable-admin"),
    User("fastapi_platform", "admin", "X-API-Key: mock-platform-admin-key"),
    User("hydracore", "developer", "Authorization: Bearer mock-hydracore-admin"),
    User("hydracore", "instance", "Authorization: Bearer mock-proxy-key-1"),
    User("patchworks", "admin", "Authorization: Bearer mock-patchworks-admin"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """What one run found. failures: a check's title with the operation, each once. output: the whole text."""

    requests: int
    failures: tuple[str, ...]
    errors: int
    seconds: float
    exit_code: int
    output: str

    @property
    def clean(self) -> bool:
        """Neither failures nor errors, and it did run."""
        return self.exit_code == 0 and self.requests > 0 and not self.failures


def run(
    user: User, *, address: str, seed: int, examples: int | None = None, excepting: bool = True
) -> Result:
    """One run against a mock at `address`. examples: cases per operation, the tool's own number if None."""
    with tempfile.TemporaryDirectory() as folder:
        config, report = Path(folder, "schemathesis.toml"), Path(folder, "report.json")
        config.write_text(settings(user.contract, allowances() if excepting else ()), encoding="utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
        command += [str(spec_of(user.contract)), "--url", address + prefix_of(user.contract)]
        command += ["-H", user.header, "--seed", str(seed)]
        command += ["--continue-on-failure", "--report", "json", "--report-json-path", str(report)]
        command += [] if examples is None else ["--max-examples", str(examples)]
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
        return _result(told, ended)


def _result(told: Any, ended: subprocess.CompletedProcess[str]) -> Result:
    output = ended.stdout + ended.stderr
    if told is None:
        return Result(0, (), 1, 0.0, ended.returncode, output)
    failures = tuple(
        f"{failure['title']}: {operation}"
        for failure in told["failures"]
        for operation in failure["operations"]
    )
    return Result(
        requests=told["test_cases"]["generated"],
        failures=failures,
        errors=len(told["errors"]),
        seconds=told["running_time"],
        exit_code=ended.returncode,
        output=output,
    )


@click.command(help=__doc__)
@click.option("--seed", "seeds", type=int, multiple=True, default=(1, 2, 3), show_default=True)
@click.option("--contract", type=click.Choice(sorted({one.contract for one in USERS})), help="Only this.")
@click.option("--without-exceptions", is_flag=True, help="Every check for every operation.")
@click.option("--verbose", is_flag=True, help="Print Schemathesis' own words on what it found.")
def main(seeds: Sequence[int], contract: str | None, *, without_exceptions: bool, verbose: bool) -> None:
    """Run and print; exits with 1 when anything was found."""
    click.echo(
        f"{'contract':18}{'as':12}{'seed':>5}{'requests':>10}{'failures':>10}{'errors':>8}{'seconds':>9}"
    )
    clean = True
    for user in USERS:
        for seed in seeds if contract in (None, user.contract) else ():
            with running_mock() as address:
                result = run(user, address=address, seed=seed, excepting=not without_exceptions)
            clean = clean and result.clean
            _tell(user, seed, result, verbose=verbose)
    sys.exit(0 if clean else 1)


def _tell(user: User, seed: int, result: Result, *, verbose: bool) -> None:
    figures = f"{result.requests:>10}{len(result.failures):>10}{result.errors:>8}{result.seconds:>9.1f}"
    click.echo(f"{user.contract:18}{user.name:12}{seed:>5}{figures}")
    for failure in result.failures:
        click.echo(f"    {failure}")
    if verbose and not result.clean:
        click.echo(result.output)


if __name__ == "__main__":
    main()
