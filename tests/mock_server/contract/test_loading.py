"""OpenAPI files become contracts, and errors in one are reported with file and location."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.loading import load
from mock_server.contract.validation import SchemaCompiler
from mock_server.data import openapi_dir
from mock_server.errors.startup import StartupError

MINIMAL: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}}


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_the_shipped_contracts_have_thirty_operations() -> None:
    names = ("aimable", "fastapi_platform", "hydracore", "patchworks")
    counts = [len(load(openapi_dir() / f"{name}.yaml").operations) for name in names]
    assert counts == [14, 4, 6, 6]


def test_the_prefix_is_the_path_of_the_first_server() -> None:
    contract = load(openapi_dir() / "aimable.yaml")
    assert contract.prefix == "/api-proxy"
    assert contract.operations["listConnectorProviders"].path.startswith("/api-proxy/v1/")


def test_an_operation_overrides_its_paths_parameters_and_security(tmp_path: Path) -> None:
    shared = {"name": "q", "in": "query", "schema": {"type": "string"}}
    own = {"name": "q", "in": "query", "schema": {"type": "integer"}, "example": 3}
    get = {
        "operationId": "get",
        "parameters": [own],
        "security": [],
        "responses": {"200": {"description": ""}},
    }
    spec = {
        **MINIMAL,
        "security": [{"key": ["role"]}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "k"}}},
        "paths": {"/a": {"parameters": [shared], "get": get, "put": {"responses": {}}}},
    }
    operations = load(written(tmp_path, "a.json", spec)).operations
    parameters = operations["get"].parameters
    assert [(p.schema, p.example) for p in parameters] == [({"type": "integer"}, 3)]
    assert operations["get"].security == ()
    assert operations["put /a"].security == ({"key": ("role",)},)


def test_of_two_credentials_for_one_header_either_is_enough(tmp_path: Path) -> None:
    schemes = {
        "token": {"type": "apiKey", "in": "header", "name": "Authorization"},
        "bearer": {"type": "http", "scheme": "bearer"},
        "tenant": {"type": "apiKey", "in": "header", "name": "X-Tenant"},
    }
    spec = {
        **MINIMAL,
        "security": [{"token": [], "bearer": [], "tenant": []}],
        "components": {"securitySchemes": schemes},
        "paths": {"/a": {"get": {"operationId": "get", "responses": {"200": {"description": ""}}}}},
    }
    security = load(written(tmp_path, "a.json", spec)).operations["get"].security
    assert security == ({"token": (), "tenant": ()}, {"bearer": (), "tenant": ()})


def test_references_into_other_files_become_components(tmp_path: Path) -> None:
    answer = {
        "description": "",
        "content": {"application/json": {"schema": {"$ref": "parts/tree.yaml#/Tree"}}},
    }
    spec = {**MINIMAL, "paths": {"/tree": {"$ref": "parts/paths.yaml#/~1tree"}}}
    written(tmp_path, "parts/paths.yaml", {"/tree": {"get": {"responses": {"200": answer | {}}}}})
    written(
        tmp_path,
        "parts/parts/tree.yaml",
        {"Tree": {"type": "object", "properties": {"below": {"type": "array", "items": {"$ref": "#/Tree"}}}}},
    )
    contract = load(written(tmp_path, "spec.yaml", spec))
    schema = contract.operations["get /tree"].responses["200"].content["application/json"]
    check = SchemaCompiler(contract).check(schema, sent=False, place="tree")
    assert check.holds({"below": [{"below": []}]})
    assert not check.holds({"below": [{"below": [3]}]})


def test_siblings_of_a_reference_count(tmp_path: Path) -> None:
    spec = {
        **MINIMAL,
        "components": {
            "schemas": {
                "Name": {"type": "string"},
                "Short": {"$ref": "#/components/schemas/Name", "maxLength": 2, "description": "a short one"},
            }
        },
    }
    contract = load(written(tmp_path, "spec.json", spec))
    check = SchemaCompiler(contract).check({"$ref": "#/components/schemas/Short"}, sent=False, place="short")
    assert (check.holds("ab"), check.holds("abc"), check.holds(3)) == (True, False, False)


def test_dates_and_yaml_1_1_booleans_stay_strings(tmp_path: Path) -> None:
    enum = '[no, 2026-01-01, 12:30, "x", true, 3]'
    spec = f"openapi: 3.1.0\npaths: {{}}\ncomponents: {{schemas: {{A: {{enum: {enum}}}}}}}\n"
    contract = load(written(tmp_path, "a.yaml", spec))
    assert contract.schemas["A"] == {"enum": ["no", "2026-01-01", "12:30", "x", True, 3]}


@pytest.mark.parametrize(
    ("content", "expected_words"),
    [
        ("openapi: 3.1.0\npaths:\n  /a: {get: [}\n", ["spec.yaml", ":3"]),
        ("swagger: '1.2'\n", ["spec.yaml:1", "swagger", "2.0", "1.2"]),
        ("- a\n- b\n", ["spec.yaml", "openapi"]),
        (b"\xff\xfe\x00".decode("latin-1"), ["spec.yaml"]),
        (
            {**MINIMAL, "paths": {"/a": {"get": {"parameters": [{"$ref": "#/no/where"}]}}}},
            ["#/no/where", "no"],
        ),
        ({**MINIMAL, "paths": {"/a": {"$ref": "#/paths/~1a"}}}, ["is circular"]),
        ({**MINIMAL, "paths": {"/a": {"$ref": "other.yaml#/a"}}}, ["other.yaml"]),
        ({**MINIMAL, "paths": {"/a": {"$ref": "https://example.com/a.yaml"}}}, ["example.com", "bundle"]),
        ({**MINIMAL, "paths": {"/a": {"get": {"security": [{"key": []}]}}}}, ["get /a", "key"]),
        ({**MINIMAL, "components": {"securitySchemes": {"x": {"type": "magic"}}}}, ["x", "magic", "apiKey"]),
        (
            {**MINIMAL, "paths": {"/a": {"get": {"parameters": [{"name": "a", "in": "body"}]}}}},
            ["body", "query"],
        ),
        (
            {**MINIMAL, "paths": {"/a": {"get": {"operationId": "x"}}, "/b": {"get": {"operationId": "x"}}}},
            ["operationId x", "twice"],
        ),
    ],
    ids=range(12),
)
def test_a_broken_spec_is_reported_with_file_and_location(
    tmp_path: Path, content: Any, expected_words: list[str]
) -> None:
    with pytest.raises(StartupError) as refused:
        load(written(tmp_path, "spec.yaml", content))
    assert all(word in str(refused.value) for word in expected_words), str(refused.value)


def test_a_missing_spec_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"nothing\.yaml"):
        load(tmp_path / "nothing.yaml")
