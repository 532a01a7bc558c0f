"""Errors: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract_tests.checks.errors import names


def test_a_conforming_api_passes(assert_conforms: Callable[[str], None]) -> None:
    assert_conforms("errors")


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("wrong-loc", "createTool.errors.names.body"),
        ("wrong-loc", "updateTool.errors.names.body"),
        ("first-defect-only", "createTool.errors.names-each"),
        ("any-parent", "listTools.errors.unknown.team_id"),
        ("any-parent", "createTool.errors.unknown.team_id"),
    ],
)
def test_a_planted_defect_is_named(
    defect: str, requirement: str, assert_named: Callable[[str, str], None]
) -> None:
    assert_named(defect, requirement)


@pytest.mark.parametrize(
    ("loc", "place", "steps"),
    [
        (["body", "name"], "body", ("name",)),
        (["body", "connector", "name", "str"], "body", ("name",)),
        (["body", "variables", 0, "key"], "body", ("variables", 0, "key")),
        (["header", "idempotency-key"], "header", ("Idempotency-Key",)),
        (["header", "idempotency_key"], "header", ("Idempotency-Key",)),
    ],
)
def test_an_error_location_may_contain_more_than_the_path_to_the_invalid_member(
    loc: list[str | int], place: str, steps: tuple[str | int, ...]
) -> None:
    assert names(loc, place, steps)


@pytest.mark.parametrize("loc", [[], ["name"], ["query", "name"], ["body"], ["body", "label"]])
def test_an_error_location_of_another_member_is_not_accepted(loc: list[str | int]) -> None:
    assert not names(loc, "body", ("name",))
