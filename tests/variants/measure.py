"""Runs the harness against every faithful variant: `python -m tests.variants.measure [--seed N] [--id ID]`.

A finding is a false alarm of the harness, and so is a warning that does not name a reading which the variant
takes otherwise, and a reading of these that `contract-tests decide` would confirm. At the end they are listed
by requirement, those of level must first. It leaves with 1 when there was any, or a run broke.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from contract_tests.decide.standings import standings
from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import Level
from contract_tests.evidence.settled import Standing
from contract_tests.openapi.files import openapi_dir
from contract_tests.requirements.profiles import PROFILES
from contract_tests.requirements.results import Finding, Outcome, RunResult
from contract_tests.verdicts import Verdict
from tests.variants.catalogue import Variant, target, variants

SEEDS = (1, 2, 3)
CITATIONS = Citations.load(openapi_dir())
ALARMS = (Verdict.FAILED, Verdict.WARNING, Verdict.ERRORED)


def judged(variant: Variant, contract: str, *, seed: int, profile: str = "quick") -> RunResult:
    """One run against a fresh variant."""
    selection = Selection(contracts=frozenset({contract}), profile=profile)
    with target(variant, contract) as aimed:
        return run(aimed, selection=selection, seed=seed)


def alarms(result: RunResult, variant: Variant) -> list[str]:
    """What the harness holds against an implementation that did nothing wrong, one line each."""
    lines = [
        _line(outcome)
        for outcome in result.outcomes
        if outcome.verdict in ALARMS and not _names_reading(result, outcome, variant)
    ]
    lines += [f"problem: {problem.message}" for problem in result.problems]
    return [*lines, *_falsely_confirmed(result, variant)]


def _falsely_confirmed(result: RunResult, variant: Variant) -> Iterator[str]:
    """The readings that the variant takes otherwise and that `contract-tests decide` would confirm of it."""
    for contract in result.contracts:
        taken = {each.reading for each in variant.witnesses if each.contract == contract.name}
        for settled in standings(result, contract.name, CITATIONS):
            if settled.decision in taken and settled.standing is Standing.CONFIRMED:
                yield f"confirms {settled.decision}: {settled.because}"


def named_readings(result: RunResult, variant: Variant) -> list[str]:
    """The warnings that name a reading which the variant takes otherwise, one line each."""
    return [_line(outcome) for outcome in result.outcomes if _names_reading(result, outcome, variant)]


def _names_reading(result: RunResult, outcome: Outcome, variant: Variant) -> bool:
    """Whether an outcome is a warning that rests on a reading which the variant takes otherwise."""
    finding = _finding(result, outcome)
    if outcome.verdict is not Verdict.WARNING or finding is None:
        return False
    cited = {
        match for source in finding.sources for match in re.findall(r"(?:decision|fact) ([\w-]+)", source)
    }
    return not cited.isdisjoint(variant.allowed_by)


def _finding(result: RunResult, outcome: Outcome) -> Finding | None:
    """The finding of an outcome, or that of the outcome which carries the same defect."""
    if outcome.finding is not None:
        return outcome.finding
    carrier = outcome.reason.removeprefix("same defect as ")
    return next((each.finding for each in result.outcomes if each.requirement.id == carrier), None)


def _line(outcome: Outcome) -> str:
    start = f"{outcome.verdict.value} {outcome.requirement.id}"
    finding = outcome.finding
    if finding is None:
        return f"{start}: {outcome.reason}"
    sources = "\n      ".join(finding.sources)
    contradiction = f"expected {finding.expected}, received {finding.received}"
    return f"{start}: {contradiction}\n      {sources}\n      {finding.curl}"


@click.command()
@click.option(
    "--seed", "seeds", type=int, multiple=True, help="A seed; may be given again. [default: 1, 2, 3]"
)
@click.option("--id", "wanted", multiple=True, help="A variant's id; may be given again. [default: all]")
@click.option("--contract", "contracts", multiple=True, help="A contract; may be given again. [default: all]")
@click.option("--profile", type=click.Choice(PROFILES), default="quick", show_default=True)
@click.option("--record", type=click.Path(path_type=Path), help="Write the verdict on each run to this file.")
@click.option("--reasons", is_flag=True, help="Say why requirements were inconclusive.")
def main(
    *,
    seeds: tuple[int, ...],
    wanted: tuple[str, ...],
    contracts: tuple[str, ...],
    profile: str,
    record: Path | None,
    reasons: bool,
) -> None:
    """Count the harness's false alarms."""
    unknown = set(wanted) - {variant.id for variant in variants()}
    if unknown:
        raise click.BadParameter(f"no such variant: {', '.join(sorted(unknown))}")
    raised: dict[str, set[str]] = {}
    total = 0
    rows: list[dict[str, object]] = []
    _say(
        f"{'variant':32} {'contract':17} seed passed findings warnings named errored inconclusive skipped   s"
    )
    for variant in variants():
        if wanted and variant.id not in wanted:
            continue
        for contract in variant.contracts:
            if contracts and contract not in contracts:
                continue
            for seed in seeds or SEEDS:
                result = judged(variant, contract, seed=seed, profile=profile)
                lines = alarms(result, variant)
                _print_run(result, variant, contract, lines, reasons=reasons)
                total += len(lines)
                rows.append(row_of(result, variant, contract))
                if record:
                    record.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
                for line in lines:
                    raised.setdefault(line.partition(":")[0], set()).add(variant.id)
    _say(f"{total} false alarms")
    for alarm, blamed in sorted(raised.items()):
        _say(f"{alarm}: {', '.join(sorted(blamed))}")
    sys.exit(1 if total else 0)


def row_of(result: RunResult, variant: Variant, contract: str) -> dict[str, object]:
    """A run as data. says: the strongest level of a finding, `none` without one. by: the broken *musts*."""
    findings = [outcome.finding for outcome in result.outcomes if outcome.finding is not None]
    musts = sorted(finding.requirement.id for finding in findings if finding.level is Level.MUST)
    says = "warning" if findings else "none"
    if musts:
        says = "must"
    return {
        "variant": variant.id,
        "contract": contract,
        "seed": result.seed,
        "says": says,
        "by": musts,
    }


def _print_run(
    result: RunResult, variant: Variant, contract: str, lines: Sequence[str], *, reasons: bool
) -> None:
    """One run's figures, and its alarms."""
    counts = result.counts
    named = named_readings(result, variant)
    _say(
        f"{variant.id:32} {contract:17} {result.seed:4} {counts[Verdict.PASSED]:6} {counts[Verdict.FAILED]:8}"
        f" {counts[Verdict.WARNING]:8} {len(named):5} {counts[Verdict.ERRORED]:7}"
        f" {counts[Verdict.INCONCLUSIVE]:12} {counts[Verdict.SKIPPED]:7} {result.seconds:3.0f}"
    )
    for line in lines:
        _say(f"   {line}")
    if reasons:
        for line in named:
            _say(f"   names its reading: {line}")
        for outcome in result.outcomes:
            if outcome.verdict is Verdict.INCONCLUSIVE:
                _say(f"   inconclusive {outcome.requirement.id}: {outcome.reason[-200:]}")


def _say(line: str) -> None:
    """Print a line at once, also into a file, so that a long measurement can be followed."""
    click.echo(line)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
