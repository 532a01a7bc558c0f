"""The commands that show requirements: `contract-tests list`, `explain` and `catalogue`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from contract_tests.cli.options import CONTEXT, PATH, citations_of, contracts_of, selecting, selection_of
from contract_tests.requirements.profiles import PROFILES


@click.command("list", context_settings=CONTEXT)
@click.option("--target", "target_file", type=PATH, help="List those of this target file's contracts.")
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="thorough",
    show_default=True,
    help="What this profile examines.",
)
@selecting
def list_command(target_file: Path | None, profile: str, **options: Any) -> None:
    """List requirements: level, id and promise, one requirement a line, separated by tabs."""
    from contract_tests.engine.selection import chosen

    selected = chosen(selection_of(profile, options), contracts_of(target_file), citations_of(target_file))
    for requirements in selected.values():
        for requirement in requirements:
            click.echo(f"{requirement.level.value}\t{requirement.id}\t{requirement.title}")


@click.command(context_settings=CONTEXT)
@click.argument("requirement_id", metavar="ID")
@click.option("--target", "target_file", type=PATH, help="Look among this target file's contracts.")
def explain(requirement_id: str, target_file: Path | None) -> None:
    """Show what a requirement promises, and where that is written."""
    from contract_tests.engine.selection import requirement as requirement_named
    from contract_tests.requirements.explanation import explained

    citations = citations_of(target_file)
    contract, requirement = requirement_named(requirement_id, contracts_of(target_file).values(), citations)
    click.echo(explained(requirement, contract, citations))


@click.command(context_settings=CONTEXT)
@click.argument("path", type=PATH, required=False)
def catalogue(path: Path | None) -> None:
    """Print the page of all requirements, or write it to PATH."""
    from contract_tests.requirements.explanation import catalogue_page

    page = catalogue_page(contracts_of(None).values(), citations_of())
    if path is None:
        click.echo(page, nl=False)
        return
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
    click.echo(f"wrote {path}")
