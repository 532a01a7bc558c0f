"""Requests that break one rule each."""

from __future__ import annotations

from pathlib import Path

from contract_tests.generation.invalid import apply, invalid_inputs
from contract_tests.openapi.contract import Contract

SPEC = Path(__file__).parents[1] / "shelf.yaml"
BODY = {"title": "A", "pages": 1, "seller": {"key": "k"}}


def test_each_rule_of_a_body_is_broken_alone() -> None:
    operation = Contract.load("shelf", SPEC).operation("createBook")
    assert operation.body is not None

    rules = {one.rule: one for one in invalid_inputs(operation, body=BODY) if one.steps}

    assert rules["body.title.maxLength"].what == "for a body whose title has 41 characters (at most 40)"
    assert (
        rules["body.seller.key.type"].what
        == "for a body whose seller.key is an object or an array instead of a string"
    )
    for name, rule in rules.items():
        violations = list(operation.body.schema.violations(apply(BODY, rule)))
        assert rule.rule.rpartition(".")[2] in [violation.keyword for violation in violations], name
        assert len({violation.where for violation in violations}) == 1, name


def test_no_invalid_value_can_be_coerced_to_a_valid_one() -> None:
    operation = Contract.load("shelf", SPEC).operation("createBook")

    wrong_kinds = [one.value for one in invalid_inputs(operation, body=BODY) if one.rule.endswith(".type")]

    assert not any(isinstance(value, bool | int | float) for value in wrong_kinds)


def test_bounds_of_a_query_value_are_broken_on_both_sides() -> None:
    operation = Contract.load("shelf", SPEC).operation("listBooks")

    broken = {one.rule: one.value for one in invalid_inputs(operation)}

    assert broken == {"query.limit.type": "abc", "query.limit.minimum": 0, "query.limit.maximum": 101}
