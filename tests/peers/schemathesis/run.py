"""Stock Schemathesis against the mock: `python -m tests.peers.schemathesis.run` prints a table.

Every run is a user's own command line: the spec, the address, one header; all checks, all phases. With
--without-exceptions every check is on for every operation: what is found must be what exceptions.yaml names,
all of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tests.peers.contracts import operation_of, prefix_of, spec_of
from tests.peers.mock import running_mock
from tests.peers.schemathesis.exceptions import Allowance, allowances, settings


@dataclass(frozen=True, slots=True)
class User:
    """A user of Schemathesis with a contract: their name, and the header they pass. short: the phases of a
    short run, all of them if empty; the coverage of the admin document takes longer than all other runs."""

    contract: str
    name: str
    header: str
    short: str = ""


USERS = (
    User("admin", "tester", "Accept: application/json", short="examples,fuzzing,stateful"),
    User("aimable", "admin", "Authorization: Bearer mock-aimable-admin"),
    User("fastapi_platform", "admin", "X-API-Key: mock-platform-admin-key"),
    User("hydracore", "developer", "Authorization: Bearer mock-hydracore-admin"),
    User("hydracore", "instance", "Authorization: Bearer mock-proxy-key-1"),
    User("patchworks", "admin", "Authorization: Bearer mock-patchworks-admin"),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of failure at one operation, whose id it is."""

    contract: str
    operation: str
    kind: str
    title: str

    @property
    def finding(self) -> tuple[str, str, str]:
        """Its identity."""
        return (self.contract, self.operation, self.kind)


@dataclass(frozen=True, slots=True)
class Result:
    """What one run found. failures: each kind once per operation. output: the whole text."""

    requests: int
    failures: tuple[Failure, ...]
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
    """One run against a mock at `address`. examples: cases per operation, in the user's short phases; the
    tool's own number in all phases if None."""
    with tempfile.TemporaryDirectory() as folder:
        config, report = Path(folder, "schemathesis.toml"), Path(folder, "report.json")
        config.write_text(settings(user.contract, allowances() if excepting else ()), encoding="utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
        command += [str(spec_of(user.contract)), "--url", address + prefix_of(user.contract)]
        command += ["-H", user.header, "--seed", str(seed)]
        command += ["--continue-on-failure", "--report", "json", "--report-json-path", str(report)]
        command += [] if examples is None else ["--max-examples", str(examples)]
        command += ["--phases", user.short] if user.short and examples is not None else []
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
        return _result(user.contract, told, ended)


def runs(
    asked: Iterable[tuple[User, int]], *, jobs: int = 2, examples: int | None = None, excepting: bool = True
) -> Iterator[Result]:
    """The runs of these users with these seeds, in this order, each against its own mock; `jobs` at once."""

    def one(who: tuple[User, int]) -> Result:
        with running_mock() as address:
            return run(who[0], address=address, seed=who[1], examples=examples, excepting=excepting)

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(one, asked)


def compared(
    entries: Iterable[Allowance], failures: Collection[Failure]
) -> tuple[list[Allowance], list[Failure]]:
    """Exceptions that no failure needed, and failures that no exception covers."""
    entries = tuple(entries)
    covered, met = {one.finding for one in entries}, {one.finding for one in failures}
    return (
        [one for one in entries if one.finding not in met],
        [one for one in failures if one.finding not in covered],
    )


def _result(contract: str, told: Any, ended: subprocess.CompletedProcess[str]) -> Result:
    output = ended.stdout + ended.stderr
    if told is None:
        return Result(0, (), 1, 0.0, ended.returncode, output)
    failures = tuple(
        Failure(contract, operation_of(contract, operation), failure["type"], failure["title"])
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
@click.option("--jobs", default=2, show_default=True, help="Runs at the same time.")
@click.option("--without-exceptions", is_flag=True, help="Every check for every operation.")
@click.option("--verbose", is_flag=True, help="Print Schemathesis' own words on what it found.")
def main(
    seeds: Sequence[int], contract: str | None, *, jobs: int, without_exceptions: bool, verbose: bool
) -> None:
    """Run and print; exits with 1 when anything else was found than the exceptions say."""
    click.echo(
        f"{'contract':18}{'as':12}{'seed':>5}{'requests':>10}{'failures':>10}{'errors':>8}{'seconds':>9}"
    )
    asked = [(user, seed) for user in USERS if contract in (None, user.contract) for seed in seeds]
    results = []
    for who, result in zip(asked, runs(asked, jobs=jobs, excepting=not without_exceptions), strict=True):
        results.append(result)
        _tell(*who, result, verbose=verbose)
    if not without_exceptions:
        sys.exit(0 if all(result.clean for result in results) else 1)
    named = [one for one in allowances() if contract in (None, one.contract)]
    unneeded, uncovered = compared(named, [one for result in results for one in result.failures])
    for entry in unneeded:
        click.echo(f"never needed: {entry.check} of {entry.contract}.{entry.operation}")
    for failure in dict.fromkeys(uncovered):
        click.echo(f"no exception: {failure.title} at {failure.contract}.{failure.operation}")
    click.echo(f"{len(named) - len(unneeded)} of {len(named)} exceptions needed")
    broken = any(result.errors or not result.requests for result in results)
    sys.exit(1 if unneeded or uncovered or broken else 0)


def _tell(user: User, seed: int, result: Result, *, verbose: bool) -> None:
    figures = f"{result.requests:>10}{len(result.failures):>10}{result.errors:>8}{result.seconds:>9.1f}"
    click.echo(f"{user.contract:18}{user.name:12}{seed:>5}{figures}")
    for failure in result.failures:
        click.echo(f"    {failure.title}: {failure.operation}")
    if verbose and not result.clean:
        click.echo(result.output)


if __name__ == "__main__":
    main()
