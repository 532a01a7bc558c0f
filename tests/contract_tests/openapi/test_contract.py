"""The harness reads a contract on its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.checks import lifecycle_together
from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import NAMES, Contract
from contract_tests.openapi.files import openapi_dir
from contract_tests.openapi.resources import Resources
from contract_tests.openapi.schemas import Shapes, is_date_time
from tests.contract_tests.strangers.stores import document, operation

SPEC = Path(__file__).parents[1] / "shelf.yaml"


def test_a_collection_is_a_resource_with_its_operations() -> None:
    (books,) = Resources(Contract.load("shelf", SPEC)).all

    assert books.name == "books"
    assert books.parents == ("shelf",)
    assert (books.id_pointer, books.items_pointer) == ("/data/id", "/data")
    assert books.create is not None
    assert books.create.id == "createBook"
    assert books.update is None


@pytest.mark.parametrize("name", NAMES)
def test_the_built_in_contracts_are_read_completely(name: str) -> None:
    contract = Contract.load(name)

    assert len(contract.operations) == {"aimable": 14, "fastapi_platform": 4}.get(name, 6)
    assert all(operation.cites for operation in contract.operations.values())


def test_the_trigger_of_a_job_is_a_creation_and_its_cancellation_an_action() -> None:
    resources = Resources(Contract.load("aimable"))

    assert resources.named("triggerSync").key == "sync_id"
    assert "cancelSync" in [one.id for one in resources.named("connector_id").actions]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("2026-01-02T03:04:05Z", True),
        ("2026-01-02t03:04:05.123456789+00:00", True),
        ("2026-01-02 03:04:60-11:30", True),
        ("2026-01-02T03:04:05", False),
        ("2026-02-30T03:04:05Z", False),
        ("2026-01-02", False),
    ],
)
def test_timestamps_follow_rfc_3339(text: str, holds: bool) -> None:
    assert is_date_time(text) is holds


def test_write_only_members_are_not_required_in_a_response() -> None:
    node = {
        "type": "object",
        "required": ["key", "id"],
        "properties": {
            "key": {"type": "string", "writeOnly": True},
            "id": {"type": "string", "readOnly": True},
        },
    }

    assert Shapes({"openapi": "3.1.0"}, "response").schema(node).accepts({"id": "a"})
    assert Shapes({"openapi": "3.1.0"}, "request").schema(node).accepts({"key": "a"})


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf", "allOf"])
def test_nullable_of_openapi_3_0_counts_beside_alternatives(keyword: str) -> None:
    node = {keyword: [{"type": "string"}], "nullable": True}
    schema = Shapes({"openapi": "3.0.0"}, "response").schema(node)
    assert schema.accepts(None)
    assert schema.accepts("a")
    assert not schema.accepts(1)


def test_nullable_of_openapi_3_0_is_supported() -> None:
    node = {"type": "string", "nullable": True, "enum": ["a"]}

    schema = Shapes({"openapi": "3.0.3"}, "response").schema(node)

    assert schema.accepts(None)
    assert [str(violation) for violation in schema.violations("b")] == ['"b" is not one of "a" or null']


def test_an_operation_without_an_id_is_called_by_method_and_path() -> None:
    document = {"openapi": "3.0.3", "paths": {"/things/{id}": {"get": {}}, "/things": {"get": {}}}}

    contract = Contract("any", Path("any.yaml"), document)

    assert list(contract.operations) == ["get-things-id", "get-things"]


def test_a_path_that_differs_in_its_fragment_alone_is_no_other_path() -> None:
    document = {
        "openapi": "3.0.3",
        "paths": {"/items": {"get": {}}, "/items#folders": {"get": {}}, "/things#all": {"get": {}}},
    }
    contract = Contract("any", Path("any.yaml"), document)
    assert list(contract.operations) == ["get-items", "get-things-all"]


def test_a_write_only_member_may_be_absent_though_another_part_of_allof_requires_it() -> None:
    base = {"type": "object", "properties": {"pw": {"type": "string", "writeOnly": True}}}
    node = {"allOf": [base, {"type": "object", "required": ["id", "pw"]}]}
    answers = Shapes({"openapi": "3.1.0"}, "response").schema(node)
    assert answers.accepts({"id": 1})
    assert not answers.accepts({"pw": "a"})
    assert not Shapes({"openapi": "3.1.0"}, "request").schema(node).accepts({"id": 1})


def test_operations_of_one_name_are_told_apart() -> None:
    responses = {"responses": {"200": {"description": "said"}}}
    health = {"operationId": "health", **responses}
    document = {
        "openapi": "3.0.3",
        "paths": {
            "/health": {"get": health, "head": health},
            "/a-b": {"get": responses},
            "/a/b": {"get": responses},
        },
    }
    contract = Contract("api", Path("api.yaml"), document)
    assert [*contract.operations] == ["health", "head-health", "get-a-b", "get-a-b-"]
    assert contract.problems[0] == "two operations are called health"


def test_a_put_that_creates_and_replaces_has_no_two_requirements_of_one_id() -> None:
    body = {"type": "object", "properties": {name: {"type": "string"} for name in ("a", "b")}}
    item = {
        "put": operation("put", 201, 200, answer=body, body=body, path="id"),
        "get": operation("read", 200, answer=body, path="id"),
        "delete": operation("delete", 204, path="id"),
    }
    paths = {"/things": {"get": operation("list", 200)}, "/things/{id}": item}
    contract = Contract("stranger", Path("stranger.json"), document(paths))
    ids = [each.id for each in lifecycle_together.requirements(contract, Citations.load(openapi_dir()))]
    assert ids == ["stranger.put.lifecycle.together"]
