"""Runs the harness against the independent servers: `python -m tests.independent.measure`.

Honest servers should have no broken *must*; a planted defect should have one. Ends with 1 when an honest
server was called broken.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from tests.independent.servers import HERE, ROOT, SERVERS, Defect, defects, groups, planted, started

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
    "rails-hydracore api_key=insufficient": (
        ('value = "ak_saltbush_9d41"', 'value = "ak_saltbush_9d41"\nvalid = false'),
    ),
    "go-aimable setup_twice=409": (('provider_slug = "google-workspace"', 'provider_slug = "github"'),),
    "python-aimable duplicate_connector=refused": (
        ('provider_slug = "slack"', 'provider_slug = "google-drive"'),
    ),
    "go-aimable same_provider=409": (('["1A2B3C4D"]', '["1A2B3C4D", "{unique}"]'),),
    "stdlib-patchworks scheme=raw_token": (('scheme = "bearer"', 'scheme = "apiKey"'),),
    "stdlib-patchworks identifiers=number_and_uuid": (
        ('connector = "11"', 'connector = "82fab05c-8128-52d7-86c6-56ecd352148d"'),
        ('connector = "12"', 'connector = "1811829a-aafa-51c7-97ef-754021a0ff26"'),
        ('connector = "13"', 'connector = "c8cc2389-94d4-5b9d-b76c-fd8ca2ba2080"'),
    ),
    "tornado-patchworks ids=ulid": (
        ("5f0e4c1b-7d2a-4a96-8b3e-c19d06f7a254", "01HZX3V9K7Q2M4R8T6W0Y5B1CD"),
        ("c2a86d37-10f4-4be9-9d75-3e58b1c06f92", "01HZX3VB2N8C5F1G7H9J3K4M6P"),
        ("8d39b0f6-e5c7-4128-a60b-74f2d91e3ca5", "01HZX3VD6S3T9V1W5X7Y2Z4A8B"),
    ),
    "tornado-patchworks ids=number": (
        ("5f0e4c1b-7d2a-4a96-8b3e-c19d06f7a254", "201"),
        ("c2a86d37-10f4-4be9-9d75-3e58b1c06f92", "202"),
        ("8d39b0f6-e5c7-4128-a60b-74f2d91e3ca5", "203"),
    ),
    "laravel-patchworks ids=uuid": (
        ("4101", "e2274077-7871-537c-af11-1cc21f33fc3a"),
        ("4102", "1790643a-5ff4-5ccd-955e-a4dad6965b10"),
        ("4145", "e55c27c0-8723-57fc-bc83-479b7d0ece4d"),
    ),
    "laravel-patchworks ids=hashid": (
        ("4101", "con_c5b75776aa60"),
        ("4102", "con_32d1abf4d725"),
        ("4145", "con_c231cdb52d9f"),
    ),
    "laravel-patchworks rate_limit_units=plural": (("minute", "minutes"),),
    "laravel-patchworks rate_limit_units=upper_case": (("minute", "MINUTE"),),
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
    """One run of the harness.

    profile: how much it examined. choice: `name=value`, several with spaces between, empty for the server's
    defaults. defect: its id, empty for an honest server. seconds: of the run of the harness.
    """

    server: str
    choice: str
    defect: str
    profile: str
    exit_code: int
    seconds: float
    requests: int
    findings: tuple[dict[str, Any], ...]

    @property
    def level(self) -> str:
        """What the harness says of the server: `must`, `warning` or `none`."""
        if any(finding["level"] == "must" for finding in self.findings):
            return "must"
        return "warning" if self.findings else "none"


def run(server: str, choice: str = "", defect: Defect | None = None, *, seed: int, profile: str) -> Run:
    """Judge a fresh server. Raises RuntimeError when the harness writes no report."""
    contract = server.partition("-")[2]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        root = stack.enter_context(planted(defect)) if defect else ROOT
        address = stack.enter_context(started(server, choice.split(), root))
        target, report = folder / "target.toml", folder / "report.json"
        target.write_text(target_text(server, choice, address + BASE_PATHS.get(contract, "")), "utf-8")
        command = [sys.executable, "-m", "contract_tests", "run", "--target", target, "--seed", str(seed)]
        command += ["--profile", profile, "--report", f"json={report}"]
        begun = time.monotonic()
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        seconds = round(time.monotonic() - begun, 1)
        if not report.exists():
            raise RuntimeError(f"{server} {choice}: exit {ended.returncode}: {ended.stdout}{ended.stderr}")
        written = json.loads(report.read_text(encoding="utf-8"))
        return Run(
            server=server,
            choice=choice,
            defect=defect.id if defect else "",
            profile=profile,
            exit_code=ended.returncode,
            seconds=seconds,
            requests=sum(outcome["exchanges"] for outcome in written["outcomes"]),
            findings=tuple(findings(written)),
        )


def target_text(server: str, choice: str, address: str) -> str:
    """The target file for a server with its choices: what its operator gives to a tester."""
    contract = server.partition("-")[2]
    text = (HERE / "targets" / f"{server}.toml").read_text(encoding="utf-8")
    text = text.replace(tomllib.loads(text)["contracts"][contract]["base_url"], address)
    for each in choice.split():
        for usual, described in DESCRIBED_ELSEWHERE.get(f"{server} {each}", ()):
            text = text.replace(usual, described)
    if LAGGING.intersection(choice.split()):
        text = text.replace(f"[contracts.{contract}]", f"[contracts.{contract}]\n{SETTLE}")
    return text


def findings(report: Any) -> Iterator[dict[str, Any]]:
    """The findings of a JSON report, with requirement and verdict; each has its level."""
    for outcome in report["outcomes"]:
        if outcome.get("finding") is not None:
            yield {"requirement": outcome["requirement"], "verdict": outcome["verdict"], **outcome["finding"]}


def planned(
    server: str, chosen: Sequence[str], wanted: Sequence[str], together: int
) -> Iterator[tuple[str, Defect | None]]:
    """The runs that are asked for: choices or a defect each."""
    honest = {"" if choice == "default" else choice for choice in chosen}
    offered = [" ".join(group) for group in groups(server, together)]
    for choice in ["", *offered]:
        if choice in honest or "all" in honest:
            yield choice, None
    for defect in defects(server):
        if defect.id in wanted or "all" in wanted:
            yield "", defect


def show(result: Run, defect: Defect | None) -> None:
    """Print a run and its broken *musts*."""
    musts = [finding for finding in result.findings if finding["level"] == "must"]
    what = f"defect {defect.id}" if defect else result.choice or "default"
    click.echo(
        f"{result.server:24} {what:44} exit {result.exit_code}  musts {len(musts):3}"
        f"  warnings {len(result.findings) - len(musts):3}  {result.seconds:5} s"
    )
    for finding in [] if defect else musts:
        click.echo(f"    {finding['requirement']}")
        click.echo(f"      expected {finding['expected']}, received {finding['received']}")


@click.command()
@click.option("--server", "servers", multiple=True, type=click.Choice(SERVERS), help="[default: all]")
@click.option("--choice", "chosen", multiple=True, help="name=value, `default` or `all`. [default: default]")
@click.option("--defect", "wanted", multiple=True, help="An id or `all`; no honest run, if no --choice.")
@click.option("--together", default=1, show_default=True, help="Choices in one run, where all are asked for.")
@click.option("--seed", default=0, show_default=True)
@click.option("--profile", default="quick", show_default=True)
@click.option(
    "--record", type=click.Path(path_type=Path), help="Append each run to this file, a JSON a line."
)
def main(
    *,
    servers: Sequence[str],
    chosen: Sequence[str],
    wanted: Sequence[str],
    together: int,
    seed: int,
    profile: str,
    record: Path | None,
) -> None:
    """Count the honest servers that the harness calls broken, and the planted defects that it catches."""
    runs: list[Run] = []
    usual = [] if wanted else ["default"]
    for server in servers or SERVERS:
        for choice, defect in planned(server, chosen or usual, wanted, together):
            try:
                result = run(server, choice, defect, seed=seed, profile=profile)
            except RuntimeError as error:
                click.echo(f"{server} {choice}{defect.id if defect else ''}: {error}", err=True)
                continue
            runs.append(result)
            show(result, defect)
            if record:
                with record.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(result)) + "\n")
    honest = [result for result in runs if not result.defect]
    broken = [result for result in honest if result.level == "must"]
    caught = [result for result in runs if result.defect and result.level == "must"]
    click.echo(f"{len(broken)} of {len(honest)} honest runs called broken")
    click.echo(f"{len(caught)} of {len(runs) - len(honest)} planted defects caught by a must")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
