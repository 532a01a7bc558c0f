"""The command `contract-tests prove`."""

from __future__ import annotations

from pathlib import Path

import click

from contract_tests.engine.exit_codes import Exit
from contract_tests.requirements.profiles import PROFILES

_PATH = click.Path(path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("plans", metavar="[PLAN]...", type=_PATH, nargs=-1)
@click.option(
    "--results",
    type=_PATH,
    default=Path("prove.json"),
    show_default=True,
    help="The results file: runs are added to it, and the figures come from it.",
)
@click.option("--only", multiple=True, metavar="ID", help="Only this honest server or defect; repeatable.")
@click.option(
    "--profile", type=click.Choice(PROFILES), default="quick", show_default=True, help="How much to examine."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Repeats a run.")
@click.option(
    "--timeout", type=click.FloatRange(min=1), default=600, show_default=True, help="Seconds for one run."
)
@click.option("--floor", type=_PATH, help="End with 1 where a figure is worse than this file allows.")
def prove(
    *,
    plans: tuple[Path, ...],
    results: Path,
    only: tuple[str, ...],
    profile: str,
    seed: int,
    timeout: float,
    floor: Path | None,
) -> int:
    """Measure the harness: which planted defects it catches, and which honest servers it calls broken.

    A PLAN (YAML) names a server's command, the target file to judge it by, and defects: other arguments of
    the command, or rules of a proxy that changes requests and answers; see docs/evidence.md. Without a PLAN
    the figures of the results file are shown. Exit codes: 0, or 1 where an honest server of this run was
    called broken or a figure is below the floor, 2 a file cannot be used.
    """
    from contract_tests.evidence.citations import Citations
    from contract_tests.openapi.files import openapi_dir
    from contract_tests.proof import figures
    from contract_tests.proof.measuring import measured
    from contract_tests.proof.plan import Plan

    loaded = [Plan.load(path) for path in plans]
    known = {server.id for plan in loaded for server in (*plan.honest, *plan.defects)}
    for name in only:
        if name not in known:
            raise click.UsageError(
                f"--only {name}: no such id; there are {', '.join(sorted(known)) or 'none'}"
            )
    runs = figures.read(results)
    broken = 0
    for plan in loaded:
        for run in measured(
            plan,
            only=frozenset(only),
            citations=Citations.load(openapi_dir()),
            profile=profile,
            seed=seed,
            seconds=timeout,
        ):
            broken += run.honest and run.says == "must"
            what = "honest" if run.honest else "defect"
            cut = "" if run.complete else ", not to its end"
            click.echo(
                f"{plan.server} {what} {run.id}: {run.says}, {run.requests} requests, {run.seconds} s{cut}"
                f"{''.join(f'{chr(10)}    {name}' for name in run.by)}"
            )
            runs = figures.merged(runs, [run])
            figures.write(results, runs)
    if not runs:
        raise click.UsageError(f"no PLAN is given, and {results} holds no runs")
    silent = ", ".join(figures.silent_checks(runs)) or "none"
    click.echo(f"{figures.table(runs)}\n\nChecks that were concluded and caught no defect: {silent}.")
    worse = [] if floor is None else figures.below(runs, floor)
    for line in worse:
        click.echo(line, err=True)
    return int(Exit.BROKEN if broken or worse else Exit.HOLDS)
