"""The command `contract-tests twin`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # loaded when a comparison begins: the help needs none of it
    from contract_tests.engine.exit_codes import Exit
    from contract_tests.evidence.citations import Citations
    from contract_tests.session.context import RunContext
    from contract_tests.twin.comparing import Disagreement

_TARGET = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("first", type=_TARGET)
@click.argument("second", type=_TARGET)
@click.option("--contract", "names", multiple=True, metavar="NAME", help="Only these contracts.")
@click.option(
    "--sequences", type=click.IntRange(min=1), default=40, show_default=True, help="For each kind of thing."
)
@click.option(
    "--length", type=click.IntRange(min=2), default=8, show_default=True, help="Calls of a sequence."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Repeats a run.")
def twin(first: Path, second: Path, *, names: tuple[str, ...], sequences: int, length: int, seed: int) -> int:
    """Compare two implementations by what they do: the target files FIRST and SECOND name them.

    The same sequences of calls go to both: making, reading, listing, changing, deleting, wrong bodies,
    unknown ids. Ids, times and made-up texts are compared by where they recur, messages of refusals by their
    shape; what a second run on FIRST shows otherwise is left out. Each difference comes with the shortest
    sequence that shows it, and with the decisions on which status answers; `contract-tests decide` compares
    all decisions. Exit codes: 0 no difference, 1 some, 2 a file cannot be used, 3 a target is unreachable or
    refuses its credentials, 5 nothing can be compared, 6 something is left.
    """
    from contract_tests.engine.exit_codes import Exit
    from contract_tests.evidence.citations import Citations
    from contract_tests.openapi.files import openapi_dir
    from contract_tests.session.context import RunContext
    from contract_tests.target.target_file import Target
    from contract_tests.twin.comparing import comparable, disagreements

    targets = [Target.load(path) for path in (first, second)]
    shared = [name for name in targets[0].contracts if name in targets[1].contracts]
    chosen = [name for name in shared if not names or name in names]
    if not chosen:
        raise click.UsageError(f"the target files share {', '.join(shared) or 'no contract'}")
    citations, codes = Citations.load(openapi_dir()), set[Exit]()
    compared = number = 0
    for name in chosen:
        left, right = (RunContext.open(target, name, citations=citations, seed=seed) for target in targets)
        right.permissions.made_up.nonce = left.permissions.made_up.nonce
        try:
            problems = _problems(left, first) | _problems(right, second)
            codes |= problems
            if not any(comparable(left, right)):
                click.echo(f"{name}: nothing to compare, no resource can be both created and read")
            elif not problems:
                compared += 1
                for found in disagreements(left, right, sequences=sequences, length=length, seed=seed):
                    number += 1
                    _show(name, found, citations)
        finally:
            for context in (left, right):
                codes |= _left_behind(context)
    if compared:
        click.echo("no difference" if number == 0 else f"{number} differences")
    if number:
        codes.add(Exit.BROKEN)
    if not compared:
        codes.add(Exit.UNDECIDED)
    by_weight = (Exit.USAGE, Exit.UNREACHED, Exit.BROKEN, Exit.UNDECIDED, Exit.LEFTOVERS)
    return int(next((code for code in by_weight if code in codes), Exit.HOLDS))


def _problems(context: RunContext, source: Path) -> set[Exit]:
    """Print why an implementation cannot be compared. Returns the exit codes that this asks for."""
    from contract_tests.engine.exit_codes import Exit
    from contract_tests.engine.preflight import preflight
    from contract_tests.requirements.results import ProblemKind

    problems = preflight(context, source=str(source))
    for problem in problems:
        click.echo(f"{source}: {problem.contract}: {problem.message}", err=True)
    return {
        Exit.USAGE if problem.kind is ProblemKind.CONFIGURATION else Exit.UNREACHED for problem in problems
    }


def _show(name: str, found: Disagreement, citations: Citations) -> None:
    click.echo(f"{name}: {found.resource}: {found.what}: {found.first} and {found.second}")
    for step in found.steps:
        click.echo(f"    {step}")
    for decision in found.decisions:
        click.echo(f"    they decide {citations.describe(decision).removeprefix('decision ')}")


def _left_behind(context: RunContext) -> set[Exit]:
    """Delete what was made, and print what could not be deleted. Returns the exit code that this asks for."""
    from contract_tests.engine.exit_codes import Exit
    from contract_tests.session.sweep import sweep

    sweep(context)
    context.client.close()
    for line in context.leftovers:
        click.echo(f"left behind: {context.contract.name}: {line}")
    return {Exit.LEFTOVERS} if context.leftovers else set()
