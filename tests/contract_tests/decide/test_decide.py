"""What a run says of decisions: confirmed and refuted by what was seen, open where a test could not fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contract_tests.cli import main
from contract_tests.decide.standings import standings
from contract_tests.engine.examination import examine
from contract_tests.engine.runner import run
from contract_tests.evidence.citations import Acceptance, Citations, Decision
from contract_tests.evidence.levels import Level, level_of
from contract_tests.evidence.settled import SettledDecision, Standing, read_settled
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.model import Assertion, Requirement
from contract_tests.requirements.results import Finding, Outcome, RunResult, SituationAnswers
from contract_tests.response_checks.monitor import ResponseMonitor
from contract_tests.session.context import RunContext
from contract_tests.session.session import Session
from contract_tests.target.target_file import Target, TargetError
from contract_tests.verdicts import Verdict
from tests.contract_tests.conftest import SPEC, ShelfApp

_HIDDEN = Acceptance("unknown_id", frozenset(), frozenset({403, 404}), "D1", chosen=404)


def _decision(name: str, **members: Any) -> Decision:
    return Decision(name, ("shelf",), "question", "reading", "why", "settled by", **members)


_DELETED = Acceptance("delete", frozenset(), frozenset({200, 204}), "D3", chosen=204)
_TWICE = tuple(
    Acceptance(situation, frozenset(), frozenset({200, 404}), "D4", chosen=404)
    for situation in ("delete_again", "read_deleted")
)
DECISIONS = Citations(
    (),
    [
        _decision("D1", accepts=(_HIDDEN,)),
        _decision("D2", shown_by=("shelf.two",)),
        _decision("D3", accepts=(_DELETED,), shown_in_part=True),
        _decision("D4", accepts=_TWICE),
    ],
)


def _outcome(name: str, verdict: Verdict, *needs: str) -> Outcome:
    assertions = (Assertion("it", needs),)
    requirement = Requirement(
        name, "shelf", "errors", Level.ASSUMED, "It holds", ("op",), needs, None, assertions=assertions
    )
    finding = Finding(requirement, "op", Level.ASSUMED, "a", "b", (), "", cites=needs)
    return Outcome(requirement, verdict, finding=None if verdict is Verdict.PASSED else finding)


def _standings(*outcomes: Outcome, **answers: set[int]) -> dict[str, SettledDecision]:
    answered = tuple(
        SituationAnswers("shelf", "unknown_id", op, frozenset(codes)) for op, codes in answers.items()
    )
    result = RunResult("t", 0, "quick", datetime.now(UTC), 0.0, (), outcomes, answered=answered)
    return {each.decision: each for each in standings(result, "shelf", DECISIONS)}


@pytest.mark.parametrize(
    ("answers", "standing"),
    [
        ({"read": {404}, "change": {404}}, Standing.CONFIRMED),
        ({"read": {403}, "change": {403}}, Standing.REFUTED),
        ({"read": {404}, "change": {403}}, Standing.OPEN),
        ({"read": {404, 403}}, Standing.OPEN),
        ({}, Standing.OPEN),
    ],
)
def test_a_status_confirms_or_refutes_the_chosen_one(
    answers: dict[str, set[int]], standing: Standing
) -> None:
    seen = _standings(**answers)["D1"]

    assert seen.standing is standing
    assert bool(seen.answers) == (standing is not Standing.OPEN)


@pytest.mark.parametrize(("status", "standing"), [(204, Standing.OPEN), (200, Standing.REFUTED)])
def test_statuses_that_show_a_part_refute_and_do_not_confirm(status: int, standing: Standing) -> None:
    answered = (SituationAnswers("shelf", "delete", "remove", frozenset({status})),)
    result = RunResult("t", 0, "quick", datetime.now(UTC), 0.0, (), (), answered=answered)

    assert standings(result, "shelf", DECISIONS)[2].standing is standing


@pytest.mark.parametrize(
    ("situations", "standing"),
    [({"delete_again", "read_deleted"}, Standing.CONFIRMED), ({"read_deleted"}, Standing.OPEN)],
)
def test_a_decision_on_several_situations_is_confirmed_by_all_of_them(
    situations: set[str], standing: Standing
) -> None:
    answered = tuple(SituationAnswers("shelf", each, "op", frozenset({404})) for each in situations)
    result = RunResult("t", 0, "quick", datetime.now(UTC), 0.0, (), (), answered=answered)

    assert standings(result, "shelf", DECISIONS)[3].standing is standing


@pytest.mark.parametrize(
    ("outcomes", "standing"),
    [
        ([_outcome("shelf.two", Verdict.PASSED, "D2")], Standing.CONFIRMED),
        ([_outcome("shelf.other", Verdict.PASSED, "D2")], Standing.OPEN),
        ([_outcome("shelf.other", Verdict.WARNING, "D2")], Standing.REFUTED),
        ([_outcome("shelf.other", Verdict.WARNING, "D1", "D2")], Standing.OPEN),
        (
            [_outcome("shelf.two", Verdict.PASSED, "D2"), _outcome("shelf.other", Verdict.WARNING, "D2")],
            Standing.OPEN,
        ),
    ],
    ids=["had a chance to fail", "could not fail", "rests on it alone", "rests on two", "both"],
)
def test_requirements_confirm_or_refute_a_reading(outcomes: list[Outcome], standing: Standing) -> None:
    assert _standings(*outcomes)["D2"].standing is standing


def test_a_settled_decision_is_no_open_reading(citations: Citations) -> None:
    contract = Contract.load("hydracore")
    settled = SettledDecision(
        contract="hydracore",
        decision="H4",
        standing=Standing.REFUTED,
        answers={"create": {"createGrant": (200,)}},
    )

    known = citations.for_implementations({}, [settled])

    assert level_of(["H4"], citations, contract) is Level.ASSUMED
    assert level_of(["H4"], known, contract) is Level.SHOULD
    assert known.accepted("hydracore", "create", "createGrant") == ({200}, ("H4",))
    assert known.accepted("hydracore", "create", "createConnection")[0] == {200, 201}


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [({}, Verdict.KNOWN), ({"malformed_json": {"createBook": (415,)}}, Verdict.WARNING)],
    ids=["a reading", "a status that was seen instead"],
)
def test_a_refuted_reading_is_not_asserted(
    answers: dict[str, dict[str, tuple[int, ...]]],
    verdict: Verdict,
    shelf_app: Callable[..., Any],
    shelf_context: Callable[..., RunContext],
) -> None:
    def breaks(session: Session) -> None:
        session.broken(expected="a", received="b", readings=["X6"])

    settled = SettledDecision(
        contract="shelf", decision="X6", standing=Standing.REFUTED, because="seen", answers=answers
    )
    context = shelf_context(shelf_app())
    context.citations = context.citations.for_implementations({}, [settled])
    requirement = Requirement(
        "shelf.a", "shelf", "errors", Level.ASSUMED, "It holds", ("createBook",), ("X6",), breaks
    )

    outcome, _ = examine(context, ResponseMonitor(context), requirement)

    assert outcome.verdict is verdict


class Refusing(ShelfApp):
    """The shelf, refusing what is not JSON as X6 reads it."""

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Any]:
        status, body = super()._answer(environ)
        return (422 if status == 415 else status), body


def test_the_command_writes_a_file_that_the_target_may_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.application", Refusing(), raising=False)
    target, written = tmp_path / "target.toml", tmp_path / "settled.toml"
    lines = [
        "[contracts.shelf]",
        'base_url = "http://shelf.test/api"',
        f'wsgi = "{__name__}:application"',
        f'spec = "{SPEC}"',
        'known = {shelf = "one"}',
        "[contracts.shelf.credentials.writer]",
        'scheme = "bearer"',
        'value = "token-of-the-writer"',
        'roles = ["write"]',
    ]
    target.write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(SystemExit) as left:
        main(["decide", "--target", str(target), "--write", str(written)])

    assert left.value.code == 0
    assert "confirmed  X6" in capsys.readouterr().out
    assert {each.decision for each in read_settled(written)} >= {"X6"}
    named = tmp_path / "named.toml"
    named.write_text("\n".join([lines[0], 'settled = "settled.toml"', *lines[1:]]), encoding="utf-8")
    result = run(Target.load(named))
    assert result.counts[Verdict.FAILED] == result.counts[Verdict.WARNING] == 0


def test_a_wrong_file_of_decisions_is_refused(
    shelf_app: Callable[..., Any], shelf_target: Callable[..., Target], tmp_path: Path
) -> None:
    path = tmp_path / "settled.toml"
    path.write_text('[[settled]]\ncontract = "shelf"\ndecision = "X6"\nstanding = "yes"\n', encoding="utf-8")

    with pytest.raises(TargetError, match=r"settled.toml: entry 1 of settled: standing: .*'refuted'"):
        run(shelf_target(shelf_app(), settled=path))
