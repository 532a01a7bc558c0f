"""Parameters are split by style, coerced by the platform's rules, defaulted and validated."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.contract.operation import Contract, Parameter
from mock_server.contract.parameters import compile_parameters
from mock_server.contract.validation import SchemaCompiler
from mock_server.errors.fastapi import LENIENT
from mock_server.errors.laravel import INPUT
from mock_server.errors.problem_json import PROBLEM_JSON

NUMBERS = {"type": "array", "items": {"type": "integer"}}
POINT = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}
CONTRACT = Contract(name="c", title="C", prefix="", operations={}, schemes={}, schemas={})


def read(
    schema: Any,
    *,
    location: str = "query",
    style: str = "form",
    explode: bool = True,
    required: bool = False,
    coercion: Any = LENIENT,
    tolerated: frozenset[str] = frozenset(),
    **sent: Any,
) -> tuple[Any, list[tuple[Any, ...]]]:
    """The value of a parameter named p (... when there is none), and its violations."""
    parameter = Parameter("p", location, required, schema, style, explode)
    readers = compile_parameters(
        [parameter], compiler=SchemaCompiler(CONTRACT), coercion=coercion, schemas={}, place="the test"
    )
    carriers: dict[str, Any] = {"path": {}, "query": {}, "header": {}, "cookie": {}, **sent}
    path, in_path = readers.read_path(carriers.pop("path"))
    pairs = [(name, text) for name, texts in carriers["query"].items() for text in texts]
    headers = {**carriers["header"], "cookie": "; ".join(map("=".join, carriers["cookie"].items()))}
    query, header, further = readers.read_rest(pairs, headers, tolerated=tolerated)
    values: dict[str, Any] = {"path": path, "query": query, "header": header}
    violations = in_path + further
    described = [(violation.path, violation.keyword, violation.given) for violation in violations]
    return values[location].get("p", ...), described


@pytest.mark.parametrize(
    ("style", "explode", "query", "value"),
    [
        ("form", True, {"p": ["1", "2"]}, [1, 2]),
        ("form", False, {"p": ["1,2"]}, [1, 2]),
        ("form", False, {"p": [""]}, []),
        ("spaceDelimited", False, {"p": ["1 2"]}, [1, 2]),
        ("pipeDelimited", False, {"p": ["1|2"]}, [1, 2]),
    ],
)
def test_arrays_in_a_query(style: str, explode: bool, query: dict[str, list[str]], value: Any) -> None:
    assert read(NUMBERS, style=style, explode=explode, query=query) == (value, [])


@pytest.mark.parametrize(
    ("style", "explode", "query"),
    [
        ("deepObject", True, {"p[x]": ["1"], "p[y]": ["2"]}),
        ("form", True, {"x": ["1"], "y": ["2"]}),
    ],
)
def test_objects_in_a_query(style: str, explode: bool, query: dict[str, list[str]]) -> None:
    assert read(POINT, style=style, explode=explode, query=query) == ({"x": 1, "y": 2}, [])


@pytest.mark.parametrize(
    ("style", "explode", "text"),
    [("simple", False, "1,2"), ("label", False, ".1.2"), ("matrix", False, ";p=1,2")],
)
def test_arrays_in_a_path(style: str, explode: bool, text: str) -> None:
    assert read(NUMBERS, location="path", style=style, explode=explode, path={"p": text}) == ([1, 2], [])


def test_arrays_in_a_header() -> None:
    assert read(NUMBERS, location="header", style="simple", explode=False, header={"p": "1, 2"}) == (
        [1, 2],
        [],
    )


def test_of_a_repeated_scalar_the_last_counts() -> None:
    assert read({"type": "integer"}, query={"p": ["x", "2"]}) == (2, [])


def test_only_a_default_replaces_a_missing_value() -> None:
    assert read({"type": "integer", "default": 20}) == (20, [])
    assert read({"type": "integer"}) == (..., [])


def test_a_missing_required_parameter_is_reported() -> None:
    assert read({"type": "integer"}, required=True)[1] == [(("p",), "required", None)]


def test_what_was_sent_is_quoted_as_it_was_sent() -> None:
    assert read({"type": "integer", "maximum": 100}, query={"p": ["101"]})[1] == [(("p",), "maximum", "101")]
    assert read(NUMBERS, query={"p": ["1", "x"]})[1] == [(("p", 1), "type", "x")]


def test_a_tolerated_parameter_is_returned_as_sent() -> None:
    tolerated = frozenset({"p"})
    assert read({"type": "integer"}, query={"p": ["abc"]}, tolerated=tolerated) == ("abc", [])
    assert read({"type": "integer"}, query={"p": ["5"]}, tolerated=tolerated) == (5, [])


@pytest.mark.parametrize(
    ("coercion", "schema", "text", "value"),
    [
        (LENIENT, {"type": "boolean"}, "Yes", True),
        (LENIENT, {"type": "number"}, "1e1", 10.0),
        (LENIENT, {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "+5", 5),
        (LENIENT, {"type": "string", "format": "uuid"}, "550E8400E29B41D4A716446655440000", ...),
        (INPUT, {"type": "integer"}, " 5 ", 5),
        (INPUT, {"type": "boolean"}, "0", False),
        (PROBLEM_JSON.coercion, {"type": "integer"}, "-5", -5),
        (PROBLEM_JSON.coercion, {"type": "boolean"}, "true", True),
        (PROBLEM_JSON.coercion, {"type": "number"}, "4.25e-153", 4.25e-153),
        (PROBLEM_JSON.coercion, {"type": ["string", "integer"]}, "5", "5"),
    ],
)
def test_each_platform_has_its_own_leniency(coercion: Any, schema: Any, text: str, value: Any) -> None:
    expected = "550e8400-e29b-41d4-a716-446655440000" if value is ... else value
    assert read(schema, coercion=coercion, query={"p": [text]}) == (expected, [])


@pytest.mark.parametrize("schema", [{"type": "string"}, {"type": ["string", "null"]}])
def test_laravel_treats_a_blank_value_as_not_sent(schema: Any) -> None:
    blank = {"p": ["  "]}
    assert read(schema, coercion=INPUT, query=blank) == (..., [])
    assert read(schema, coercion=INPUT, query=blank, required=True)[1] == [(("p",), "required", None)]


@pytest.mark.parametrize("text", ["+5", "05", "5.5", " 5", "1e1"])
def test_a_contract_without_a_platform_takes_numbers_strictly(text: str) -> None:
    assert read({"type": "integer"}, coercion=PROBLEM_JSON.coercion, query={"p": [text]})[1]


def test_laravels_brackets_are_another_spelling() -> None:
    strings = {"type": "array", "items": {"type": "string"}}
    assert read(strings, explode=False, coercion=INPUT, query={"p[]": ["a", "b"]}) == (["a", "b"], [])
