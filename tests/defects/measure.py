"""Measures what share of the planted defects the harness catches: `python -m tests.defects.measure`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.defects.catalogue import HERE, Defect, load
from tests.defects.judging import Job, judge
from tests.defects.matrix import Row, merged, row_of, table, tally


@click.command()
@click.option("--class", "families", multiple=True, help="Only defects of this class (repeatable).")
@click.option("--contract", "contracts", multiple=True, help="Only defects of this contract (repeatable).")
@click.option("--id", "ids", multiple=True, help="Only this defect (repeatable).")
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
    jobs: int,
    profile: str,
    seed: int,
    seconds: float,
    keep: Path | None,
    out: Path,
) -> None:
    """Let the harness judge a mock with each defect and note what it finds.

    The matrix keeps the rows of defects that are not measured this time.
    """
    catalogue = load()
    chosen = [
        defect
        for defect in catalogue.values()
        if (not families or defect.family in families)
        and (not contracts or defect.contract in contracts)
        and (not ids or defect.id in ids)
    ]
    if not chosen:
        raise click.UsageError("no defect of the catalogue is of that class, contract and id")
    with TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = measure(chosen, folder=folder, at_once=jobs, profile=profile, seed=seed, seconds=seconds)
    kept = merged(out, rows, catalogue)
    summary = {name: asdict(tally(row for row in kept if row["class"] == name)) for name in _classes(kept)}
    matrix = {
        "profile": profile,
        "seed": seed,
        "all": asdict(tally(kept)),
        "classes": summary,
        "defects": kept,
    }
    out.write_text(json.dumps(matrix, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(table(rows))


def measure(
    defects: list[Defect], *, folder: Path, at_once: int, profile: str, seed: int, seconds: float
) -> list[Row]:
    """A row for each defect. What the healthy mock is blamed for as well counts for nothing.

    Raises click.ClickException when the harness cannot judge the healthy mock.
    """
    usual: dict[str, frozenset[str]] = {}
    healthy = [Job(contract=name) for name in sorted({defect.contract for defect in defects})]
    for verdict in judge(
        healthy, folder=folder, at_once=at_once, profile=profile, seed=seed, seconds=seconds
    ):
        if verdict.report is None:
            raise click.ClickException(f"the harness wrote no report on the healthy {verdict.job.contract}")
        found = frozenset(outcome["requirement"] for outcome in verdict.findings)
        usual[verdict.job.contract] = found
        click.echo(f"healthy {verdict.job.contract}: {verdict.seconds:.1f} s, blamed for {sorted(found)}")
    by_id = {defect.id: defect for defect in defects}
    planted = [Job(contract=defect.contract, defect=defect.id) for defect in defects]
    rows: list[Row] = []
    for verdict in judge(
        planted, folder=folder, at_once=at_once, profile=profile, seed=seed, seconds=seconds
    ):
        row = row_of(by_id[verdict.job.defect], verdict, usual[verdict.job.contract])
        rows.append(row)
        click.echo(f"{len(rows):>4}/{len(defects)} {row['verdict']:<9} {row['id']} {row['seconds']} s")
    return rows


def _classes(rows: list[Row]) -> list[str]:
    return sorted({row["class"] for row in rows})


if __name__ == "__main__":
    main()
