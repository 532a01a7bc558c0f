"""Known faults: what a baseline accepts, for how long, and what it says once they are mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contract_tests.engine.baseline import Baseline, KnownFault
from contract_tests.engine.exit_codes import Exit, exit_of
from contract_tests.engine.runner import run
from contract_tests.requirements.causes import cause
from contract_tests.requirements.results import RunResult
from contract_tests.target.target_file import Target
from contract_tests.toml_tables import TableError
from contract_tests.verdicts import Verdict

Make = Callable[..., Target]
TODAY = date(2026, 11, 30)
BROKEN = "shelf.createBook.examples.success"


@pytest.fixture
def broken(shelf_app: Any, shelf_target: Make) -> RunResult:
    """A run that found one fault."""
    return run(shelf_target(shelf_app("create-200")))


def _accepted(result: RunResult, path: Path, **members: Any) -> Baseline:
    baseline = Baseline(path, ()).with_outcomes(result.outcomes, reason="agreed", **members)
    baseline.write()
    return Baseline.load(path)


def test_accepted_faults_do_not_fail_the_next_run(broken: RunResult, tmp_path: Path) -> None:
    baseline = _accepted(broken, tmp_path / "known.toml", owner="books", expires=TODAY)

    judged = baseline.applied(broken, today=TODAY)

    assert exit_of(broken) is Exit.BROKEN
    assert exit_of(judged) is Exit.HOLDS
    (known,) = [each for each in judged.outcomes if each.requirement.id == BROKEN]
    assert known.verdict is Verdict.KNOWN
    assert known.reason.startswith("known: agreed, books, until 2026-11-30")


def test_an_expired_entry_fails_and_says_so(broken: RunResult, tmp_path: Path) -> None:
    baseline = _accepted(broken, tmp_path / "known.toml", expires=date(2026, 11, 29))

    judged = baseline.applied(broken, today=TODAY)

    assert exit_of(judged) is Exit.BROKEN
    (expired,) = [each for each in judged.outcomes if each.requirement.id == BROKEN]
    assert expired.reason.startswith("accepted until 2026-11-29 only: agreed")


def test_another_cause_is_not_covered(broken: RunResult, tmp_path: Path) -> None:
    baseline = _accepted(broken, tmp_path / "known.toml")
    otherwise = replace(broken, outcomes=tuple(replace(each, cause="another") for each in broken.outcomes))

    judged = baseline.applied(otherwise, today=TODAY)

    assert exit_of(judged) is Exit.BROKEN
    assert BROKEN in judged.mended


def test_what_was_mended_is_announced(
    broken: RunResult, shelf_app: Any, shelf_target: Make, tmp_path: Path
) -> None:
    baseline = _accepted(broken, tmp_path / "known.toml")

    judged = baseline.applied(run(shelf_target(shelf_app())), today=TODAY)

    assert exit_of(judged) is Exit.HOLDS
    assert BROKEN in judged.mended


def test_an_entry_without_a_cause_covers_any(broken: RunResult) -> None:
    baseline = Baseline(Path("known.toml"), (KnownFault(requirement=BROKEN, reason="agreed"),))

    judged = baseline.applied(broken, today=TODAY)

    assert [each.verdict for each in judged.outcomes if each.requirement.id == BROKEN] == [Verdict.KNOWN]


def test_accepting_twice_adds_nothing(broken: RunResult, tmp_path: Path) -> None:
    baseline = _accepted(broken, tmp_path / "known.toml")

    assert baseline.with_outcomes(broken.outcomes, reason="again").faults == baseline.faults


def test_odd_texts_survive_the_file(broken: RunResult, tmp_path: Path) -> None:
    reason = 'a "quoted" \\ line\nwith \x7f and é'
    path = tmp_path / "known.toml"

    Baseline(path, (KnownFault(requirement="a.b", cause="…", reason=reason),)).write()

    assert Baseline.load(path).faults[0].reason == reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[known]", "Expected"),
        ("[other]", "write tables [[known]] and nothing else"),
        ('[[known]]\nrequirement = "a.b"', "entry 1 of known: reason: Field required"),
        ('[[known]]\nrequirement = "a.b"\nreason = "x"\nuntil = 3', "until: allowed are requirement, cause"),
        ('[[known]]\nrequirement = "a.b"\nreason = "x"\nexpires = "soon"', "entry 1 of known: expires: "),
    ],
)
def test_a_wrong_file_is_refused_with_entry_and_field(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "known.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(TableError) as refused:
        Baseline.load(path)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("received", "alike"),
    [
        ("404 for 'book-8f3a'", "404 for 'book-99'"),
        ("id 7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c", "id 00000000-0000-4000-8000-000000000000"),
        ("2026-11-30T10:00:00Z", "2027-01-01T09:00:00.123Z"),
    ],
)
def test_a_cause_is_the_same_in_every_run(received: str, alike: str) -> None:
    assert cause("200", received) == cause("200", alike)
    assert cause("200", "404") != cause("200", "500")
