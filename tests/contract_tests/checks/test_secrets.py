"""Secrets: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract_tests.verdicts import Verdict


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


def test_a_secret_in_a_quotation_is_only_a_warning(
    judged: Callable[..., dict[str, tuple[Verdict, str]]],
) -> None:
    requirement = "workshop.createTool.secrets.not-repeated.secret"

    assert judged("quotes-secret", requirements=[requirement])[requirement][0] is Verdict.WARNING
    assert judged("repeats-secret", requirements=[requirement])[requirement][0] is Verdict.FAILED
