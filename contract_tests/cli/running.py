"""The commands that send requests: `contract-tests run`, `replay` and `cleanup`."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from contract_tests.cli.options import CONTEXT, PATH, citations_of, loaded, selecting, selection_of
from contract_tests.engine.exit_codes import Exit, exit_of
from contract_tests.reports.registry import format_names
from contract_tests.requirements.profiles import PROFILES
from contract_tests.requirements.results import USUAL_INSUFFICIENCIES, Insufficiency, PassCriteria, RunResult
from contract_tests.suggestions import unknown

if TYPE_CHECKING:
    from contract_tests.engine.baseline import Baseline
    from contract_tests.redaction.masking import MaskedResult
    from contract_tests.target.target_file import Target

_NOTHING = "nothing"
"""What `--fail-on` takes where no gap is to end the run with 5, but that nothing at all was concluded."""


def _shard(context: click.Context, option: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """`2/4` as numbers. Raises BadParameter."""
    del context, option
    if value is None:
        return None
    part, slash, parts = value.partition("/")
    if not (slash and part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise click.BadParameter(f"{value!r}: write i/n, such as 1/4")
    return int(part), int(parts)


@click.command(context_settings=CONTEXT)
@click.option(
    "--target",
    "target_file",
    type=PATH,
    default=Path("target.toml"),
    show_default=True,
    help="The target file.",
)
@click.option(
    "--profile", type=click.Choice(PROFILES), default="quick", show_default=True, help="How much to examine."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Repeats a run.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=PATH",
    help=f"Write a report, FORMAT one of {', '.join(format_names())}; repeatable.",
)
@click.option(
    "--fail-on",
    "fail_on",
    multiple=True,
    type=click.Choice([*(each.value for each in Insufficiency), _NOTHING]),
    help="What is not enough, so that the run ends with 5: a must inconclusive because the target did not "
    "answer (unanswered) or for any reason, more than a quarter of the musts inconclusive "
    "(many-inconclusive), a must skipped, an operation without a passed requirement (untested). Repeatable; "
    "unanswered, many-inconclusive and untested unless given.",
)
@click.option("--strict", is_flag=True, help="A broken should or assumed fails the run too.")
@click.option(
    "--cleanup-file",
    type=PATH,
    help="Note here what is created until it is deleted, for `contract-tests cleanup`. "
    "[default: a new file next to the target file]",
)
@click.option(
    "--read-only/--read-write",
    default=None,
    help="Send reading requests alone, and skip what needs others. [default: as `production` in the target "
    "file says]",
)
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="At most N requests a second."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1, max=64),
    metavar="N",
    help="Examine N requirements of a contract at once.  [default: 1 to 16, by the target's answer time]",
)
@click.option(
    "--max-time",
    "max_seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=math.inf,
    show_default="without a limit",
    metavar="SECONDS",
    help="Begin no further requirement after so long; those left are skipped.",
)
@click.option("--shard", callback=_shard, metavar="I/N", help="Examine this part of N; see `merge`.")
@click.option(
    "--shard-costs",
    "costs_of",
    type=PATH,
    metavar="REPORT",
    help="A JSON report whose times make the parts take equally long.",
)
@click.option(
    "--baseline",
    "known_faults",
    type=PATH,
    metavar="FILE",
    help="Known faults that do not fail the run; `contract-tests accept` writes them.",
)
@click.option(
    "--own-document",
    type=click.Choice(["show", "fail", "ignore"]),
    default="show",
    show_default=True,
    help="Ask the deployment for the OpenAPI document that it shows of itself, at the usual places such as "
    "/openapi.json, and show undocumented routes and what breaks clients or servers; with `fail` a "
    "difference ends the run with 1.",
)
@click.option(
    "--slowest",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show the N requirements, operations and causes that took longest.",
)
@click.option(
    "--dry-run", is_flag=True, help="Print the requests that would be sent, answered by examples; send none."
)
@selecting
def run(
    target_file: Path,
    profile: str,
    seed: int,
    reports: tuple[str, ...],
    fail_on: tuple[str, ...],
    *,
    strict: bool,
    dry_run: bool,
    known_faults: Path | None,
    own_document: str,
    slowest: int,
    read_only: bool | None,
    rate: float | None,
    max_seconds: float,
    workers: int | None,
    cleanup_file: Path | None,
    **options: Any,
) -> int:
    """Judge the implementation that a target file names."""
    from rich.console import Console

    from contract_tests.engine.baseline import Baseline
    from contract_tests.engine.runner import run as judge
    from contract_tests.engine.selection import chosen
    from contract_tests.engine.stop_signal import StopSignal, handled
    from contract_tests.reports.registry import Report, write_all
    from contract_tests.reports.terminal import progress, summary
    from contract_tests.session.cleanup_file import default_path

    asked = [Report.parse(each) for each in reports]
    if not target_file.exists():
        raise click.UsageError(f"{target_file} does not exist; `contract-tests init` writes one to fill in")
    target = loaded(target_file)
    baseline = None if known_faults is None else Baseline.load(known_faults)
    selection, citations = selection_of(profile, options), citations_of(target_file)
    chosen(selection, {name: target.contract(name) for name in target.contracts}, citations)
    if dry_run:
        return _rehearse(target, selection=selection, seed=seed, citations=citations, read_only=read_only)
    for report in asked:
        report.prepare()
    notes = cleanup_file or default_path(target_file)
    criteria = PassCriteria(strict, _fail_on(fail_on), options["operations"], own_document == "fail")
    console, stop = Console(highlight=False), StopSignal()
    growing = [report for report in asked if report.grows]

    def write_growing(result: RunResult) -> None:
        write_all(_shown(result, baseline), growing)

    with handled(stop):  # until the reports are written
        with progress(console) as listener:
            result = judge(
                target,
                selection=selection,
                seed=seed,
                listener=listener,
                citations=citations,
                criteria=criteria,
                stop=stop,
                read_only=read_only,
                cleanup_file=notes,
                rate=rate,
                max_seconds=max_seconds,
                workers=workers,
                own_document=own_document != "ignore",
                while_running=write_growing if growing else None,
            )
        shown = _shown(result, baseline)
        write_all(shown, asked)
        summary(shown, console, slowest=slowest)
    for report in asked:
        if not report.is_printed:
            click.echo(f"{report.format} report: {report.path}")
    if notes.exists():
        click.echo(f"what is left can be deleted later: contract-tests cleanup {notes}")
    return int(exit_of(shown))


def _shown(result: RunResult, baseline: Baseline | None) -> MaskedResult:
    """A result as reports show it: without secrets, and with the known faults marked."""
    from contract_tests.redaction.masking import MaskedResult, masked

    shown = masked(result)
    if baseline is None:
        return shown
    return MaskedResult(baseline.applied(shown, today=date.today()))  # noqa: DTZ011 - as people count days


def _rehearse(target: Target, **how: Any) -> int:
    """Print the requests of a run in which none is sent."""
    from contract_tests.engine.dry_run import rehearsed
    from contract_tests.engine.runner import run as judge
    from contract_tests.redaction.masking import Redactor

    requests: list[str] = []
    result = judge(rehearsed(target, requests.append), **how)
    redactor = Redactor(result.secrets)
    for line in dict.fromkeys(requests):
        click.echo(redactor.text(line))
    for problem in result.problems:
        click.echo(f"{problem.contract}: {redactor.text(problem.message)}", err=True)
    number = len(result.outcomes)
    click.echo(f"{len(requests)} requests for {number} requirements, repeated ones shown once; none was sent")
    return int(Exit.USAGE if result.problems else Exit.HOLDS)


def _fail_on(given: tuple[str, ...]) -> frozenset[Insufficiency]:
    """What is not enough. Raises UsageError when `nothing` stands beside something."""
    if not given:
        return USUAL_INSUFFICIENCIES
    if _NOTHING in given and set(given) != {_NOTHING}:
        raise click.UsageError(f"--fail-on {_NOTHING} cannot be combined with others")
    return frozenset(Insufficiency(each) for each in given if each != _NOTHING)


@click.command(context_settings=CONTEXT)
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("requirement_id", metavar="ID")
@click.option("--target", "target_file", type=PATH, help="The target file, where it is not the run's.")
@click.pass_context
def replay(context: click.Context, report: Path, requirement_id: str, target_file: Path | None) -> int:
    """Examine one requirement of a JSON REPORT alone, with the profile and the seed of its run."""
    from contract_tests.reports.json import read

    earlier = read(report)
    found = [each for each in earlier.outcomes if each.requirement.id == requirement_id]
    if not found:
        names = [each.requirement.id for each in earlier.outcomes]
        raise click.UsageError(unknown("requirement", requirement_id, names, hint=f"{report} lists them"))
    return int(
        context.invoke(
            run,
            target_file=target_file or Path(earlier.target),
            profile=earlier.profile,
            seed=earlier.seed,
            contracts=(found[0].requirement.contract,),
            requirements=(requirement_id,),
        )
    )


@click.command(context_settings=CONTEXT)
@click.argument(
    "files", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True
)
@click.option("--target", "target_file", type=PATH, help="The target file, where it is not the run's.")
def cleanup(files: tuple[Path, ...], target_file: Path | None) -> int:
    """Delete what a killed run left behind, from the cleanup FILES that it wrote.

    It can be repeated; a file is removed once nothing is left. Exit codes: 0 everything is deleted, 2 a file
    or the target file cannot be used, 6 something is left.
    """
    from contract_tests.engine.recovery import recover

    left = [line for file in files for line in recover(file, target_file=target_file)]
    for line in left:
        click.echo(f"left behind: {line}")
    if not left:
        click.echo("everything is deleted")
    return int(Exit.LEFTOVERS if left else Exit.HOLDS)
