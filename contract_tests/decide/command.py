"""The command `contract-tests decide`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from contract_tests.evidence.settled import SettledDecision, Standing
from contract_tests.requirements.profiles import PROFILES

_PATH = click.Path(dir_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--target",
    "targets",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=(Path("target.toml"),),
    show_default="target.toml",
    help="The target file; a second one shows what the two decide differently.",
)
@click.option("--contract", "names", multiple=True, metavar="NAME", help="Only these contracts.")
@click.option(
    "--profile", type=click.Choice(PROFILES), default="quick", show_default=True, help="How much to examine."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Repeats a run.")
@click.option("--write", "path", type=_PATH, metavar="FILE", help="Write the file that `settled` names.")
def decide(
    targets: tuple[Path, ...], *, names: tuple[str, ...], profile: str, seed: int, path: Path | None
) -> int:
    """Show which readings of the decisions an implementation confirms, refutes or leaves open.

    Where documents are silent, decisions such as A14 or P7 say how they are read; DECISIONS.md lists them.
    A run against the implementation settles what can be seen. The file of --write, named in the target file
    as `settled`, makes a confirmed reading a should instead of an assumed one, stops asserting a refuted
    one, and accepts no other status than the ones seen. Exit codes: 0 decided, 2 a file cannot be used,
    3 the target is unreachable or refuses its credentials.
    """
    from contract_tests.engine.exit_codes import Exit

    if len(targets) > 2 or (len(targets) == 2 and path is not None):
        raise click.UsageError("give --target once, or twice without --write")
    decided = [_decided(target, names, profile, seed) for target in targets]
    if any(each is None for each in decided):
        return int(Exit.UNREACHED)
    first, *others = [each for each in decided if each is not None]
    if others:
        _compare(targets, first, others[0])
        return int(Exit.HOLDS)
    _print(first)
    if path is not None:
        _write(path, first)
    return int(Exit.HOLDS)


def _decided(path: Path, names: tuple[str, ...], profile: str, seed: int) -> list[SettledDecision] | None:
    """The standing of the decisions on each contract of a target file; None where it cannot be judged."""
    from contract_tests.decide.standings import standings
    from contract_tests.engine.runner import run
    from contract_tests.engine.selection import Selection
    from contract_tests.evidence.citations import Citations
    from contract_tests.openapi.files import openapi_dir
    from contract_tests.redaction.masking import masked
    from contract_tests.target.target_file import Target

    target, citations = Target.load(path).undecided(), Citations.load(openapi_dir())
    result = masked(run(target, selection=Selection(contracts=frozenset(names), profile=profile), seed=seed))
    for problem in result.problems:
        click.echo(f"{problem.contract}: {problem.message}", err=True)
    if result.problems:
        return None
    return [each for contract in result.contracts for each in standings(result, contract.name, citations)]


def _print(decided: Sequence[SettledDecision]) -> None:
    for contract in dict.fromkeys(each.contract for each in decided):
        own = [each for each in decided if each.contract == contract]
        counts = Counter(each.standing for each in own)
        parts = ", ".join(f"{counts[standing]} {standing.value}" for standing in Standing)
        click.echo(f"{contract}: {parts}")
        for each in sorted(own, key=lambda each: list(Standing).index(each.standing)):
            click.echo(f"  {each.standing.value:<9}  {each.decision:<4} {each.because}")


def _compare(
    targets: tuple[Path, ...], first: Sequence[SettledDecision], second: Sequence[SettledDecision]
) -> None:
    """Show the decisions that both settle, but not alike."""
    others = {(each.contract, each.decision): each for each in second}
    number = 0
    for one in first:
        other = others.get((one.contract, one.decision))
        if other is None or Standing.OPEN in (one.standing, other.standing):
            continue
        if (one.standing, one.answers) == (other.standing, other.answers):
            continue
        number += 1
        click.echo(f"{one.contract} {one.decision}")
        for path, each in zip(targets, (one, other), strict=True):
            click.echo(f"  {path}: {each.standing.value}, {each.because}")
    click.echo("no decision differs" if number == 0 else f"{number} decisions differ")


def _write(path: Path, decided: Sequence[SettledDecision]) -> None:
    from contract_tests.evidence.settled import write_settled

    settled = [each for each in decided if each.standing is not Standing.OPEN]
    write_settled(path, settled)
    click.echo(f"{path}: {len(settled)} decisions; name it as `settled` in the tables [contracts.NAME]")
