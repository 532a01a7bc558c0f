"""What commands share: the options that choose requirements, and what these and a target file load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from contract_tests.requirements.families import family_names

if TYPE_CHECKING:
    from contract_tests.target.target_file import Target

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

PATH = click.Path(path_type=Path)


def selecting(command: Callable[..., Any]) -> Callable[..., Any]:
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


def selection_of(profile: str, options: dict[str, Any]) -> Any:
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


def citations_of(target: Path | None = None) -> Any:
    """Facts and decisions; of a target file, with what it says of frameworks and settled decisions."""
    from contract_tests.evidence.citations import Citations
    from contract_tests.openapi.files import openapi_dir
    from contract_tests.target.target_file import Target

    citations = Citations.load(openapi_dir())
    return citations if target is None else Target.load(target).known_to(citations)


def loaded(path: Path) -> Target:
    """A target file, with the warnings about its contracts shown."""
    from contract_tests.target.target_file import Target

    target = Target.load(path)
    for warning in target.warnings():
        click.echo(f"warning: {warning}", err=True)
    return target


def contracts_of(target: Path | None) -> dict[str, Any]:
    """The contracts of a target file, or those that come with the package."""
    from contract_tests.openapi.contract import NAMES, Contract

    if target is None:
        return {name: Contract.load(name) for name in NAMES}
    found = loaded(target)
    return {name: found.contract(name) for name in found.contracts}
