"""Secrets: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def test_a_conforming_api_passes(assert_conforms: Callable[[str], None]) -> None:
    assert_conforms("secrets")


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("shows-secret", "createTool.secrets.never-shown.secret"),
        ("shows-on-read", "updateTool.secrets.never-shown.secret"),
        ("repeats-secret", "createTool.secrets.not-repeated.secret"),
        ("repeats-secret", "updateTool.secrets.not-repeated.secret"),
    ],
)
def test_a_planted_defect_is_named(
    defect: str, requirement: str, assert_named: Callable[[str, str], None]
) -> None:
    assert_named(defect, requirement)
