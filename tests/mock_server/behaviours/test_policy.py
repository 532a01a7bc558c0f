"""Policies are validated when read and written back unchanged."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from mock_server.behaviours.policy import MOST_SECONDS, MOST_STEPS, Policy, PolicyError
from mock_server.object_reader import MemberError

from .jobs import RUNS, policies


@given(policies())
def test_a_policy_reads_back_from_its_json_form(policy: Policy) -> None:
    assert Policy.read(json.loads(json.dumps(policy.to_json())), RUNS) == policy


def test_missing_members_are_as_declared() -> None:
    assert Policy.read({}, RUNS) == Policy()
    assert Policy.read({"seconds": None, "outcome": None, "fail_at": None}, RUNS) == Policy()


@pytest.mark.parametrize(
    ("document", "place", "expected"),
    [
        ([], "", "object"),
        ({"speed": 2}, "/speed", "pace, seconds, reads, steps, fail_at, outcome"),
        ({"speed": None}, "/speed", "unknown"),
        ({"pace": "soon"}, "/pace", "one of: at_once, after_seconds, after_reads, by_hand"),
        ({"pace": None}, "/pace", "at_once"),
        ({"pace": ["at_once"]}, "/pace", "at_once"),
        ({"seconds": 3}, "/seconds", "two numbers"),
        ({"seconds": [0, 10**400]}, "/seconds", f"numbers from 0 to {MOST_SECONDS}"),
        ({"seconds": [-1, 1]}, "/seconds", "numbers from 0"),
        ({"seconds": [float("nan"), 1]}, "/seconds", "numbers from 0"),
        ({"seconds": [False, True]}, "/seconds", "numbers from 0"),
        ({"reads": 0}, "/reads", "from 1 to"),
        ({"reads": True}, "/reads", "from 1 to"),
        ({"reads": None}, "/reads", "from 1 to"),
        ({"steps": 1.5}, "/steps", f"from 1 to {MOST_STEPS}"),
        ({"fail_at": "2"}, "/fail_at", "from 1 to"),
        ({"outcome": 5}, "/outcome", "string"),
    ],
)
def test_a_malformed_policy_is_refused_with_member_and_values(
    document: Any, place: str, expected: str
) -> None:
    with pytest.raises(MemberError) as caught:
        Policy.read(document, RUNS)
    assert caught.value.place == place
    assert expected in caught.value.message


@pytest.mark.parametrize(
    ("document", "member", "expected"),
    [
        ({"seconds": [3, 1]}, "seconds", "shortest"),
        ({"steps": 2, "fail_at": 3}, "fail_at", "1 to 2"),
        ({"outcome": "stopped"}, "outcome", "one of: done, failed"),
        ({"outcome": "done", "fail_at": 2}, "outcome", "failed"),
    ],
)
def test_a_contradictory_policy_is_refused(document: Any, member: str, expected: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.read(document, RUNS, place="/policies/jobs")
    assert caught.value.place == f"/policies/jobs/{member}"
    assert expected in caught.value.message


def test_a_lifecycle_without_failure_cannot_fail() -> None:
    with pytest.raises(PolicyError, match="failure"):
        Policy.read({"fail_at": 1}, replace(RUNS, fails=None))
