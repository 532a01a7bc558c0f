"""Authorization: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def test_a_conforming_api_passes(assert_conforms: Callable[[str], None]) -> None:
    assert_conforms("authorization")


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("any-role", "createTool.authorization.lacking-role"),
        ("any-role", "deleteTool.authorization.lacking-role"),
        ("key-opens", "createTool.authorization.lacking-role"),
        ("role-refused-but-done", "updateTool.authorization.lacking-role-no-trace"),
        ("role-refused-but-done", "createTool.authorization.lacking-role-no-trace"),
        ("any-team", "listTools.authorization.outside-scope"),
        ("any-team", "getTool.authorization.outside-scope"),
        ("any-team", "createTool.authorization.foreign"),
        ("any-team", "listTools.authorization.foreign"),
        ("neighbour-team", "listTools.authorization.foreign"),
    ],
)
def test_a_planted_defect_is_named(
    defect: str, requirement: str, assert_named: Callable[[str, str], None]
) -> None:
    assert_named(defect, requirement)
