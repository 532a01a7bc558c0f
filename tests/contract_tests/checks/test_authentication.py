"""Authentication: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def test_a_conforming_api_passes(assert_conforms: Callable[[str], None]) -> None:
    assert_conforms("authentication")


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("anybody", "getTool.authentication.no-credential"),
        ("anybody", "createTool.authentication.no-credential"),
        ("anybody", "deleteTool.authentication.no-credential"),
        ("unknown-passes", "getTool.authentication.unknown-credential"),
        ("longer-passes", "getTool.authentication.unknown-credential"),
        ("unknown-passes", "updateTool.authentication.malformed-header"),
        ("any-scheme", "getTool.authentication.wrong-scheme"),
        ("expired-passes", "listLoans.authentication.invalid-credential"),
        ("refused-but-done", "createTool.authentication.no-trace"),
        ("refused-but-done", "updateTool.authentication.no-trace"),
        ("refused-but-done", "deleteTool.authentication.no-trace"),
        ("no-keys", "getTool.authentication.accepts.apiKey"),
    ],
)
def test_a_planted_defect_is_named(
    defect: str, requirement: str, assert_named: Callable[[str, str], None]
) -> None:
    assert_named(defect, requirement)
