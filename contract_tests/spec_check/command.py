"""`contract-tests spec …`: the contracts themselves, checked and printed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from contract_tests.locations import from_here
from contract_tests.openapi.files import openapi_dir
from contract_tests.openapi.yaml_file import UnreadableError
from contract_tests.spec_check.reports import FORMATS, counts
from contract_tests.spec_check.rules import RulesError, Severity
from contract_tests.spec_check.rules import severities as chosen_severities


@click.group()
def spec() -> None:
    """Check API descriptions: yours, or the ones that come with this package."""


@spec.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Lines for people, JSON for programs, or SARIF 2.1.0 for code scanning.",
)
@click.option(
    "--rules",
    "rules_file",
    type=click.Path(path_type=Path),
    help="A YAML file of rule ids with `fault`, `warning`, `style` or `off`.",
)
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity if severity is not Severity.OFF]),
    default=Severity.FAULT.value,
    show_default=True,
    help="The least severity that makes the check fail.",
)
@click.option(
    "--ref-root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder that references must not leave. [default: the nearest repository root, else the folder]",
)
def check_command(
    files: tuple[Path, ...],
    output_format: str,
    rules_file: Path | None,
    fail_on: str,
    ref_root: Path | None,
) -> None:
    """Check FILES (OpenAPI, Arazzo, facts, decisions, behaviour; or folders of them) and name every problem.

    A fault is wrong by OpenAPI or JSON Schema; at a warning some tool stumbles; style is taste. Without FILES
    everything that comes with this package is checked, citations included. Exit codes: 0 nothing as severe as
    --fail-on, 1 something, 2 a file is missing or the command is used wrongly.
    """
    from contract_tests.spec_check.checker import check

    try:
        severities = chosen_severities(rules_file)
        shown = files or (from_here(openapi_dir()),)
        problems = check(shown, ref_root=ref_root, severities=severities)
    except (RulesError, UnreadableError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    counted = counts(problems, severities)
    if problems or output_format != "text":
        click.echo(FORMATS[output_format](problems, severities))
    if not problems:
        click.echo("no problems", err=output_format != "text")
        return
    found = ", ".join(_counted(severity, count) for severity, count in counted.items() if count)
    click.echo(f"{found} in {_counted('file', len({problem.file for problem in problems}))}", err=True)
    severe = list(counted)[: list(counted).index(Severity(fail_on)) + 1]
    if any(counted[severity] for severity in severe):
        sys.exit(1)


@spec.command("decisions")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the page instead of writing it.")
def decisions_command(folder: Path | None, *, to_stdout: bool) -> None:
    """Write DECISIONS.md of FOLDER (default: the contracts of this package) from its decisions."""
    from contract_tests.spec_check.decisions_page import PAGE, decisions_page

    chosen = folder or from_here(openapi_dir())
    if not (chosen / "decisions").is_dir():
        raise click.UsageError(f"{chosen} has no folder decisions")
    try:
        page = decisions_page(chosen)
    except UnreadableError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except (KeyError, TypeError) as error:
        raise click.UsageError(
            f"a file is malformed; `contract-tests spec check {chosen}` tells where"
        ) from error
    if to_stdout:
        click.echo(page, nl=False)
        return
    try:
        (chosen / PAGE).write_text(page, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{chosen / PAGE}: {error.strerror}") from error
    click.echo(f"wrote {chosen / PAGE}")


def _counted(noun: str, count: int) -> str:
    plural = noun if noun == Severity.STYLE or count == 1 else f"{noun}s"
    return f"{count} {plural}"
