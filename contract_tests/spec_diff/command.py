"""The command `contract-tests spec diff`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import click
from pydantic import BaseModel, ConfigDict, Field

from contract_tests.openapi.yaml_file import UnreadableError
from contract_tests.spec_diff.differences import UNDOCUMENTED, Difference, Harm
from contract_tests.toml_tables import read_tables

_FAILING: Final = {
    "clients": (Harm.CLIENTS, Harm.BOTH),
    "servers": (Harm.SERVERS, Harm.BOTH),
    "any": (Harm.CLIENTS, Harm.SERVERS, Harm.BOTH),
    "every": tuple(Harm),
}
"""What makes the command end with 1, by the value of --fail-on."""


class Allowed(BaseModel):
    """An entry of an allow list: which differences are agreed, and why. Patterns with `*` and `?`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = "*"
    operation: str = "*"
    where: str = "*"
    reason: str = Field(min_length=1)

    def covers(self, difference: Difference) -> bool:
        """Whether a difference is agreed."""
        return all(
            fnmatchcase(getattr(difference, name), getattr(self, name))
            for name in ("kind", "operation", "where")
        )


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAILING)),
    default="clients",
    show_default=True,
    help="Whose break ends with 1; every difference with `every`.",
)
@click.option(
    "--allow",
    "allow_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML file of [[allow]] with kind, operation, where (patterns) and reason.",
)
@click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How."
)
def diff(old: str, new: str, *, fail_on: str, allow_file: Path | None, output: str) -> int:
    """Compare the documents OLD and NEW: files, addresses, or a deployment that shows its own document.

    Each difference breaks clients written for OLD, servers written for it, both, or is harmless. Of the
    harmless ones the text shows operations that OLD lacks, and all with --fail-on every. How a document is
    split up, titles and descriptions are no difference. Exit codes: 0 nothing that --fail-on names, 1
    something, 2 a document or the list cannot be used.
    """
    from contract_tests.openapi.contract import SpecError
    from contract_tests.spec_diff.differences import differences
    from contract_tests.spec_diff.documents import DocumentError, contract_at

    allowed = () if allow_file is None else read_tables(allow_file, "allow", Allowed)
    try:
        found = list(differences(contract_at(old), contract_at(new)))
    except (DocumentError, SpecError, UnreadableError) as error:
        raise click.UsageError(str(error)) from error
    shown = [each for each in found if not any(entry.covers(each) for entry in allowed)]
    _print(shown, len(found) - len(shown), output, everything=fail_on == "every")
    return int(any(each.harm in _FAILING[fail_on] for each in shown))


def _print(shown: Sequence[Difference], agreed: int, output: str, *, everything: bool) -> None:
    counts = Counter(each.harm for each in shown)
    if output == "json":
        counted = {harm.value: counts[harm] for harm in Harm}
        whole = {"counts": counted, "allowed": agreed, "differences": [asdict(each) for each in shown]}
        click.echo(json.dumps(whole, indent=2))
        return
    listed = [each for each in shown if everything or each.harm is not Harm.NONE or each.kind == UNDOCUMENTED]
    for each in sorted(listed, key=lambda each: list(Harm).index(each.harm)):
        click.echo(f"{each.harm.value:<14} {each} [{each.kind}]")
    parts = [f"{counts[harm]} {harm.value}" for harm in Harm if counts[harm]] or ["no difference"]
    click.echo(", ".join([*parts, *([f"{agreed} allowed"] if agreed else [])]))
