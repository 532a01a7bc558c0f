"""Isolation: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.verdicts import Verdict
from tests.contract_tests.checks.workshop import FOREIGN


def test_a_conforming_api_passes(assert_conforms: Callable[[str], None]) -> None:
    assert_conforms("isolation")


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("lists-all", "listTools.isolation.parents"),
        ("all-loans", "listLoans.isolation.parents"),
        ("total-of-all", "listLoans.isolation.total"),
        ("any-team-path", "getTool.isolation.wrong-parent.tool_id"),
        ("any-team-path", "deleteTool.isolation.wrong-parent.tool_id"),
        ("any-team-path", "listLoans.isolation.wrong-parent.tool_id"),
        ("any-tool-path", "getLoan.isolation.wrong-parent.loan_id"),
        ("updates-all", "updateTool.isolation.siblings"),
        ("deletes-all", "deleteTool.isolation.siblings"),
        ("foreign-listed", "listTools.isolation.foreign"),
    ],
)
def test_a_planted_defect_is_named(
    defect: str, requirement: str, assert_named: Callable[[str, str], None]
) -> None:
    assert_named(defect, requirement)


@pytest.mark.parametrize(
    ("allowed", "verdict"),
    [(FOREIGN, Verdict.SKIPPED), ("another", Verdict.WARNING)],
    ids=["listed thing in the scope", "listed thing outside"],
)
def test_a_list_is_read_with_each_credential_that_may_not_use_the_known_thing(
    allowed: str, verdict: Verdict, judged: Callable[..., Any]
) -> None:
    usual = {"scheme": "bearer", "value": "t-stranger", "roles": ["read", "write"]}
    limited = {**usual, "scope": {"tool_id": [allowed]}}

    judgements = judged(
        requirements=["workshop.listTools.isolation.foreign"],
        credentials={"usual": usual, "limited": limited},
        known={"team_id": "alien", "tool_id": FOREIGN},
        foreign={},
    )

    assert [each[0] for each in judgements.values()] == [verdict]
