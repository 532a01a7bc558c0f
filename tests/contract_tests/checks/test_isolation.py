"""Isolation: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest


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
