"""Criteria: which conditions hold."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.arazzo.criteria import ConditionError, holds
from contract_tests.arazzo.expressions import ExpressionError, Scope, StepRequest

BODY = {"data": {"id": "K1", "n": 3, "on": True, "none": None, "a/b": 1}, "list": [{"x": 1}, {"x": 2}]}


@pytest.fixture
def scope() -> Scope:
    return Scope(
        inputs={"id": "k1", "nested": {"deep": [10, 20]}},
        steps={"one": {"id": "k1"}},
        request=StepRequest({"id": "p"}, {"q": "v"}, {"X-Trace": "t"}, {"sent": 1}),
        response=SimpleNamespace(status=201, headers={"content-type": "application/json"}, body=BODY),
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("$statusCode == 201", True),
        ("$statusCode==201", True),
        ("$statusCode != 201", False),
        ("$statusCode >= 200 && $statusCode < 300", True),
        ("$statusCode == 200 || $statusCode == 201", True),
        ("$statusCode == 200 || $statusCode == 201 && false", False),
        ("($statusCode == 200 || $statusCode == 201) && true", True),
        ("!($statusCode == 200)", True),
        ("!$response.body#/data/on", False),
        ("$response.body#/data/on", True),
        ("$response.body#/data/on == true", True),
        ("$response.body#/data/n == true", False),
        ("$response.body#/data/n > 2.5", True),
        ("$response.body#/data/n == '3'", False),
        ("$response.body#/data/id == 'k1'", True),
        ("$response.body#/data/id == $inputs.id", True),
        ("$response.body#/data/id == $steps.one.outputs.id", True),
        ("$response.body#/data/a~1b == 1", True),
        ("$response.body#/data/none == null", True),
        ("$response.body#/data/absent == null", True),
        ("$response.body#/data/absent != null", False),
        ("$response.body#/list/1/x == 2", True),
        ("$response.body.list[1].x == 2", True),
        ("$inputs.nested.deep[1] == 20", True),
        ("$inputs.nested#/deep/0 == 10", True),
        ("$response.header.Content-Type == 'application/json'", True),
        ("$request.header.x-trace == 't'", True),
        ("$request.path.id == 'p' && $request.query.q == 'v' && $request.body#/sent == 1", True),
        ("$response.body#/data/id > 5", False),
        ("'it''s' == \"it's\"", True),
    ],
)
def test_a_simple_condition(scope: Scope, condition: str, expected: bool) -> None:
    assert holds({"condition": condition}, scope) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("$.data", True),
        ("$.nothing", False),
        ("$.list[?@.x == 2]", True),
        ("$..[?@.x == 3]", False),
        ("$..[?@.id == {$response.body#/data/id}]", True),
        ("$..[?@.id == '{$response.body#/data/id}']", True),
        ("$..[?@.id == {$inputs.id}]", False),
        ("$.list[?@.x == {$response.body#/list/0/x}]", True),
        ("$[?count(@.list[*]) > 1]", True),
        ("$[?length(@.data.id) == 2]", True),
    ],
)
def test_a_jsonpath_condition_holds_when_it_selects_something(
    scope: Scope, condition: str, expected: bool
) -> None:
    assert holds({"type": "jsonpath", "context": "$response.body", "condition": condition}, scope) is expected


@pytest.mark.parametrize(
    ("context", "condition", "expected"),
    [
        ("$statusCode", "^2[0-9]{2}$", True),
        ("$response.body#/data/id", "^[0-9]+$", False),
        ("$response.body#/data/absent", ".*", False),
        ("$response.header.content-type", "json", True),
    ],
)
def test_a_regex_condition(scope: Scope, context: str, condition: str, expected: bool) -> None:
    assert holds({"type": "regex", "context": context, "condition": condition}, scope) is expected


@pytest.mark.parametrize(
    "condition",
    ["$statusCode ==", "== 200", "$statusCode = 200", "($statusCode == 200", "1 2", "yes", "", "a == b"],
)
def test_a_condition_that_cannot_be_understood_is_refused(scope: Scope, condition: str) -> None:
    with pytest.raises(ConditionError):
        holds({"condition": condition}, scope)


@pytest.mark.parametrize("kind", ["xpath", {"type": "xpath", "version": "xpath-30"}])
def test_xpath_is_refused(scope: Scope, kind: Any) -> None:
    with pytest.raises(ConditionError, match="xpath"):
        holds({"type": kind, "context": "$response.body", "condition": "/a"}, scope)


def test_an_invalid_jsonpath_is_refused(scope: Scope) -> None:
    with pytest.raises(ConditionError):
        holds({"type": "jsonpath", "context": "$response.body", "condition": "$..[?"}, scope)


@pytest.mark.parametrize(
    "expression", ["$nothing", "$response", "$response.trailer.x", "$inputs", "$statusCode.x"]
)
def test_an_unknown_expression_is_refused(scope: Scope, expression: str) -> None:
    with pytest.raises(ExpressionError):
        holds({"condition": f"{expression} == 1"}, scope)
