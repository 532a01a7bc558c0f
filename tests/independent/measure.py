"""Runs the harness against the independent servers: `python -m tests.independent.measure`.

The servers are honest: a broken *must* is a false alarm. Ends with 1 when there was one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONTRACTS = ("aimable", "fastapi_platform", "hydracore", "patchworks")
SERVERS = (
    *(f"{language}-{contract}" for language in ("python", "node") for contract in CONTRACTS),
    *(f"stdlib-{contract}" for contract in ("aimable", "hydracore", "patchworks")),
)
BASE_PATHS = {"aimable": "/api-proxy"}
SETTLE = 'settle = "700ms"'
DESCRIBED_ELSEWHERE = {
    "node-patchworks rate_limit_units=plural": (("minute", "minutes"),),
    "node-fastapi_platform parameters=per_provider": (
        ('config_key = "{canary}"', 'access_token = "{canary}", client_id = "c", client_secret = "{canary}"'),
    ),
    "python-patchworks ids=number": (
        ("9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", "3"),
        ("1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "4"),
        ("6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b", "5"),
    ),
    "python-hydracore api_key_alone=insufficient": (
        ('value = "key-acme"', 'value = "key-acme"\nvalid = false'),
    ),
    "stdlib-patchworks scheme=raw_token": (('scheme = "bearer"', 'scheme = "apiKey"'),),
    "stdlib-patchworks identifiers=number_and_uuid": (
        ('connector = "11"', 'connector = "82fab05c-8128-52d7-86c6-56ecd352148d"'),
        ('connector = "12"', 'connector = "1811829a-aafa-51c7-97ef-754021a0ff26"'),
        ('connector = "13"', 'connector = "c8cc2389-94d4-5b9d-b76c-fd8ca2ba2080"'),
    ),
}
"""Values that the operator of a server gives to the tester: what the target file says instead."""

LAGGING = frozenset(
    {
        "list_lag=300_ms",
        "list_lag_ms=500",
        "activation=background",
        "last_used_at=background",
        "delete_takes_effect=after_300_ms",
        "destroy_takes_effect=after_300_ms",
        "cancelling=by_way_of_cancelling",
    }
)
"""Choices with which a write takes a moment to show: the operator gives `settle` to the tester."""


@dataclass(frozen=True)
class Run:
    """One run of the harness. choice: `name=value`, empty for the server's defaults."""

    server: str
    choice: str
    exit_code: int
    findings: tuple[dict[str, Any], ...]

    @property
    def broken(self) -> bool:
        """Whether the harness calls the server broken."""
        return any(finding["level"] == "must" for finding in self.findings)


def choices(server: str) -> Iterator[str]:
    """Every value of every choice that is not the default, as `name=value`."""
    language, _, contract = server.partition("-")
    files = [
        HERE / language / (f"{contract}.choices.yaml" if language == "node" else f"{contract}/choices.yaml")
    ]
    if language == "stdlib":
        files.append(HERE / language / "habits" / "choices.yaml")
    for file in files:
        for choice in yaml.safe_load(file.read_text(encoding="utf-8")):
            for value in choice["values"]:
                if str(value) != str(choice["default"]):
                    yield f"{choice['name']}={value}"


@contextmanager
def started(server: str, choice: str) -> Iterator[str]:
    """The address of a fresh server with one choice."""
    language, _, contract = server.partition("-")
    command = [sys.executable, "-m", f"tests.independent.{language}.{contract}"]
    if language == "node":
        command = ["node", str(HERE / "node" / f"{contract}.mjs")]
    arguments = ["--port", "0", *(("--choice", choice) if choice else ())]
    with subprocess.Popen(
        [*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            if found is None:
                raise RuntimeError(f"{server} {choice} does not start: {line!r}")
            yield found.group()
        finally:
            process.kill()


def run(server: str, choice: str, *, seed: int, profile: str) -> Run:
    """Judge a fresh server. Raises RuntimeError when the harness writes no report."""
    contract = server.partition("-")[2]
    with tempfile.TemporaryDirectory() as folder, started(server, choice) as address:
        target, report = Path(folder) / "target.toml", Path(folder) / "report.json"
        text = (HERE / "targets" / f"{server}.toml").read_text(encoding="utf-8")
        base_url = tomllib.loads(text)["contracts"][contract]["base_url"]
        text = text.replace(base_url, address + BASE_PATHS.get(contract, ""))
        for usual, described in DESCRIBED_ELSEWHERE.get(f"{server} {choice}", ()):
            text = text.replace(usual, described)
        if choice in LAGGING:
            text = text.replace(f"[contracts.{contract}]", f"[contracts.{contract}]\n{SETTLE}")
        target.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "contract_tests", "run", "--target", target, "--seed", str(seed)]
        command += ["--profile", profile, "--report", f"json={report}"]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if not report.exists():
            raise RuntimeError(f"{server} {choice}: exit {ended.returncode}: {ended.stdout}{ended.stderr}")
        return Run(server, choice, ended.returncode, tuple(findings(json.loads(report.read_text()))))


def findings(report: Any) -> Iterator[dict[str, Any]]:
    """The findings of a JSON report, with level and requirement."""
    for outcome in report["outcomes"]:
        finding = outcome.get("finding")
        if finding is not None:
            level = "must" if outcome["verdict"] == "failed" else "warning"
            yield {"requirement": outcome["requirement"], "level": level, **finding}


@click.command()
@click.option("--server", "servers", multiple=True, type=click.Choice(SERVERS), help="[default: all]")
@click.option("--choice", "chosen", multiple=True, help="name=value, `default` or `all`. [default: default]")
@click.option("--seed", default=0, show_default=True)
@click.option("--profile", default="quick", show_default=True)
def main(servers: Sequence[str], chosen: Sequence[str], seed: int, profile: str) -> None:
    """Count the honest servers that the harness calls broken."""
    runs = broken = 0
    for server in servers or SERVERS:
        wanted = {"" if choice == "default" else choice for choice in chosen or ("default",)}
        for choice in ["", *choices(server)]:
            if choice not in wanted and "all" not in wanted:
                continue
            result = run(server, choice, seed=seed, profile=profile)
            runs += 1
            broken += result.broken
            musts = [finding for finding in result.findings if finding["level"] == "must"]
            click.echo(
                f"{server:24} {choice or 'default':44} exit {result.exit_code}"
                f"  musts {len(musts):3}  warnings {len(result.findings) - len(musts):3}"
            )
            for finding in musts:
                click.echo(f"    {finding['requirement']}")
                click.echo(f"      expected {finding['expected']}, received {finding['received']}")
    click.echo(f"{broken} of {runs} honest runs called broken")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
