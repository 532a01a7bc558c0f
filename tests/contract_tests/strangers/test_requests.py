"""Requests are written as documents ask: styles of parameters, media types of bodies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.openapi.contract import Contract
from contract_tests.openapi.encoding import content, content_type, path_text, query_pairs
from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Server, always, document, judged, operation

LIST = {"type": "array", "items": {"type": "integer"}}
COLOUR = {"type": "object", "properties": {"r": {"type": "integer"}}}


def parameter(name: str, place: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": schema, **more}


def contract(*parameters: dict[str, Any], body: Any = None, path: str = "/a") -> Any:
    node = operation("get", 200, parameters=list(parameters))
    if body is not None:
        node["requestBody"] = {"required": True, "content": body}
    return Contract("x", Path("x"), document({path: {"post": node}})).operations["get"]


@pytest.mark.parametrize(
    ("more", "value", "pairs"),
    [
        ({}, [1, 2], [("q", "1"), ("q", "2")]),
        ({"explode": False}, [1, 2], [("q", "1,2")]),
        ({"style": "pipeDelimited", "explode": False}, [1, 2], [("q", "1|2")]),
        ({"style": "spaceDelimited", "explode": False}, [1, 2], [("q", "1 2")]),
        ({}, {"r": 1}, [("r", "1")]),
        ({"explode": False}, {"r": 1, "g": 2}, [("q", "r,1,g,2")]),
        ({"style": "deepObject"}, {"r": 1, "in": {"x": True}}, [("q[r]", "1"), ("q[in][x]", "true")]),
    ],
)
def test_a_query_value_has_the_style_of_its_parameter(more: Any, value: Any, pairs: Any) -> None:
    assert query_pairs(contract(parameter("q", "query", LIST, **more)), {"q": value}) == pairs


def test_a_query_value_may_be_a_document() -> None:
    as_json = {"name": "q", "in": "query", "content": {"application/json": {"schema": COLOUR}}}
    assert query_pairs(contract(as_json), {"q": {"r": 1}}) == [("q", '{"r": 1}')]


@pytest.mark.parametrize(
    ("more", "value", "text"),
    [
        ({}, "a/b", "a%2Fb"),
        ({}, [1, 2], "1,2"),
        ({"style": "label"}, [1, 2], ".1,2"),
        ({"style": "label", "explode": True}, [1, 2], ".1.2"),
        ({"style": "matrix"}, 5, ";c=5"),
        ({"style": "matrix", "explode": True}, [1, 2], ";c=1;c=2"),
    ],
)
def test_a_path_value_has_the_style_of_its_parameter(more: Any, value: Any, text: str) -> None:
    found = contract(parameter("c", "path", LIST, **more), path="/a/{c}").parameter("c", "path")
    assert path_text(found, "c", value) == text


def test_a_form_is_written_as_its_encoding_asks() -> None:
    media = {
        "application/x-www-form-urlencoded": {
            "schema": {"type": "object"},
            "encoding": {"colour": {"style": "deepObject"}},
        }
    }
    body = contract(body=media).content
    value = {"name": "a b", "on": True, "tags": ["x", "y"], "colour": {"r": 1}}
    assert content(body, value) == b"name=a+b&on=true&tags=x&tags=y&colour%5Br%5D=1"
    assert content_type(body) == "application/x-www-form-urlencoded"


def test_a_multipart_body_has_a_part_for_each_member() -> None:
    schema = {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}, "meta": {"type": "object"}},
    }
    body = contract(body={"multipart/form-data": {"schema": schema}}).content
    sent = content(body, {"file": "abc", "meta": {"title": "t"}}).decode()
    assert (
        'name="file"; filename="contract-test.txt"\r\nContent-Type: application/octet-stream\r\n\r\nabc'
        in sent
    )
    assert 'name="meta"\r\nContent-Type: application/json\r\n\r\n{"title": "t"}' in sent
    assert "boundary=" in content_type(body)


def test_json_is_preferred_and_a_text_is_sent_as_it_is() -> None:
    text = {"schema": {"type": "string"}}
    assert contract(body={"text/plain": text, "application/json": text}).body is not None
    only_text = contract(body={"text/plain": text})
    assert only_text.body is None
    assert content(only_text.content, "a line") == b"a line"


def test_required_values_of_every_place_are_sent(tmp_path: Path) -> None:
    node = operation("search", 200, answer={"type": "object"})
    node["parameters"] = [
        parameter("ids", "query", {**LIST, "minItems": 0}),
        parameter("colour", "query", {**COLOUR, "required": ["r"]}, style="deepObject"),
        parameter("X-Ids", "header", {**LIST, "minItems": 2}),
        parameter("session", "cookie", {"type": "string", "minLength": 3}),
    ]
    server = Server(always(200, {}))
    outcomes = judged(tmp_path, document({"/search": {"get": node}}), server, only="search.examples.*")
    assert outcomes["search.examples.success"].verdict is Verdict.PASSED
    call = server.calls[-1]
    assert [name for name, _ in call.query] == ["ids", "colour[r]"]
    assert call.cookie.startswith("session=")


def test_a_form_creates_and_is_not_taken_for_a_job(tmp_path: Path) -> None:
    form = {"schema": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}
    make = operation("make", 201, answer={"type": "object", "properties": {"id": {"type": "string"}}})
    make["requestBody"] = {"required": True, "content": {"application/x-www-form-urlencoded": form}}
    paths = {"/things": {"post": make}, "/things/{id}": {"get": operation("read", 200, path="id")}}
    server = Server(lambda call: (201, {"id": "x"}) if call.method == "POST" else (200, {}))
    outcomes = judged(tmp_path, document(paths), server, only="make.*")
    assert outcomes["make.examples.success"].verdict is Verdict.PASSED
    assert all(call.content.startswith(b"name=") for call in server.heard("POST", "/things"))
    assert not any(".jobs." in name for name in outcomes)
