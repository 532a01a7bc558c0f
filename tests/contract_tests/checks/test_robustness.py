"""Robustness: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def test_a_conforming_api_passes(assert_conforms: Callable[[str], None]) -> None:
    assert_conforms("robustness")


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("json-500", "createTool.robustness.broken-json"),
        ("json-500", "createTool.robustness.bytes"),
        ("nul-500", "updateTool.robustness.texts"),
        ("any-type", "createTool.robustness.content-type"),
        ("html", "createTool.robustness.bytes"),
        ("empty-is-fine", "createTool.robustness.empty-body"),
        ("odd-id-500", "getTool.robustness.odd-path"),
        ("odd-query-500", "listTools.robustness.odd-query"),
    ],
)
def test_a_planted_defect_is_named(
    defect: str, requirement: str, assert_named: Callable[[str, str], None]
) -> None:
    assert_named(defect, requirement)
