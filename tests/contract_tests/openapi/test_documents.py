"""Documents as other people write them: in several files, with schemas made of themselves, slightly wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.files import openapi_dir
from contract_tests.openapi.schemas import Schema
from contract_tests.requirements.catalogue import catalogue
from tests.contract_tests.strangers.stores import document, operation

CASES = Path(__file__).parents[2] / "cases"


def load(name: str) -> Contract:
    contract = Contract.load("stranger", CASES / name)
    assert contract.broken_schemas() == ()
    assert catalogue(contract, Citations.load(openapi_dir()))
    return contract


def success(contract: Contract, name: str) -> Schema:
    schema = contract.operations[name].success_schema
    assert schema is not None
    return schema


def test_references_lead_through_other_files() -> None:
    contract = load("21-multi/openapi.yaml")
    assert all(
        each.success_schema is not None for each in contract.operations.values() if each.method == "GET"
    )


def test_an_undefined_security_scheme_requires_nothing() -> None:
    (only,) = load("18-undefined-security.yaml").operations.values()
    assert only.is_open


def test_siblings_of_a_reference_apply_since_openapi_3_1() -> None:
    schemas: dict[str, Any] = {"Text": {"type": "string"}}
    beside = {"$ref": "#/components/schemas/Text", "maxLength": 1}
    paths = {"/a": {"get": operation("get", 200, answer=beside)}}
    accepted = []
    for version in ("3.0.3", "3.1.0"):
        whole = {**document(paths, components={"schemas": schemas}), "openapi": version}
        accepted.append(success(Contract("stranger", Path("x"), whole), "get").accepts("long"))
    assert accepted == [True, False]


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"$ref": "#/components/schemas/Own"}], "type": "object"},
        {"$ref": "#/components/schemas/Own"},
        {"type": "object", "properties": {"own": {"$ref": "#/components/schemas/Own"}}},
        {"oneOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#/components/schemas/Own"}}]},
    ],
)
def test_a_schema_may_be_recursive(schema: dict[str, Any]) -> None:
    paths = {"/a": {"post": operation("post", 200, answer=schema, body=schema)}}
    whole = document(paths, components={"schemas": {"Own": schema}})
    contract = Contract("stranger", Path("x"), whole)
    assert contract.broken_schemas() == ()
    assert isinstance(success(contract, "post").flat, dict)
    assert catalogue(contract, Citations.load(openapi_dir()))


def test_a_reference_may_lead_to_any_part_of_the_document() -> None:
    answer = {"type": "object", "properties": {"a": {"type": "integer"}}}
    there = "#/paths/~1a/get/responses/200/content/application~1json/schema"
    contract = Contract(
        "stranger",
        Path("x"),
        document(
            {
                "/a": {"get": operation("first", 200, answer=answer)},
                "/b": {"get": operation("second", 200, answer={"$ref": there})},
            }
        ),
    )
    assert not success(contract, "second").accepts({"a": "no integer"})
    assert success(contract, "second").accepts({"a": 1})


def test_an_operation_may_be_a_reference_to_another_file(tmp_path: Path) -> None:
    (tmp_path / "make.yaml").write_text(
        "operationId: make\nrequestBody: {content: {application/json: {schema: {type: object}}}}\n"
    )
    spec = tmp_path / "root.yaml"
    spec.write_text("openapi: 3.0.3\npaths: {/things: {post: {$ref: make.yaml}}}\n")
    (made,) = Contract.load("stranger", spec).operations.values()
    assert made.id == "make"
    assert made.body is not None
