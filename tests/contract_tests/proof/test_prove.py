"""`contract-tests prove` measures the harness with honest servers and with planted defects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from contract_tests.cli import cli
from contract_tests.evidence.levels import Level
from contract_tests.proof.figures import (
    ResultsError,
    below,
    read,
    silent_checks,
    table,
    tally,
    write,
)
from contract_tests.proof.measuring import Judged, new_findings, of_defect
from contract_tests.proof.plan import Plan, PlanError
from contract_tests.requirements.order import check_of

PLAN = Path(__file__).with_name("plan.yaml")


@pytest.mark.slow
def test_a_defect_of_the_proxy_is_caught_and_the_honest_server_is_left_alone(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    arguments = ["prove", str(PLAN), "--results", str(results), "--only", "title-not-shown"]

    ended = CliRunner().invoke(cli, arguments, standalone_mode=False)

    assert ended.return_value == 0, ended.output
    honest, defect = read(results)
    assert (honest.id, honest.says) == ("default", "nothing")
    assert (defect.id, defect.says) == ("title-not-shown", "must")
    assert "notes.getNote.schema.body" in defect.by


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"defects": [{"id": "x", "class": "a"}]}, "defects.0: give arguments of the command, or proxy"),
        ({"defects": [{"id": "x", "class": "a", "proxy": [{"path": "/a"}]}]}, "the rule changes nothing"),
        ({"defects": [{"id": "x", "class": "a", "proxy": [{"pth": "/a"}]}]}, "allowed are methods, path"),
        ({"defects": [{"id": "default", "class": "a", "arguments": ["-x"]}]}, "'default' occurs twice"),
        ({"comand": ["x"]}, "no such field; allowed are source, server"),
        ({"honest": []}, "honest needs at least one entry"),
    ],
)
def test_a_wrong_plan_is_refused_with_its_line(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        json.dumps({"server": "a", "target": "t.toml", "command": ["x"], **changed}), encoding="utf-8"
    )

    with pytest.raises(PlanError) as refused:
        Plan.load(file)

    assert str(refused.value).startswith(f"{file}:1: ")
    assert words in str(refused.value)


def test_an_unknown_id_is_refused_with_the_known_ones() -> None:
    ended = CliRunner().invoke(cli, ["prove", str(PLAN), "--only", "nothing-like-it"])

    assert ended.exit_code == 2
    assert "there are default, delete-keeps, slow, title-not-shown" in ended.output


def test_a_finding_of_the_honest_server_does_not_count_for_a_defect() -> None:
    usual = frozenset({("a", Level.ASSUMED), ("b", Level.MUST)})
    found = frozenset({("a", Level.ASSUMED), ("a", Level.MUST), ("b", Level.MUST), ("c", Level.SHOULD)})

    assert new_findings(found, usual) == {("a", Level.MUST), ("c", Level.SHOULD)}


def test_requirements_for_which_a_usual_finding_stands_count_where_no_other_is_a_must() -> None:
    usual = frozenset({("a", Level.MUST), ("b", Level.MUST)})
    beside = frozenset({("b", Level.MUST), ("c", Level.MUST)})

    assert of_defect(usual, beside, usual) == {("c", Level.MUST)}
    assert of_defect(usual | {("d", Level.MUST)}, beside, usual) == {("d", Level.MUST)}


@pytest.mark.parametrize(
    ("requirement", "check"),
    [
        ("shop.listThings.validation.query.limit.maximum", "validation.maximum"),
        ("shop.createThing.lifecycle.echo.name", "lifecycle.echo"),
        ("todo.TodoController.find.schema.body", "schema.body"),
        ("shop.getThing.authentication.missing", "authentication.missing"),
    ],
)
def test_a_check_is_what_requirements_of_operations_share(requirement: str, check: str) -> None:
    assert check_of(requirement) == check


def test_figures_count_sentences_and_honest_runs(tmp_path: Path) -> None:
    runs = [
        _honest("default", concluded=("s.op.schema.body", "s.op.listing.whole")),
        _honest("other", says="must"),
        _defect("a", says="must", by=("s.op.schema.body",)),
        _defect("b", says="warning"),
        _defect("c", breaks="none", says="nothing"),
    ]
    file = tmp_path / "results.json"

    write(file, runs)

    counted = tally(read(file))
    assert (counted.planted, counted.by_must, counted.by_warning, counted.missed) == (2, 1, 1, 0)
    assert (counted.breaking_none, counted.of_these_caught) == (1, 0)
    assert (counted.honest_runs, counted.called_broken) == (2, 1)
    assert silent_checks(runs) == ["listing.whole"]
    assert "| s | 2 | 1 (50.0%) | 1 | 0 | 1 | 0 | 2 | 1 |" in table(runs)


def test_figures_have_the_kills_per_minute_of_each_profile() -> None:
    runs = [
        _defect("a", says="must", seconds=20.0),
        _defect("b", says="warning", seconds=40.0),
        _defect("a", says="must", seconds=0.0, profile="default"),
    ]

    figures = table(runs)

    assert "| s: quick | 2 | 1 | 1.0 | 1.0 |" in figures
    assert "| s: default | 1 | 1 | 0.0 | not measured |" in figures


def test_figures_below_the_floor_are_named(tmp_path: Path) -> None:
    floor = tmp_path / "floor.json"
    floor.write_text(
        json.dumps(
            {"s": {"caught_share": 0.6, "called_broken": 0}, "t": {"caught_share": 0, "called_broken": 0}}
        )
    )
    runs = [_honest("default", says="must"), _defect("a", says="must"), _defect("b", says="nothing")]

    assert below(runs, floor) == [
        "s: 1 of 2 defects are caught by a must, which is less than 60.0%",
        "s: 1 of 1 honest runs are called broken, which is more than 0",
        "t holds no results",
    ]


def test_a_floor_of_another_form_is_refused(tmp_path: Path) -> None:
    floor = tmp_path / "floor.json"
    floor.write_text('{"s": {"caught": 1}}')

    with pytest.raises(ResultsError, match="must have caught_share and called_broken"):
        below([_honest("default")], floor)


def _honest(name: str, *, says: str = "nothing", concluded: tuple[str, ...] = ()) -> Judged:
    return _run(name, honest=True, says=says, breaks="none", concluded=concluded)


def _defect(
    name: str, *, says: str, breaks: str = "a sentence", by: tuple[str, ...] = (), **length: Any
) -> Judged:
    return _run(name, honest=False, says=says, breaks=breaks, by=by, **length)


def _run(name: str, **members: Any) -> Judged:
    usual = {"source": "s", "server": "one", "kind": "lists", "by": (), "also": (), "concluded": ()}
    length = {"requests": 1, "seconds": 1.0, "profile": "quick", "seed": 0, "complete": True}
    return Judged(id=name, **{**usual, **length, **members})
