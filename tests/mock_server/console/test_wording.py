"""What the pages say in words."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.console.fault_form import PRESETS, fault_groups
from mock_server.console.wording import ago, cell, fault, missed, policy, shown, when
from mock_server.faults.registry import fault_kinds

DECLARED = {
    "pace": "after_seconds", "seconds": None, "reads": 3, "steps": 4, "fail_at": None, "outcome": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "After the declared time."),
        ({"seconds": [2, 2.5]}, "After 2 to 2.5 seconds."),
        ({"pace": "at_once", "outcome": "failed"}, "Ends at once; the outcome is failed."),
        ({"pace": "after_reads", "reads": 1}, "After 1 read."),
        ({"pace": "by_hand", "fail_at": 2}, "By hand, in 4 steps; fails at step 2 of 4."),
    ],
)
def test_a_policy_is_one_sentence(changed: dict[str, Any], words: str) -> None:
    assert policy(DECLARED | changed) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"kind": "latency", "fixed_ms": 2000}, "Latency, 2000 ms"),
        ({"kind": "latency", "uniform_ms": [200, 1500]}, "Latency, 200 to 1500 ms"),
        (
            {"kind": "latency", "lognormal": {"median_ms": 300, "sigma": 1, "cap_ms": 3000}},
            "Latency, median 300 ms, at most 3000 ms",
        ),
        (
            {"kind": "rate_limit", "limit": 5, "window_seconds": 60},
            "Too many requests (429), 5 requests, in 60 s",
        ),
    ],
)
def test_a_fault_is_reported_with_what_it_was_given(rule: dict[str, Any], words: str) -> None:
    assert fault(rule) == words


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        (None, "every request"),
        ({"contract": "aimable"}, "everything in aimable"),
        ({"operation": "getSync", "every": 3, "times": 1}, "getSync, one in 3, at most 1 time"),
        ({"role": "admin", "probability": 0.25}, "every request, as admin, 25% of them"),
    ],
)
def test_conditions_are_reported(conditions: dict[str, Any] | None, words: str) -> None:
    assert when(conditions) == words


def test_what_was_missed_is_reported_part_by_part() -> None:
    near = {
        "missed": [
            {"rule": "prefix", "segment": 1, "found": "/api", "wanted": ""},
            {"rule": "segment", "segment": 2, "found": "sync", "wanted": "syncs"},
        ]
    }
    assert missed(near) == "the prefix is “/api”, not empty; segment 2 is “sync”, not “syncs”"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "just now"), (59, "59 seconds ago"), (60, "1 minute ago"), (7300, "2 hours ago")],
)
def test_time_past_is_reported_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert ago(seconds) == words


def test_markup_in_a_value_stays_text() -> None:
    assert "<b>" not in str(cell("<b>", "status"))


def test_a_short_value_stays_on_its_line_and_a_long_one_is_laid_out() -> None:
    assert shown({"a": 1}) == '{"a": 1}'
    assert shown({"a": "x" * 80}).count("\n") == 2


def test_the_form_offers_every_kind_of_fault_there_is() -> None:
    offered = [kind for _, kinds in fault_groups() for kind, _ in kinds]
    assert sorted(offered) == sorted(fault_kinds())
    assert {preset["kind"] for _, preset in PRESETS} <= set(offered)
