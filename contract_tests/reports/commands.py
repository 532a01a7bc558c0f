"""The commands that work on JSON reports: `contract-tests accept`, `compare` and `merge`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from contract_tests.engine.exit_codes import Exit, exit_of
from contract_tests.requirements.results import Outcome
from contract_tests.verdicts import Verdict

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_REPORT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(context_settings=_CONTEXT)
@click.argument("report", type=_REPORT)
@click.option(
    "--baseline",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("known.toml"),
    show_default=True,
    help="The baseline to write; what stands in it stays.",
)
@click.option("--reason", required=True, help="Why the faults are accepted.")
@click.option("--owner", default="", help="Who mends them.")
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The last day on which they are accepted.",
)
@click.option("--warnings", is_flag=True, help="Accept what only warns too.")
def accept(
    report: Path, path: Path, *, reason: str, owner: str, expires: datetime | None, warnings: bool
) -> None:
    """Write the broken requirements of a JSON REPORT into a baseline, for `contract-tests run --baseline`.

    A requirement that breaks in another way afterwards is not covered.
    """
    from contract_tests.engine.baseline import Baseline
    from contract_tests.reports.json import read

    accepted = (Verdict.FAILED, Verdict.WARNING) if warnings else (Verdict.FAILED,)
    baseline = Baseline.load(path) if path.exists() else Baseline(path, ())
    broken = [outcome for outcome in read(report).outcomes if outcome.verdict in accepted]
    extended = baseline.with_outcomes(
        broken, reason=reason, owner=owner, expires=None if expires is None else expires.date()
    )
    extended.write()
    click.echo(f"{path}: {len(extended.faults) - len(baseline.faults)} added, {len(extended.faults)} in all")


@click.command(context_settings=_CONTEXT)
@click.argument("old", type=_REPORT)
@click.argument("new", type=_REPORT)
def compare(old: Path, new: Path) -> int:
    """Show what broke, what was mended and what is judged no longer between two JSON reports.

    Exit codes: 0 nothing broke, 1 a must broke that did not break before or broke otherwise, 2 a report
    cannot be read.
    """
    from contract_tests.reports.comparison import compared
    from contract_tests.reports.json import read

    found = compared(read(old), read(new))
    for heading, outcomes in (
        ("broken", found.broken),
        ("broken otherwise", found.otherwise),
        ("mended", found.mended),
        ("judged no longer", found.no_longer),
        ("judged for the first time, and kept", found.newly),
    ):
        _listed(heading, outcomes)
    if not any((found.broken, found.otherwise, found.mended, found.no_longer, found.newly)):
        click.echo("no difference")
    worse = any(each.verdict is Verdict.FAILED for each in (*found.broken, *found.otherwise))
    return int(Exit.BROKEN if worse else Exit.HOLDS)


def _listed(heading: str, outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    click.echo(f"{heading} ({len(outcomes)})")
    for outcome in outcomes:
        why = outcome.cause or outcome.reason
        click.echo(f"  {outcome.verdict.value:<12} {outcome.requirement.id}" + (f"  {why}" if why else ""))


@click.command(context_settings=_CONTEXT)
@click.argument("reports", type=_REPORT, nargs=-1, required=True)
@click.option("--report", "asked", multiple=True, metavar="FORMAT=PATH", help="Write a report; repeatable.")
def merge(reports: tuple[Path, ...], asked: tuple[str, ...]) -> int:
    """Join the JSON REPORTS of a run's shards to one verdict. The exit code is that of the whole run."""
    from rich.console import Console

    from contract_tests.reports.joining import joined
    from contract_tests.reports.json import read
    from contract_tests.reports.registry import Report, write_all
    from contract_tests.reports.terminal import summary

    parsed = [Report.parse(each) for each in asked]
    for each in parsed:
        each.prepare()
    result = joined([read(path) for path in reports])
    write_all(result, parsed)
    summary(result, Console(highlight=False))
    return int(exit_of(result))
