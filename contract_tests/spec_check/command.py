"""`contract-tests spec …`: the contracts themselves, checked and printed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from contract_tests.openapi.files import openapi_dir
from contract_tests.openapi.yaml_file import UnreadableError


@click.group()
def spec() -> None:
    """Check API descriptions: yours, or the ones that come with this package."""


@spec.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check_command(files: tuple[Path, ...]) -> None:
    """Check FILES (OpenAPI, Arazzo, facts, decisions, behaviour; or folders of them) and name every problem.

    Without FILES everything that comes with this package is checked, citations included. Exits with 1 when
    there are problems and with 2 when a file cannot be read or is not YAML.
    """
    from contract_tests.spec_check.checker import check

    try:
        problems = check(files or (_shown(openapi_dir()),))
    except UnreadableError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    for problem in problems:
        click.echo(str(problem))
    if problems:
        count = len({problem.file for problem in problems})
        click.echo(
            f"{len(problems)} {_word('problem', len(problems))} in {count} {_word('file', count)}", err=True
        )
        sys.exit(1)
    click.echo("no problems")


@spec.command("decisions")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the page instead of writing it.")
def decisions_command(folder: Path | None, *, to_stdout: bool) -> None:
    """Write DECISIONS.md of FOLDER (default: the contracts of this package) from its decisions."""
    from contract_tests.spec_check.decisions_page import PAGE, decisions_page

    chosen = folder or _shown(openapi_dir())
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


def _shown(path: Path) -> Path:
    """`path` as a person standing in the working directory would write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _word(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
