"""Documents of Swagger 2.0 are judged by what OpenAPI 3 says for the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.openapi.contract import Contract
from contract_tests.openapi.operation import Operation

SHOP = Path(__file__).parents[2] / "cases" / "74-swagger2.yaml"


@pytest.fixture(scope="module")
def operations() -> dict[tuple[str, str], Operation]:
    contract = Contract.load("shop", SHOP)
    assert contract.base_path == "/v2"
    assert {name: scheme.type for name, scheme in contract.schemes.items()} == {
        "login": "basic",
        "token": "bearer",
    }
    return {(each.method, each.path): each for each in contract.operations.values()}


def test_a_shared_body_parameter_is_the_body(operations):
    creation = operations["POST", "/articles"]
    assert creation.parameters == ()
    assert (creation.body.required, creation.body.media_type) == (True, "application/json")
    assert not creation.body.schema.accepts({"kind": "book"})
    assert creation.body.schema.accepts({"name": "Emma", "note": None})


def test_a_response_has_its_schema_in_each_media_type(operations):
    motto = operations["GET", "/motto"].responses["200"].bodies["text/plain"]
    assert motto.examples == {"example": "Read more"}
    missing = operations["DELETE", "/articles/{id}"].responses["404"].bodies["application/json"]
    assert not missing.schema.accepts({})


def test_parameters_have_the_style_of_their_collection_format(operations):
    kinds = next(each for each in operations["GET", "/articles"].parameters if each.name == "kinds")
    assert (kinds.style, kinds.explode) == ("pipeDelimited", False)


def test_fields_and_files_are_members_of_a_form(operations):
    cover = operations["POST", "/articles/{id}/cover"].content
    assert cover.media_type == "multipart/form-data"
    assert cover.schema.flat["required"] == ["picture"]
