"""Runs the harness against every faithful variant: `python -m tests.variants.measure [--seed N] [--id ID]`.

A finding or a warning is a false alarm of the harness. At the end they are listed by requirement, those of
level must first. It leaves with 1 when there was any, or a run broke.
"""

from __future__ import annotations

import sys

import click

from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.requirements.results import Outcome, RunResult
from contract_tests.verdicts import Verdict
from tests.variants.catalogue import Variant, target, variants

SEEDS = (1, 2, 3)
ALARMS = (Verdict.FAILED, Verdict.WARNING, Verdict.ERRORED)


def judged(variant: Variant, contract: str, *, seed: int) -> RunResult:
    """One quick run against a fresh variant."""
    selection = Selection(contracts=frozenset({contract}), profile="quick")
    with target(variant, contract) as aimed:
        return run(aimed, selection=selection, seed=seed)


def alarms(result: RunResult) -> list[str]:
    """What the harness holds against an implementation that did nothing wrong, one line each."""
    found = [_line(outcome) for outcome in result.outcomes if outcome.verdict in ALARMS]
    return [*found, *(f"problem: {one.message}" for one in result.problems)]


def _line(outcome: Outcome) -> str:
    said = f"{outcome.verdict.value} {outcome.requirement.id}"
    finding = outcome.finding
    if finding is None:
        return f"{said}: {outcome.reason}"
    return f"{said}: expected {finding.expected}, received {finding.received}\n      {finding.curl}"


@click.command()
@click.option(
    "--seed", "seeds", type=int, multiple=True, help="A seed; may be given again. [default: 1, 2, 3]"
)
@click.option("--id", "wanted", multiple=True, help="A variant's id; may be given again. [default: all]")
@click.option("--contract", "contracts", multiple=True, help="A contract; may be given again. [default: all]")
@click.option("--reasons", is_flag=True, help="Say why requirements were inconclusive.")
def main(seeds: tuple[int, ...], wanted: tuple[str, ...], contracts: tuple[str, ...], reasons: bool) -> None:
    """Count the harness's false alarms."""
    unknown = set(wanted) - {variant.id for variant in variants()}
    if unknown:
        raise click.BadParameter(f"no such variant: {', '.join(sorted(unknown))}")
    raised: dict[str, set[str]] = {}
    total = 0
    click.echo(
        f"{'variant':32} {'contract':17} seed passed findings warnings errored inconclusive skipped   s"
    )
    for variant in variants():
        if wanted and variant.id not in wanted:
            continue
        for contract in variant.contracts:
            if contracts and contract not in contracts:
                continue
            for seed in seeds or SEEDS:
                lines = _measured(variant, contract, seed=seed, reasons=reasons)
                total += len(lines)
                for line in lines:
                    raised.setdefault(line.partition(":")[0], set()).add(variant.id)
    click.echo(f"{total} false alarms")
    for alarm, blamed in sorted(raised.items()):
        click.echo(f"{alarm}: {', '.join(sorted(blamed))}")
    sys.exit(1 if total else 0)


def _measured(variant: Variant, contract: str, *, seed: int, reasons: bool) -> list[str]:
    """One run's alarms, printed with its figures."""
    result = judged(variant, contract, seed=seed)
    counts = result.counts
    click.echo(
        f"{variant.id:32} {contract:17} {seed:4} {counts[Verdict.PASSED]:6} {counts[Verdict.FAILED]:8}"
        f" {counts[Verdict.WARNING]:8} {counts[Verdict.ERRORED]:7} {counts[Verdict.INCONCLUSIVE]:12}"
        f" {counts[Verdict.SKIPPED]:7} {result.seconds:3.0f}"
    )
    lines = alarms(result)
    for line in lines:
        click.echo(f"   {line}")
    if reasons:
        for outcome in result.outcomes:
            if outcome.verdict is Verdict.INCONCLUSIVE:
                click.echo(f"   inconclusive {outcome.requirement.id}: {outcome.reason[-200:]}")
    return lines


if __name__ == "__main__":
    main()
