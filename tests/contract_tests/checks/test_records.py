"""What a record shows is compared with what was sent as far as a document spells it."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.checks.includes import lacks
from contract_tests.checks.lib.records import differences, holds_all_of, same, spelled


@pytest.mark.parametrize("member", ["rate_limit_unit", "rateLimitUnit", "rate-limit-unit"])
def test_a_member_is_found_in_any_spelling(member: str) -> None:
    assert spelled("rate_limit_unit", {"id": 1, member: "day"}) == member
    assert not [*differences({"rate_limit_unit": "day"}, {member: "day"}, ["rate_limit_unit"])]


def test_another_value_in_another_spelling_is_still_a_difference() -> None:
    found = [*differences({"rate_limit_unit": "day"}, {"rateLimitUnit": "hour"}, ["rate_limit_unit"])]

    assert found == [("rate_limit_unit", "day", "hour")]


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        ("160c0c4b-9966-4dc1-a916-8407eb10d74e", "160C0C4B-9966-4DC1-A916-8407EB10D74E", True),
        ("160c0c4b-9966-4dc1-a916-8407eb10d74e", "260c0c4b-9966-4dc1-a916-8407eb10d74e", False),
        ("name", "NAME", False),
    ],
)
def test_uuids_are_the_same_in_letters_of_either_case(*, first: Any, second: Any, equal: bool) -> None:
    assert same(first, second) is equal


@pytest.mark.parametrize(
    ("sent", "shown", "held"),
    [
        ({"folders": ["a"]}, {"channels": ["b"], "folders": ["a"]}, True),
        ({"scope": {"folders": ["a"]}}, {"scope": {"channels": [], "folders": ["b", "a"]}}, True),
        ({"folders": ["a"]}, {"channels": ["b"]}, False),
        (["a"], ["b"], False),
        ("a", "ab", False),
    ],
)
def test_an_object_that_was_merged_holds_all_that_was_sent(*, sent: Any, shown: Any, held: bool) -> None:
    assert holds_all_of(sent, shown) is held


def test_an_included_record_may_be_spelled_otherwise_but_has_to_be_there() -> None:
    record = {"id": 1, "authenticationImplementation": {"systemType": {"id": 2}}}

    assert lacks(record, ["authenticationImplementation", "systemType"]) is None
    assert lacks(record, ["certificate"]) == "certificate"
