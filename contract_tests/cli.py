"""The command line: `contract-tests run`, `list`, `explain`, `init`, `catalogue`, `prove`, `spec …`."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from contract_tests.decide.command import decide
from contract_tests.engine.exit_codes import Exit, exit_of
from contract_tests.installation import missing_packages
from contract_tests.proof.command import prove
from contract_tests.reports.commands import accept, compare, merge
from contract_tests.reports.registry import format_names
from contract_tests.requirements.families import family_names
from contract_tests.requirements.profiles import PROFILES
from contract_tests.requirements.results import USUAL_INSUFFICIENCIES, Insufficiency, PassCriteria
from contract_tests.spec_check.command import spec
from contract_tests.spec_diff.command import diff
from contract_tests.suggestions import unknown
from contract_tests.twin.command import twin

if TYPE_CHECKING:
    from contract_tests.target.target_file import Target

_NOTHING = "nothing"
"""What `--fail-on` takes where no gap is to end the run with 5, but that nothing at all was concluded."""

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_CONTEXT)
@click.version_option(package_name="connector-contracts")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks (works after any command).")
def cli() -> None:
    """Judge any implementation of an API against the promises its documents make.

    Exit codes: 0 holds, 1 broken, 2 usage, configuration or spec, 3 target unreachable or credentials not
    accepted, 4 an error of the harness, 5 not enough concluded, 6 something was left behind, 130 and 143
    stopped by Ctrl-C or SIGTERM.
    """


cli.add_command(spec)
spec.add_command(diff)
cli.add_command(prove)
cli.add_command(decide)
cli.add_command(accept)
cli.add_command(compare)
cli.add_command(merge)
cli.add_command(twin)


_DEEPEST_CALLS = 5000
"""Documents nest a few hundred levels, and reading a level takes several calls."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; a traceback is shown only with --debug."""
    sys.setrecursionlimit(max(_DEEPEST_CALLS, sys.getrecursionlimit()))
    if missing := missing_packages():
        click.echo(f"Error: {missing}", err=True)
        sys.exit(int(Exit.USAGE))
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(_guarded([each for each in given if each != "--debug"], debug="--debug" in given))


def _guarded(arguments: Sequence[str], *, debug: bool) -> int:
    try:
        code = cli.main(args=list(arguments), prog_name="contract-tests", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return int(Exit.USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return int(Exit.INTERRUPTED)
    except Exception as error:
        if debug:
            raise
        if isinstance(error, _refusals()):
            click.echo(f"Error: {error}", err=True)
            return int(Exit.USAGE)
        first = (str(error).splitlines() or [""])[0]
        text = f"{type(error).__name__}: {first}" if first else type(error).__name__
        click.echo(f"An error of the harness: {text}. Run it again with --debug for the details.", err=True)
        return int(Exit.OURS)
    return code if isinstance(code, int) else 0


def _refusals() -> tuple[type[Exception], ...]:
    """What says that something the user gave cannot be used, in words meant for them."""
    from contract_tests.engine.recovery import RecoveryError
    from contract_tests.engine.selection import SelectionError
    from contract_tests.extensions import ExtensionError
    from contract_tests.openapi.contract import SpecError
    from contract_tests.openapi.yaml_file import UnreadableError
    from contract_tests.proof.figures import ResultsError
    from contract_tests.proof.plan import PlanError
    from contract_tests.reports.joining import JoinError
    from contract_tests.reports.json import UnreadableReportError
    from contract_tests.reports.registry import ReportError
    from contract_tests.requirements.catalogue import CatalogueError
    from contract_tests.target.target_file import TargetError
    from contract_tests.toml_tables import TableError

    return (
        CatalogueError,
        JoinError,
        UnreadableReportError,
        ExtensionError,
        SelectionError,
        RecoveryError,
        PlanError,
        ReportError,
        ResultsError,
        SpecError,
        TableError,
        TargetError,
        UnreadableError,
    )


def _selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose requirements."""
    for option in (
        click.option(
            "--requirement",
            "requirements",
            multiple=True,
            metavar="ID",
            help="Only these ids; * and ? are patterns.",
        ),
        click.option("--exclude", "excluded", multiple=True, metavar="ID", help="Not these; patterns too."),
        click.option(
            "--family",
            "families",
            multiple=True,
            type=click.Choice(family_names()),
            metavar="FAMILY",
            help=f"Only these families: {', '.join(family_names())}.",
        ),
        click.option(
            "--operation", "operations", multiple=True, metavar="ID", help="Only these operationIds."
        ),
        click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only operations with these tags."),
        click.option("--contract", "contracts", multiple=True, metavar="NAME", help="Only these contracts."),
    ):
        command = option(command)
    return command


def _selection(profile: str, options: dict[str, Any]) -> Any:
    from contract_tests.engine.selection import Selection

    return Selection(
        contracts=frozenset(options["contracts"]),
        operations=frozenset(options["operations"]),
        tags=frozenset(options["tags"]),
        families=frozenset(options["families"]),
        requirements=tuple(options["requirements"]),
        excluded=tuple(options["excluded"]),
        shard=options.get("shard"),
        costs=_costs(options.get("costs_of")),
        profile=profile,
    )


def _costs(report: Path | None) -> dict[str, float]:
    """The seconds that each requirement took in a run."""
    from contract_tests.reports.json import read

    return {} if report is None else {each.requirement.id: each.seconds for each in read(report).outcomes}


def _shard(context: click.Context, option: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """`2/4` as numbers. Raises BadParameter."""
    del context, option
    if value is None:
        return None
    part, slash, parts = value.partition("/")
    if not (slash and part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise click.BadParameter(f"{value!r}: write i/n, such as 1/4")
    return int(part), int(parts)


def _citations(target: Path | None = None) -> Any:
    """Facts and decisions; of a target file, with what it says of frameworks and settled decisions."""
    from contract_tests.evidence.citations import Citations
    from contract_tests.openapi.files import openapi_dir
    from contract_tests.target.target_file import Target

    citations = Citations.load(openapi_dir())
    return citations if target is None else Target.load(target).known_to(citations)


def _loaded(path: Path) -> Target:
    """A target file, with the warnings about its contracts shown."""
    from contract_tests.target.target_file import Target

    target = Target.load(path)
    for warning in target.warnings():
        click.echo(f"warning: {warning}", err=True)
    return target


def _contracts(target: Path | None) -> dict[str, Any]:
    """The contracts of a target file, or those that come with the package."""
    from contract_tests.openapi.contract import NAMES, Contract

    if target is None:
        return {name: Contract.load(name) for name in NAMES}
    loaded = _loaded(target)
    return {name: loaded.contract(name) for name in loaded.contracts}


_PATH = click.Path(path_type=Path)


@cli.command(context_settings=_CONTEXT)
@click.option(
    "--target",
    "target_file",
    type=_PATH,
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
    type=_PATH,
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
    type=_PATH,
    metavar="REPORT",
    help="A JSON report whose times make the parts take equally long.",
)
@click.option(
    "--baseline",
    "known_faults",
    type=_PATH,
    metavar="FILE",
    help="Known faults that do not fail the run; `contract-tests accept` writes them.",
)
@click.option(
    "--dry-run", is_flag=True, help="Print the requests that would be sent, answered by examples; send none."
)
@_selecting
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
    from contract_tests.redaction.masking import MaskedResult, masked
    from contract_tests.reports.registry import Report, write_all
    from contract_tests.reports.terminal import progress, summary
    from contract_tests.session.cleanup_file import default_path

    asked = [Report.parse(each) for each in reports]
    if not target_file.exists():
        raise click.UsageError(f"there is no file {target_file}; `contract-tests init` writes one to fill in")
    target = _loaded(target_file)
    baseline = None if known_faults is None else Baseline.load(known_faults)
    selection, citations = _selection(profile, options), _citations(target_file)
    chosen(selection, {name: target.contract(name) for name in target.contracts}, citations)
    if dry_run:
        return _rehearse(target, selection=selection, seed=seed, citations=citations, read_only=read_only)
    for report in asked:
        report.prepare()
    notes = cleanup_file or default_path(target_file)
    criteria = PassCriteria(strict, _fail_on(fail_on), options["operations"])
    console, stop = Console(highlight=False), StopSignal()
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
            )
        shown = masked(result)
        if baseline is not None:
            shown = MaskedResult(baseline.applied(shown, today=date.today()))  # noqa: DTZ011 - as people count days
        write_all(shown, asked)
        summary(shown, console)
    for report in asked:
        if not report.is_printed:
            click.echo(f"{report.format} report: {report.path}")
    if notes.exists():
        click.echo(f"what is left can be deleted later: contract-tests cleanup {notes}")
    return int(exit_of(shown))


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


@cli.command(context_settings=_CONTEXT)
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("requirement_id", metavar="ID")
@click.option("--target", "target_file", type=_PATH, help="The target file, where it is not the run's.")
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


@cli.command(context_settings=_CONTEXT)
@click.argument(
    "files", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True
)
@click.option("--target", "target_file", type=_PATH, help="The target file, where it is not the run's.")
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


@cli.command("list", context_settings=_CONTEXT)
@click.option("--target", "target_file", type=_PATH, help="List those of this target file's contracts.")
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="thorough",
    show_default=True,
    help="What this profile examines.",
)
@_selecting
def list_command(target_file: Path | None, profile: str, **options: Any) -> None:
    """List requirements: level, id and promise, one requirement a line, separated by tabs."""
    from contract_tests.engine.selection import chosen

    selected = chosen(_selection(profile, options), _contracts(target_file), _citations(target_file))
    for requirements in selected.values():
        for requirement in requirements:
            click.echo(f"{requirement.level.value}\t{requirement.id}\t{requirement.title}")


@cli.command(context_settings=_CONTEXT)
@click.argument("requirement_id", metavar="ID")
@click.option("--target", "target_file", type=_PATH, help="Look among this target file's contracts.")
def explain(requirement_id: str, target_file: Path | None) -> None:
    """Show what a requirement promises, and where that is written."""
    from contract_tests.engine.selection import requirement as requirement_named
    from contract_tests.requirements.explanation import explained

    citations = _citations(target_file)
    contract, requirement = requirement_named(requirement_id, _contracts(target_file).values(), citations)
    click.echo(explained(requirement, contract, citations))


@cli.command(context_settings=_CONTEXT)
@click.argument("path", type=_PATH, default=Path("target.toml"))
@click.option("--contract", "names", multiple=True, metavar="NAME", help="Only these contracts.")
@click.option("--spec", "own", type=_PATH, help="An OpenAPI file of your own, instead of ours.")
@click.option("--url", help="With --spec: a running mock server or implementation to take ids from.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def init(path: Path, names: tuple[str, ...], own: Path | None, url: str | None, *, force: bool) -> None:
    """Write a commented target file to PATH (default: target.toml).

    With --spec the ids of things that exist are filled in, each with a comment that says where it comes from:
    from the lists of --url, else from the examples of the document.
    """
    from contract_tests.openapi.contract import NAMES, Contract
    from contract_tests.target.template import target_text

    if path.exists() and not force:
        raise click.UsageError(f"{path} exists; --force overwrites it")
    unknown = [name for name in names if name not in NAMES]
    if unknown and own is None:
        raise click.UsageError(f"there is no contract {unknown[0]!r}; there are {', '.join(NAMES)}")
    if url is not None and (own is None or not url.startswith(("http://", "https://"))):
        raise click.UsageError("--url is an http address, and belongs to --spec")
    if own is not None:
        text = _own_target(path, names[0] if names else own.stem, own, url)
    else:
        text = target_text([(Contract.load(name), None) for name in names or NAMES], name=str(path))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
    click.echo(f"wrote {path}; fill it in, then: contract-tests run --target {path}")


def _own_target(path: Path, name: str, own: Path, url: str | None) -> str:
    """The target file of a user's own document. Raises UsageError when nothing answers at `url`."""
    import httpx

    from contract_tests.spec_check.loading import load_contract, warnings_about
    from contract_tests.target.known import base_url_of, documented_ids, observed_ids
    from contract_tests.target.template import target_text

    contract = load_contract(name, own)
    for warning in warnings_about(contract):
        click.echo(f"warning: {warning}", err=True)
    known = documented_ids(contract)
    base_url = None if url is None else base_url_of(contract, url)
    if base_url is not None:
        try:
            known |= observed_ids(contract, base_url, known)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise click.UsageError(f"{url} does not answer: {error}") from error
    return target_text([(contract, str(own.resolve()))], name=str(path), base_url=base_url, known=known)


@cli.command(context_settings=_CONTEXT)
@click.argument("path", type=_PATH, required=False)
def catalogue(path: Path | None) -> None:
    """Print the page of all requirements, or write it to PATH."""
    from contract_tests.requirements.explanation import catalogue_page

    page = catalogue_page(_contracts(None).values(), _citations())
    if path is None:
        click.echo(page, nl=False)
        return
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
    click.echo(f"wrote {path}")
