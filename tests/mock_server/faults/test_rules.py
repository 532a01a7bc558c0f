"""The fault rules of a world: each counts and draws for itself."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.operation import DocumentedResponse, Operation
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.faults.fault import DocumentedAnswer
from mock_server.faults.rules import (
    MAX_RULES,
    FaultRule,
    FaultRules,
    RuleConflictError,
    parse_rule,
    parse_rules,
)
from mock_server.object_reader import MemberError
from mock_server.principals import ANYBODY, Principal
from mock_server.seeded_random import SeededRandom
from mock_server.when import RequestFacts

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def operation(name: str, *statuses: str, contract: str = "shop") -> Operation:
    """An operation that documents these statuses, each with an example called `seen`."""
    example: dict[str, dict[str, Any]] = {"application/json": {"seen": {}}}
    responses = {
        status: DocumentedResponse({"application/json": True}, {}, example) for status in statuses or ("200",)
    }
    return Operation(contract, name, "GET", f"/{name}", (), None, responses, ())


ITEM, LIST = operation("getItem", "200", "404"), operation("listItems")


def asked(
    of: Operation | None = ITEM,
    *,
    principal: Principal | None = None,
    now: datetime = NOW,
    contract: str = "shop",
) -> RequestFacts:
    return RequestFacts(contract if of is None else of.contract, of, principal, now)


def rule(
    kind: str = "reset",
    /,
    *,
    id: str = "",  # noqa: A002 - the member's name
    when: dict[str, Any] | None = None,
    **arguments: Any,
) -> FaultRule:
    return parse_rule({"kind": kind, **({"when": when} if when else {}), **arguments}, id=id)


def hits(world_rules: FaultRules, rule_id: str, calls: int, of: Operation = ITEM) -> list[bool]:
    """Which of so many calls the rule hits."""
    return [any(one.rule.id == rule_id for one in world_rules.roll(asked(of))) for _ in range(calls)]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"calls": [2, 5]}, [2, 5]),
        ({"every": 3}, [3, 6]),
        ({"times": 2}, [1, 2]),
        ({"every": 2, "times": 2}, [2, 4]),
        ({"calls": [2, 3], "every": 2}, [2]),
        ({"probability": 0}, []),
        ({"probability": 1}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_rule_hits_the_calls_it_names(when: dict[str, Any], expected: list[int]) -> None:
    struck = hits(FaultRules(SeededRandom(1), [rule(id="r", when=when)]), "r", 6)
    assert [number for number, hit in enumerate(struck, start=1) if hit] == expected


def test_only_calls_that_fit_are_counted() -> None:
    world_rules = FaultRules(SeededRandom(1), [rule(id="r", when={"operation": "getItem", "calls": [2]})])
    assert hits(world_rules, "r", 3, LIST) == [False] * 3
    assert hits(world_rules, "r", 3) == [False, True, False]
    assert (world_rules.seen("r").calls, world_rules.seen("r").hits) == (3, 1)


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ({"contract": "shop"}, True),
        ({"contract": "bank"}, False),
        ({"operation": "getItem"}, True),
        ({"contract": "bank", "operation": "getItem"}, False),
        ({"role": "ada"}, True),
        ({"role": "editor"}, True),
        ({"role": "owner"}, False),
    ],
)
def test_all_conditions_must_hold(when: dict[str, Any], fits: bool) -> None:
    who = Principal("ada", frozenset({"editor"}))
    assert bool(FaultRules(SeededRandom(1), [rule(when=when)]).roll(asked(principal=who))) is fits


def test_a_role_fits_no_unknown_caller_and_every_caller_with_all_roles() -> None:
    world_rules = FaultRules(SeededRandom(1), [rule(when={"role": "editor"})])
    assert not world_rules.roll(asked(principal=None))
    assert world_rules.roll(asked(principal=ANYBODY))


def test_requests_without_an_operation_meet_only_what_needs_none() -> None:
    world_rules = FaultRules(
        SeededRandom(1),
        [rule("unavailable"), rule("reset", id="reset"), rule("latency", fixed_ms=1, id="late")],
    )
    assert [fault.rule.id for fault in world_rules.roll(asked(None))] == ["reset", "late"]
    assert not FaultRules(SeededRandom(1), [rule(when={"operation": "getItem"})]).roll(asked(None))


def test_a_status_strikes_only_operations_that_document_it() -> None:
    world_rules = FaultRules(SeededRandom(1), [rule("status", id="r", code=404)])
    assert hits(world_rules, "r", 2, LIST) == [False, False]
    assert world_rules.seen("r").calls == 0
    (fault,) = world_rules.roll(asked(ITEM))
    assert fault.answer() == DocumentedAnswer(404)


def test_a_status_by_example_strikes_only_where_the_example_is() -> None:
    assert FaultRules(SeededRandom(1), [rule("status", code=404, example="seen")]).roll(asked())
    assert not FaultRules(SeededRandom(1), [rule("status", code=404, example="lost")]).roll(asked())


@given(st.integers(0, 2**32), st.floats(0.05, 0.95), st.lists(st.booleans(), max_size=60), st.booleans())
def test_equal_seeds_hit_equal_calls_whatever_comes_in_between(
    seed: int, probability: float, between: list[bool], others: bool
) -> None:
    when = {"operation": "getItem", "probability": probability}
    alone = FaultRules(SeededRandom(seed), [rule("latency", fixed_ms=1, id="r", when=when)])
    expected = hits(alone, "r", len(between))
    more = [rule("latency", fixed_ms=1, id="z", when={"every": 2})] if others else []
    crowded = FaultRules(SeededRandom(seed), [*more, rule("latency", fixed_ms=1, id="r", when=when)])
    seen: list[bool] = []
    for first in between:
        if first:
            crowded.roll(asked(LIST))
        seen += hits(crowded, "r", 1)
    assert seen == expected


def test_other_seeds_hit_other_calls() -> None:
    runs = {
        tuple(hits(FaultRules(SeededRandom(seed), [rule(id="r", when={"probability": 0.5})]), "r", 64))
        for seed in range(8)
    }
    assert len(runs) == 8


def test_a_probability_is_met_about_as_often_as_it_says() -> None:
    struck = hits(FaultRules(SeededRandom(3), [rule(id="r", when={"probability": 0.2})]), "r", 5000)
    assert 850 < sum(struck) < 1150


def test_of_rules_that_answer_the_first_does_and_the_next_is_not_used_up() -> None:
    world_rules = FaultRules(
        SeededRandom(1), [rule(id="one", when={"times": 1}), rule("html_page", id="two", when={"times": 1})]
    )
    rolled = [[fault.rule.id for fault in world_rules.roll(asked())] for _ in range(3)]
    assert rolled == [["one"], ["two"], []]


def test_a_hit_says_what_it_was() -> None:
    world_rules = FaultRules(SeededRandom(1), [rule(id="r", when={"calls": [2]})])
    world_rules.roll(asked())
    assert [fault.to_json() for fault in world_rules.roll(asked())] == [
        {"rule": "r", "kind": "reset", "call": 2}
    ]


@given(st.integers(0, 5), st.lists(st.floats(0, 9), max_size=40))
def test_a_rate_limit_lets_so_many_calls_pass_in_a_window_of_the_worlds_time(
    limit: int, gaps: list[float]
) -> None:
    world_rules = FaultRules(SeededRandom(1), [rule("rate_limit", id="r", limit=limit, window_seconds=10)])
    now, opened, used = NOW, None, 0
    for gap in gaps:
        now += timedelta(seconds=gap)
        if opened is None or now >= opened + timedelta(seconds=10):
            opened, used = now, 0
        used += 1
        rolled = world_rules.roll(asked(now=now))
        assert bool(rolled) == (used > limit)
        if rolled:
            refusal = rolled[0].answer()
            assert isinstance(refusal, ApiError)
            assert refusal.code is ErrorCode.RATE_LIMITED
            left = (opened + timedelta(seconds=10) - now).total_seconds()
            assert left <= int(refusal.headers["Retry-After"]) < left + 1 or left < 1


def test_a_clock_that_goes_back_opens_a_new_window() -> None:
    world_rules = FaultRules(SeededRandom(1), [rule("rate_limit", limit=1, window_seconds=10)])
    assert [bool(world_rules.roll(asked(now=NOW))) for _ in range(2)] == [False, True]
    assert not world_rules.roll(asked(now=NOW - timedelta(days=1)))


def test_a_refusal_without_a_limit_always_refuses() -> None:
    (fault,) = FaultRules(SeededRandom(1), [rule("rate_limit", retry_after=7)]).roll(asked())
    assert fault.answer() == ApiError(ErrorCode.RATE_LIMITED, headers={"Retry-After": "7"})


def test_rules_without_an_id_get_one_that_is_free() -> None:
    world_rules = FaultRules(SeededRandom(1), [rule(id="fault-2")])
    assert [world_rules.add(rule()).id for _ in range(2)] == ["fault-1", "fault-3"]
    assert [one.id for one in world_rules.list()] == ["fault-2", "fault-1", "fault-3"]


def test_a_taken_id_and_a_rule_too_many_are_refused() -> None:
    world_rules = FaultRules(SeededRandom(1), [rule(id="r")])
    with pytest.raises(RuleConflictError, match="'r' exists already"):
        world_rules.add(rule(id="r"))
    for _ in range(MAX_RULES - 1):
        world_rules.add(rule())
    with pytest.raises(RuleConflictError, match="at most 100"):
        world_rules.add(rule())


def test_removed_rules_strike_no_more_and_begin_anew_when_added_again() -> None:
    world_rules = FaultRules(SeededRandom(1), [rule(id="r", when={"times": 1})])
    assert world_rules.roll(asked())
    assert world_rules.remove("r")
    assert not world_rules.remove("r")
    assert not world_rules.roll(asked())
    world_rules.add(rule(id="r", when={"times": 1}))
    assert world_rules.roll(asked())
    world_rules.clear()
    assert not world_rules.by_id
    assert world_rules.get("r") is None


@given(st.integers(0, 30), st.integers(0, 30))
def test_parsed_rules_continue_with_their_counts(before: int, after: int) -> None:
    rules = [
        rule("rate_limit", id="limit", limit=4, window_seconds=10),
        rule("latency", fixed_ms=5, when={"probability": 0.5, "times": 9}),
    ]
    world_rules = FaultRules(SeededRandom(5), rules)
    moments = [NOW + timedelta(seconds=number) for number in range(before + after)]
    for now in moments[:before]:
        world_rules.roll(asked(now=now))
    text = json.dumps(world_rules.to_json())
    again, copied = parse_rules(json.loads(text), SeededRandom(5)), world_rules.copy(SeededRandom(5))
    assert again.to_json() == copied.to_json() == world_rules.to_json()
    rolls = [
        [[one.to_json() for one in each.roll(asked(now=now))] for now in moments[before:]]
        for each in (world_rules, again, copied)
    ]
    assert rolls[0] == rolls[1] == rolls[2]


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({}, "/rules"),
        ({"rules": {}}, "/rules"),
        ({"rules": [{"kind": "reset"}]}, "/rules/0/id"),
        ({"rules": [{"id": "a", "kind": "reset"}] * 2}, "/rules/1"),
        ({"rules": [{"id": "a", "kind": "x"}]}, "/rules/0/kind"),
        ({"rules": [], "counts": {"a": {}}}, "/counts/a"),
        ({"rules": [{"id": "a", "kind": "reset"}], "counts": {"a": {"calls": -1}}}, "/counts/a/calls"),
        ({"rules": [{"id": "a", "kind": "reset"}], "counts": {"a": {"opened": "now"}}}, "/counts/a/opened"),
        ({"rules": [], "more": 1}, "/more"),
    ],
)
def test_a_damaged_text_is_refused_with_its_place(document: dict[str, Any], place: str) -> None:
    with pytest.raises(MemberError) as caught:
        parse_rules(document, SeededRandom(1), place="/faults")
    assert caught.value.place == f"/faults{place}"


def test_threads_together_are_hit_as_often_as_the_rule_says() -> None:
    world_rules = FaultRules(SeededRandom(1), [rule(id="r", when={"every": 2, "times": 150})])
    with ThreadPoolExecutor(8) as pool:
        found = sum(pool.map(lambda _: len(world_rules.roll(asked())), range(400)))
    assert found == 150
    assert world_rules.seen("r").calls == 400
