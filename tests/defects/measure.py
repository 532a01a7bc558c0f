"""Measures what share of the planted defects the harness catches: `python -m tests.defects.measure`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import click

from tests.defects.catalogue import HERE, Defect, load
from tests.defects.judging import Job, Verdict, judge
from tests.defects.matrix import NO_REPORT, Row, merged, row_of, table, tally


@click.command()
@click.option("--class", "families", multiple=True, help="Only defects of this class (repeatable).")
@click.option("--contract", "contracts", multiple=True, help="Only defects of this contract (repeatable).")
@click.option("--id", "ids", multiple=True, help="Only this defect (repeatable).")
@click.option("--new", is_flag=True, help="Only defects the matrix has no verdict on.")
@click.option("--jobs", default=2, show_default=True, help="Runs of the harness at once.")
@click.option("--profile", default="quick", show_default=True, help="The profile the harness runs with.")
@click.option("--seed", default=1, show_default=True, help="The seed the harness runs with.")
@click.option("--seconds", default=300.0, show_default=True, help="After which a run is ended.")
@click.option("--keep", type=click.Path(path_type=Path), help="A folder for the harness's reports and logs.")
@click.option("--out", default=HERE / "kill-matrix.json", type=click.Path(path_type=Path), show_default=True)
def main(
    *,
    families: tuple[str, ...],
    contracts: tuple[str, ...],
    ids: tuple[str, ...],
    new: bool,
    jobs: int,
    profile: str,
    seed: int,
    seconds: float,
    keep: Path | None,
    out: Path,
) -> None:
    """Let the harness judge a mock with each defect and note what it finds.

    The matrix is written after every run, and keeps the rows of defects that are not measured this time.
    """
    catalogue = load()
    measured = (
        {row["id"] for row in merged(out, [], catalogue) if row["verdict"] != NO_REPORT} if new else set()
    )
    chosen = [
        defect
        for defect in catalogue.values()
        if (not families or defect.family in families)
        and (not contracts or defect.contract in contracts)
        and (not ids or defect.id in ids)
        and defect.id not in measured
    ]
    if not chosen:
        raise click.UsageError("no defect of the catalogue is left of that class, contract and id")
    Random(seed).shuffle(chosen)  # noqa: S311 - so that a measurement cut short is a fair sample
    rows: list[Row] = []
    with TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for row in measure(chosen, folder=folder, at_once=jobs, profile=profile, seed=seed, seconds=seconds):
            rows.append(row)
            click.echo(f"{len(rows):>4}/{len(chosen)} {row['verdict']:<9} {row['id']} {row['seconds']} s")
            _write(out, merged(out, rows, catalogue), catalogue=catalogue, profile=profile, seed=seed)
    click.echo(table(rows))


def measure(
    defects: Sequence[Defect], *, folder: Path, at_once: int, profile: str, seed: int, seconds: float
) -> Iterator[Row]:
    """A row for each defect as it comes in. Findings on the unmodified mock do not count.

    Raises click.ClickException when the harness cannot judge the healthy mock.
    """

    def judged(jobs: Sequence[Job]) -> Iterator[Verdict]:
        return judge(jobs, folder=folder, at_once=at_once, profile=profile, seed=seed, seconds=seconds)

    usual: dict[str, frozenset[str]] = {}
    for verdict in judged([Job(contract=name) for name in sorted({one.contract for one in defects})]):
        if verdict.report is None:
            raise click.ClickException(f"the harness wrote no report on the healthy {verdict.job.contract}")
        found = frozenset(outcome["requirement"] for outcome in verdict.findings)
        usual[verdict.job.contract] = found
        click.echo(f"healthy {verdict.job.contract}: {verdict.seconds:.1f} s, blamed for {sorted(found)}")
    by_id = {defect.id: defect for defect in defects}
    for verdict in judged([Job(contract=one.contract, defect=one.id) for one in defects]):
        yield row_of(by_id[verdict.job.defect], verdict, usual[verdict.job.contract])


def _write(path: Path, rows: Sequence[Row], *, catalogue: Collection[str], profile: str, seed: int) -> None:
    """The whole matrix, its sums first. unmeasured: defects the sums say nothing about."""
    classes = sorted({row["class"] for row in rows})
    sums = {name: asdict(tally(row for row in rows if row["class"] == name)) for name in classes}
    judged = sum(row["verdict"] != NO_REPORT for row in rows)
    matrix = {
        "profile": profile,
        "seed": seed,
        "unmeasured": len(catalogue) - judged,
        "all": asdict(tally(rows)),
        "classes": sums,
        "defects": rows,
    }
    path.write_text(json.dumps(matrix, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
