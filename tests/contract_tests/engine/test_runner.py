"""The runner judges a conforming API well, and names what a faulty one breaks."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from dataclasses import replace
from signal import Signals
from typing import Any

import pytest

from contract_tests.engine.dry_run import rehearsed
from contract_tests.engine.examination import examine
from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.evidence.levels import Level
from contract_tests.redaction.masking import masked
from contract_tests.requirements.catalogue import catalogue
from contract_tests.requirements.results import Finding, RunResult
from contract_tests.response_checks.monitor import ResponseMonitor
from contract_tests.session.context import RunContext
from contract_tests.session.session import Session
from contract_tests.target.target_file import LevelChange, Target, TargetError
from contract_tests.verdicts import Verdict

Make = Callable[..., Target]
TOKEN = "token-of-the-writer"
PASSWORD = "hunter2-and-a-half"


def findings(result: RunResult) -> dict[str, Finding]:
    """The findings by requirement."""
    return {one.requirement.id: one.finding for one in result.outcomes if one.finding}


def broken(result: RunResult) -> set[str]:
    """Every broken requirement."""
    return {one.requirement.id for one in result.outcomes if one.verdict is Verdict.FAILED}


def test_a_conforming_api_passes_and_created_records_are_deleted(shelf_app: Any, shelf_target: Make) -> None:
    app = shelf_app()

    result = run(shelf_target(app))

    said = {one.requirement.id: (one.verdict, one.reason) for one in result.outcomes}
    assert {verdict for verdict, _ in said.values()} <= {Verdict.PASSED, Verdict.SKIPPED}, said
    assert said["shelf.createBook.examples.success"] == (Verdict.PASSED, "")
    assert said["shelf.createBook.validation.body.title.required"] == (Verdict.PASSED, "")
    assert len(app.books) == 1
    assert result.leftovers == ()


def test_a_passive_requirement_alone_is_judged_over_requests_that_do_not_count(
    shelf_app: Any, shelf_target: Make
) -> None:
    chosen = Selection(requirements=("shelf.createBook.schema.body",))

    result = run(shelf_target(shelf_app()), selection=chosen)

    assert [(one.requirement.id, one.verdict) for one in result.outcomes] == [
        ("shelf.createBook.schema.body", Verdict.PASSED)
    ]


@pytest.mark.parametrize(
    ("defect", "requirement", "expected", "received"),
    [
        ("create-200", "shelf.createBook.examples.success", "201 for a valid request", "200"),
        ("bad-time", "shelf.getBook.schema.body", "the body of a 200 as documented", "data.made_at: "),
        (
            "title-unchecked",
            "shelf.createBook.validation.body.title.required",
            "400 or 422 for a body without title",
            "201",
        ),
        (
            "limit-ignored",
            "shelf.listBooks.validation.query.limit.maximum",
            "422 or 400 for a request whose query value limit is 101 (at most 100)",
            "200",
        ),
        (
            "secret-shown",
            "shelf.createBook.secrets.never-shown",
            "an answer without the seller.key that was sent",
            "201 with that very value",
        ),
        ("errors-listed", "shelf.createBook.errors.shape", "the body of a 422 as documented", "detail: "),
        ("html", "shelf.createBook.schema.media-type", "application/json with a 422", "text/html"),
        (
            "raises",
            "shelf.listBooks.robustness.no-server-error",
            "an answer other than a server error",
            "500",
        ),
    ],
)
def test_a_planted_defect_breaks_the_requirement_that_names_it(
    *, defect: str, requirement: str, expected: str, received: str, shelf_app: Any, shelf_target: Make
) -> None:
    chosen = Selection(requirements=(requirement, "*.success", "*.body.title.required"))

    result = run(shelf_target(shelf_app(defect)), selection=chosen)

    assert requirement in broken(result)
    said = {one.expected: one.received for one in findings(result).values()}
    assert said[expected].startswith(received)


def test_a_failure_that_is_not_reproduced_is_inconclusive(shelf_app: Any, shelf_target: Make) -> None:
    result = run(
        shelf_target(shelf_app("fails-once")), selection=Selection(requirements=("*.createBook.examples.*",))
    )

    (outcome,) = result.outcomes
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert outcome.reason.startswith(
        "broken once and not again: expected 201 for a valid request, received 404"
    )


def test_the_same_defect_is_one_finding(shelf_app: Any, shelf_target: Make) -> None:
    chosen = Selection(families=frozenset({"validation"}))

    result = run(shelf_target(shelf_app("title-unchecked")), selection=chosen)

    (finding,) = findings(result).values()
    assert "shelf.createBook.validation.body.title.maxLength" in {finding.requirement.id, *finding.also}
    followers = [one for one in result.outcomes if one.verdict is Verdict.FAILED and one.finding is None]
    assert {one.requirement.id for one in followers} == set(finding.also)
    assert {one.reason for one in followers} == {f"same defect as {finding.requirement.id}"}


def test_undeletable_records_are_reported(shelf_app: Any, shelf_target: Make) -> None:
    result = run(
        shelf_target(shelf_app("delete-refused")), selection=Selection(operations=frozenset({"createBook"}))
    )

    assert result.leftovers
    assert all(line.startswith("shelf: /shelves/one/books/") for line in result.leftovers)


def test_a_credential_that_is_not_accepted_stops_the_contract(shelf_app: Any, shelf_target: Make) -> None:
    wrong = {"writer": {"scheme": "bearer", "value": "nobody's", "roles": ["write"]}}

    result = run(shelf_target(shelf_app(), credentials=wrong))

    assert result.outcomes == ()
    assert "credential writer is not accepted" in result.problems[0].message


def test_an_invalid_credential_that_is_accepted_is_a_finding(shelf_app: Any, shelf_target: Make) -> None:
    good = {"scheme": "bearer", "value": TOKEN, "roles": ["write"]}

    result = run(shelf_target(shelf_app(), credentials={"writer": good, "expired": {**good, "valid": False}}))

    assert result.problems == ()
    assert "shelf.createBook.authentication.invalid-credential" in broken(result)


def test_a_target_that_does_not_answer_concludes_nothing(shelf_target: Make) -> None:
    nowhere = shelf_target(None, base_url="http://127.0.0.1:1/api")

    result = run(nowhere)

    assert result.outcomes == ()
    assert result.problems[0].message.startswith("the target does not answer: GET /shelves/one/books")


def test_a_chosen_contract_that_the_target_lacks_is_refused(shelf_app: Any, shelf_target: Make) -> None:
    with pytest.raises(TargetError, match="the target has no other; it has shelf"):
        run(shelf_target(shelf_app()), selection=Selection(contracts=frozenset({"other"})))


def test_a_bug_in_a_check_is_errored(shelf_app: Any, shelf_context: Callable[..., RunContext]) -> None:
    context = shelf_context(shelf_app())
    sound = catalogue(context.contract, context.citations)[0]

    def faulty(session: Session) -> None:
        raise ZeroDivisionError(session.contract.name)

    outcome, _ = examine(context, ResponseMonitor(context), replace(sound, check=faulty))

    assert outcome.verdict is Verdict.ERRORED
    assert "ZeroDivisionError: shelf" in outcome.reason


def test_a_finding_has_a_curl_line_without_the_credential(shelf_app: Any, shelf_target: Make) -> None:
    chosen = Selection(requirements=("shelf.createBook.examples.success",))

    result = run(shelf_target(shelf_app("create-200")), selection=chosen)

    (finding,) = findings(result).values()
    assert "$SHELF_WRITER" in finding.curl
    assert "token-of-the-writer" not in finding.curl


def test_ctrl_c_deletes_created_records_and_keeps_the_results(shelf_app: Any, shelf_target: Make) -> None:
    app = shelf_app()

    def interrupting(environ: dict[str, Any], start_response: Any) -> Any:
        if len(app.requests) == 12:
            _thread.interrupt_main()
        return app(environ, start_response)

    result = run(shelf_target(interrupting))

    assert result.stopped_by is Signals.SIGINT
    assert len(result.outcomes) > 0
    assert len(app.books) == 1


def test_a_password_in_the_url_is_in_no_report(shelf_app: Any, shelf_target: Make) -> None:
    target = shelf_target(shelf_app(), base_url=f"http://somebody:{PASSWORD}@shelf.test/api")

    shown = repr(masked(run(target)))

    assert "http://somebody:$SHELF_PASSWORD@shelf.test/api" in shown
    assert PASSWORD not in shown


def test_after_the_greatest_time_the_rest_is_skipped_with_that_reason(
    shelf_app: Any, shelf_target: Make
) -> None:
    result = run(shelf_target(shelf_app()), max_seconds=1e-9)

    examined = [one for one in result.outcomes if one.requirement.check is not None]
    assert {(one.verdict, one.reason) for one in examined} == {
        (Verdict.SKIPPED, "not examined: the time is over (--max-time)")
    }


def test_a_target_in_production_is_only_read(shelf_app: Any, shelf_target: Make) -> None:
    app = shelf_app()
    target = shelf_target(app)
    live = target.contracts["shelf"].model_copy(update={"production": True})

    result = run(target.model_copy(update={"contracts": {"shelf": live}}))

    said = {one.requirement.id: one.verdict for one in result.outcomes}
    assert said["shelf.createBook.examples.success"] is Verdict.SKIPPED
    assert said["shelf.getBook.schema.body"] is Verdict.PASSED
    assert broken(result) == set()


def test_a_dry_run_sends_nothing(shelf_app: Any, shelf_target: Make) -> None:
    app, requests = shelf_app(), list[str]()

    def counting(environ: Any, start_response: Any) -> Any:
        raise AssertionError(f"{environ['PATH_INFO']} was asked for")

    run(rehearsed(shelf_target(counting), requests.append))

    assert len(app.books) == 1
    assert {"GET", "POST", "DELETE"} <= {request.partition(" ")[0] for request in requests}
    assert any(request.endswith("/shelves/one/books") for request in requests)


def test_the_target_file_lowers_a_promise_with_its_reason(shelf_app: Any, shelf_target: Make) -> None:
    target = shelf_target(shelf_app("create-200"))
    change = LevelChange(level=Level.SHOULD, reason="agreed with the clients")
    own = target.contracts["shelf"].model_copy(update={"levels": {"shelf.createBook.*": change}})

    result = run(
        target.model_copy(update={"contracts": {"shelf": own}}),
        selection=Selection(requirements=("shelf.createBook.examples.success",)),
    )

    (found,) = [one for one in result.outcomes if one.requirement.id == "shelf.createBook.examples.success"]
    assert (found.verdict, found.requirement.level) == (Verdict.WARNING, Level.SHOULD)
    assert found.finding is not None
    assert found.finding.sources[0] == "the target file, levels: agreed with the clients"


def test_what_only_the_target_file_can_give_is_left_out_without_it(
    shelf_app: Any, shelf_context: Callable[..., RunContext]
) -> None:
    context = shelf_context(shelf_app())
    every = Selection().of(context.contract, context.citations)
    foreign = next(each for each in every if each.id == "shelf.getBook.authorization.foreign")
    silent = context.target.model_copy(update={"foreign": {}})
    naming = context.target.model_copy(update={"foreign": {"book_id": "7"}})

    assert Selection().leaves_out(foreign, silent)
    assert not Selection().leaves_out(foreign, naming)
    assert not Selection(requirements=(foreign.id,)).leaves_out(foreign, silent)


@pytest.mark.parametrize("with_costs", [False, True])
def test_shards_are_the_whole_and_a_new_requirement_moves_no_other(
    shelf_app: Any, shelf_context: Callable[..., RunContext], *, with_costs: bool
) -> None:
    context = shelf_context(shelf_app())
    every = Selection().of(context.contract, context.citations)
    costs = {each.id: len(each.id) / 10 for each in every if each.check is not None} if with_costs else {}

    def shards(**more: Any) -> list[set[str]]:
        parts = [Selection(shard=(part, 3), costs=costs, **more) for part in (1, 2, 3)]
        return [{each.id for each in part.of(context.contract, context.citations)} for part in parts]

    found = shards()
    shared = {each.id for each in every if each.check is None}
    assert set.union(*found) == {each.id for each in every}
    assert set.intersection(*found) == shared
    assert sum(len(each - shared) for each in found) == len(every) - len(shared)
    absent = next(iter(found[0] - shared))
    if not with_costs:
        assert shards(excluded=(absent,)) == [each - {absent} for each in found]
