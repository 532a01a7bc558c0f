"""Prints what the harness made of the independent servers: `python -m tests.independent.figures`.

With files that `measure --record` wrote, it reads the figures from them and keeps them in `results.json`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from tests.independent.servers import HERE, SERVERS, defects

RESULTS = HERE / "results.json"
LEVELS = ("must", "warning", "missed")
COLUMNS = (
    "server",
    *("breaks a sentence", "by must", "by warning", "missed"),
    *("breaks none", "by must", "by warning", "missed"),
    *("honest runs", "choices", "called broken"),
)
Record = dict[str, Any]


def read_runs(files: Iterable[Path]) -> list[Record]:
    """The runs of record files, in their order."""
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def summarized(runs: Sequence[Record], servers: Iterable[str] = SERVERS) -> Record:
    """How and by what each planted defect was caught, and the honest runs that were called broken.

    Of several runs of one server with one choice or defect the last counts. A warning counts for a defect
    only if no run of the honest server with its defaults has one of that requirement.
    """
    summary: Record = {}
    for server in servers:
        every = [run for run in runs if run["server"] == server]
        default = [run for run in every if not run["defect"] and not run["choice"]]
        mine = list({(run["choice"], run["defect"]): run for run in every}.values())
        honest = [run for run in mine if not run["defect"]]
        usual = {finding["requirement"] for run in default for finding in run["findings"]}
        planted = {run["defect"]: caught(run, usual) for run in mine if run["defect"]}
        summary[server] = {
            "honest_runs": len(honest),
            "choices": sum(len(run["choice"].split()) for run in honest),
            "called_broken": sorted(run["choice"] for run in honest if level(run, usual) == "must"),
            "planted": dict(sorted(planted.items())),
        }
    return summary


def caught(run: Record, usual: set[str]) -> Record:
    """The level at which a defect was caught, the requirements of that level, and the seconds of the run."""
    reached = level(run, usual)
    if reached == "must":
        names = {finding["requirement"] for finding in run["findings"] if finding["level"] == "must"}
    else:
        names = {finding["requirement"] for finding in run["findings"]} - usual
    return {
        "level": reached,
        "by": sorted(names),
        "seconds": run["seconds"],
        "profile": run.get("profile", "quick"),
    }


def level(run: Record, usual: set[str]) -> str:
    """`must`, `warning` or `missed`. usual: requirements with a finding on the honest server."""
    if any(finding["level"] == "must" for finding in run["findings"]):
        return "must"
    names = {finding["requirement"] for finding in run["findings"]}
    return "warning" if names - usual else "missed"


def table(title: str, summary: Record) -> str:
    """The figures as a table in Markdown: caught by level of those that break a sentence, and honest runs."""
    lines = [
        f"{title}:",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---|" + "---|" * 11,
    ]
    totals: Counter[int] = Counter()
    for server, figures in summary.items():
        cited = {defect.id: defect.breaks != "none" for defect in defects(server)}
        cells = []
        for breaks in (True, False):
            found = Counter(row["level"] for key, row in figures["planted"].items() if cited[key] is breaks)
            cells += [sum(found.values()), *(found[each] for each in LEVELS)]
        cells += [figures["honest_runs"], figures["choices"], len(figures["called_broken"])]
        totals.update(dict(enumerate(cells)))
        lines.append(f"| {server} | {' | '.join(map(str, cells))} |")
    lines.append(f"| all | {' | '.join(str(totals[place]) for place in range(11))} |")
    return "\n".join(lines)


@click.command()
@click.option("--as", "title", default="now", show_default=True, help="Whose figures: `first run` or `now`.")
@click.argument("records", nargs=-1, type=click.Path(path_type=Path, exists=True))
def main(title: str, records: tuple[Path, ...]) -> None:
    """Print the figures; with RECORDS replace those of this title first, for the servers they are of."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    if records:
        runs = read_runs(records)
        recorded = {run["server"] for run in runs}
        servers = [server for server in SERVERS if server in recorded]
        results[title] = results.get(title, {}) | summarized(runs, servers)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for each, summary in results.items():
        click.echo(table(each, summary) + "\n")


if __name__ == "__main__":
    main()
