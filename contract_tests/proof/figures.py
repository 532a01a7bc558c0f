"""Results files, the figures that follow from them, and the floor under which they may not fall."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from contract_tests.proof.measuring import Judged
from contract_tests.requirements.order import check_of

_COLUMNS = (
    *("break a sentence", "by must", "by warning", "missed"),
    *("break none", "caught", "honest runs", "called broken"),
)


class ResultsError(Exception):
    """A results file or a floor that cannot be used; the text names file and member."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Defects that break a sentence (planted), those caught by a must, by a warning, and missed; the same of
    those that break none; honest runs, and those called broken."""

    planted: int
    by_must: int
    by_warning: int
    missed: int
    breaking_none: int
    of_these_caught: int
    honest_runs: int
    called_broken: int

    @property
    def caught_share(self) -> float:
        """The share of the planted defects that a must caught, 0 to 1; 1 where none was planted."""
        return self.by_must / self.planted if self.planted else 1.0


def tally(runs: Iterable[Judged]) -> Tally:
    """Count runs."""
    counted = list(runs)
    cited = [run.says for run in counted if run.cites]
    others = [run.says for run in counted if not run.honest and not run.cites]
    honest = [run.says for run in counted if run.honest]
    return Tally(
        planted=len(cited),
        by_must=cited.count("must"),
        by_warning=cited.count("warning"),
        missed=cited.count("nothing"),
        breaking_none=len(others),
        of_these_caught=len(others) - others.count("nothing"),
        honest_runs=len(honest),
        called_broken=honest.count("must"),
    )


def read(path: Path) -> list[Judged]:
    """The runs of a results file; none where there is no file. Raises ResultsError."""
    if not path.exists():
        return []
    content = _json(path)
    try:
        runs = [Judged(**run) for run in content["runs"]]
    except (KeyError, TypeError) as error:
        raise ResultsError(f"{path} is not a results file: {error}") from error
    names = [field.name for field in fields(Judged)]
    return [Judged(**{name: _tuple(getattr(run, name)) for name in names}) for run in runs]


def write(path: Path, runs: Sequence[Judged]) -> None:
    """Write a results file: the sums of each source first. Raises ResultsError."""
    sums = {source: _sums(some) for source, some in _grouped(runs, lambda run: run.source).items()}
    content = {"figures": sums, "runs": [run.as_json() for run in runs]}
    try:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise ResultsError(f"{path}: {error.strerror}") from error


def merged(earlier: Iterable[Judged], later: Iterable[Judged]) -> list[Judged]:
    """Runs, the later one where two are of the same server, id, profile and seed."""
    return list({_key(run): run for run in (*earlier, *later)}.values())


def _key(run: Judged) -> tuple[str, str, str, bool, str, int]:
    return run.source, run.server, run.id, run.honest, run.profile, run.seed


def _sums(runs: Iterable[Judged]) -> dict[str, int | float]:
    counted = tally(runs)
    sums = {field.name: getattr(counted, field.name) for field in fields(counted)}
    return {**sums, "caught_share": round(counted.caught_share, 4)}


def silent_checks(runs: Iterable[Judged]) -> list[str]:
    """The checks that were concluded on an honest server and caught no defect, sorted.

    A check is what requirements of several operations have in common, see `check_of`.
    """
    judged = list(runs)
    concluded = {check_of(requirement) for run in judged for requirement in run.concluded}
    catching = {check_of(name) for run in judged if not run.honest for name in (*run.by, *run.also)}
    return sorted(concluded - catching)


def table(runs: Sequence[Judged]) -> str:
    """The figures in Markdown: by source, by profile, by class, and by check."""
    by_source = _rows(_grouped(runs, lambda run: run.source))
    planted = [run for run in runs if not run.honest]
    by_class = _rows(_grouped(planted, lambda run: f"{run.source}: {run.kind}"))
    catching: dict[str, int] = {}
    for run in planted:
        for check in {check_of(requirement) for requirement in run.by}:
            catching[check] = catching.get(check, 0) + 1
    checks = sorted(catching.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(
        [
            *by_source,
            "",
            *_speed(planted),
            "",
            *by_class,
            "",
            "| check | defects caught |",
            "|---|---|",
            *(f"| {name} | {count} |" for name, count in checks),
        ]
    )


def _speed(planted: Iterable[Judged]) -> list[str]:
    """How many defects each profile caught by a must in a minute, by source."""
    lines = [
        "| profile | defects | by must | minutes | kills per minute |",
        "|---|---|---|---|---|",
    ]
    groups = _grouped(planted, lambda run: f"{run.source}: {run.profile}")
    for name, runs in sorted(groups.items()):
        minutes = sum(run.seconds for run in runs) / 60
        kills = sum(run.says == "must" for run in runs)
        per_minute = f"{kills / minutes:.1f}" if minutes else "not measured"
        lines.append(f"| {name} | {len(runs)} | {kills} | {minutes:.1f} | {per_minute} |")
    return lines


def _rows(groups: dict[str, list[Judged]]) -> list[str]:
    lines = [
        f"| | {' | '.join(_COLUMNS)} |",
        f"|---|{'---|' * len(_COLUMNS)}",
    ]
    for name, runs in sorted(groups.items()):
        one = tally(runs)
        share = f"{one.by_must} ({one.caught_share:.1%})" if one.planted else "0"
        cells = [one.planted, share, one.by_warning, one.missed, one.breaking_none, one.of_these_caught]
        cells += [one.honest_runs, one.called_broken]
        lines.append(f"| {name} | {' | '.join(map(str, cells))} |")
    return lines


def below(runs: Sequence[Judged], floor: Path) -> list[str]:
    """How the figures are worse than a floor, one line each. Raises ResultsError for a floor of another form.

    floor: a JSON file that has for each source `caught_share` and `called_broken`.
    """
    limits = _json(floor)
    groups = _grouped(runs, lambda run: run.source)
    lines = []
    for source, limit in limits.items():
        if not isinstance(limit, dict) or set(limit) != {"caught_share", "called_broken"}:
            raise ResultsError(
                f"{floor}: {source}: must have caught_share and called_broken, and nothing else"
            )
        counted = tally(groups.get(source, []))
        if source not in groups:
            lines.append(f"{source} holds no results")
        if counted.caught_share < limit["caught_share"]:
            lines.append(
                f"{source}: {counted.by_must} of {counted.planted} defects are caught by a must, "
                f"which is less than {limit['caught_share']:.1%}"
            )
        if counted.called_broken > limit["called_broken"]:
            lines.append(
                f"{source}: {counted.called_broken} of {counted.honest_runs} honest runs are called broken, "
                f"which is more than {limit['called_broken']}"
            )
    return lines


def _grouped(runs: Iterable[Judged], key: Callable[[Judged], str]) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = {}
    for run in runs:
        groups.setdefault(key(run), []).append(run)
    return groups


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _json(path: Path) -> Any:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultsError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ResultsError(f"{path}: is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ResultsError(f"{path}: must be an object")
    return content
