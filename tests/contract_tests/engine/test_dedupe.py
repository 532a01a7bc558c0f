"""One defect is one finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract_tests.engine.dedupe import deduplicated
from contract_tests.evidence.levels import Level
from contract_tests.exchange import Exchange, SentRequest
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import Finding, Outcome
from contract_tests.verdicts import Verdict


def _broken(
    what: str, expected: str, received: str, *, level: Level = Level.MUST, operation: str = "list"
) -> Outcome:
    family = what.partition(".")[0]
    requirement = Requirement(
        f"shop.{operation}.{what}", "shop", family, level, what, (operation,), ("001-1",), None
    )
    finding = Finding(requirement, operation, level, expected, received, (), "")
    return Outcome(requirement, Verdict.FAILED if level is Level.MUST else Verdict.WARNING, "", finding)


def _shown(*outcomes: Outcome) -> list[str]:
    return [each.requirement.id for each in deduplicated(outcomes) if each.finding is not None]


def test_an_operation_that_always_answers_with_a_wrong_status_is_one_defect() -> None:
    outcomes = [
        _broken("authorization.role", "401, 403 or 404 for guest", "202", level=Level.ASSUMED),
        _broken("examples.sort", "200 for sort=name", "202"),
        _broken("listing.beyond", "200, 400 or 404 for a page beyond the last", "202", level=Level.ASSUMED),
    ]

    found = deduplicated(outcomes)

    assert [each.finding is not None for each in found] == [False, True, False]
    assert found[1].finding is not None
    assert found[1].finding.also == ("shop.list.authorization.role", "shop.list.listing.beyond")
    assert found[0].reason == "same defect as shop.list.examples.sort"
    assert [each.verdict for each in found] == [Verdict.WARNING, Verdict.FAILED, Verdict.WARNING]


def test_what_is_missing_in_an_answer_that_is_not_as_documented_is_one_defect() -> None:
    sent = SentRequest("read", "GET", "http://shop.test/1", {}, None, None)
    empty, complete = (Exchange(sent, 200, {}, content, 0.1) for content in (b"{}", b'{"id": 1}'))
    shape = _broken("schema.body", "the body of a 200 as documented", "id is missing", operation="read")
    echo = _broken("lifecycle.echo", "name 'x' as it was sent", "no such member", operation="make")
    other = _broken("lifecycle.changes", "name 'y' as the update set it", "name 'x'", operation="change")
    outcomes = [_answered(echo, empty), _answered(other, complete), shape]

    found = deduplicated(outcomes, lambda exchange: ["shop.read.schema.body"] if exchange is empty else [])

    assert [each.reason for each in found] == ["", "", "same defect as shop.make.lifecycle.echo"]


def _answered(outcome: Outcome, exchange: Exchange) -> Outcome:
    assert outcome.finding is not None
    return replace(outcome, finding=replace(outcome.finding, exchange=exchange))


def test_three_defects_are_three_findings() -> None:
    crash = [_broken(f"examples.{name}", "200 for it", "500", operation="read") for name in "abc"]
    unchecked = [_broken(f"validation.{name}", f"422 for {name}", "201", operation="make") for name in "abc"]
    open_to_all = [_broken("authentication.none", "401 for no credential", "201", operation="make")]

    shown = _shown(*crash, *unchecked, *open_to_all)

    assert shown == ["shop.read.examples.a", "shop.make.validation.a", "shop.make.authentication.none"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("422 for a body without name", "201"), ("404 for an unknown id", "200")),
        (("401 without a credential", "200"), ("403 for guest", "200")),
        (("422 for a body without name", "404"), ("404 for an unknown id", "422")),
    ],
)
def test_different_answers_are_different_defects(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert len(_shown(_broken("one.a", *first), _broken("two.b", *second))) == 2


def test_one_wrong_refusal_of_many_operations_is_one_defect_for_each_refusal_that_was_due() -> None:
    absent, foreign = ("403, 404 or 422 for an id, which names nothing", "401, 403 or 404 for a foreign id")
    outcomes = [
        _broken("errors.unknown.id", absent, '400: {"detail": "No book"}', level=Level.SHOULD),
        _broken("authorization.foreign", foreign, '400: {"detail": "No shelf"}', operation="read"),
        _broken("authentication.none", "401 for no credential", '400: {"detail": "Who?"}'),
        _broken("errors.unknown.shelf", absent, '418: {"detail": "No book"}', level=Level.SHOULD),
    ]

    assert _shown(*outcomes) == [
        "shop.read.authorization.foreign",
        "shop.list.authentication.none",
        "shop.list.errors.unknown.shelf",
    ]


def test_a_member_that_is_wrong_in_the_same_way_everywhere_is_one_defect() -> None:
    body = "the body of a 200 as documented"
    outcomes = [
        _broken("schema.body", body, 'data.0.at: "now" is not a "date-time" (also data.1.at: …)'),
        _broken("schema.body", body, 'data.at: "then" is not a "date-time"', operation="read"),
        _broken("schema.body", body, 'data: "at" is a required property', operation="make"),
        _broken("schema.body", body, 'data: "state" is a required property', operation="change"),
    ]

    assert _shown(*outcomes) == ["shop.list.schema.body", "shop.make.schema.body", "shop.change.schema.body"]
