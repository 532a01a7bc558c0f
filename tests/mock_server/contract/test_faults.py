"""Specifications with small faults are read all the same, and each fault is named with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.documents import ReferenceRules
from mock_server.contract.loading import ReadSpec, read
from mock_server.contract.problems import sentences
from mock_server.contract.validation import SchemaCompiler
from mock_server.errors.startup import StartupError
from mock_server.yaml_text import write_yaml


def spec_of(folder: Path, **members: Any) -> ReadSpec:
    file = folder / "spec.yaml"
    head = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}}
    file.write_text(write_yaml({**head, **members}))
    return read(file)


def schema_of(folder: Path, schema: Any) -> tuple[Any, list[str]]:
    spec = spec_of(folder, components={"schemas": {"A": schema}})
    SchemaCompiler(spec.contract)
    return spec.contract.schemas["A"], [problem.message for problem in spec.problems]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ({"type": "file"}, {"type": "string", "format": "binary"}),
        ({"type": "String"}, {"type": "string"}),
        ({"type": ["string", "string"]}, {"type": ["string"]}),
        ({"type": "any", "title": "x"}, {"title": "x"}),
        ({"required": ["a", "a"]}, {"required": ["a"]}),
        ({"type": "string", "required": True}, {"type": "string"}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"minLength": "3"}, {"minLength": 3}),
        ({"minLength": -1}, {}),
        ({"maximum": 10**400}, {}),
        ({"multipleOf": 0}, {}),
        ({"pattern": "("}, {}),
        ({"enum": []}, {}),
        ({"properties": None}, {}),
        ({"properties": {"a": None}}, {"properties": {"a": True}}),
        ({"allOf": []}, {}),
        ({"items": [{"type": "string"}]}, {"items": {"anyOf": [{"type": "string"}]}}),
        ({"additionalProperties": "false"}, {"additionalProperties": False}),
        ({"examples": {"one": {"value": 1}}}, {"examples": [1]}),
        ({"discriminator": "kind"}, {"discriminator": {"propertyName": "kind"}}),
        (None, True),
        ("text", True),
        ({"$ref": "#/components/schemas/None"}, {}),
    ],
    ids=str,
)
def test_a_fault_in_a_schema_is_repaired_and_named(tmp_path: Path, written: Any, read_as: Any) -> None:
    schema, messages = schema_of(tmp_path, written)
    assert schema == read_as
    assert len(messages) == 1


def test_names_of_properties_are_not_keywords(tmp_path: Path) -> None:
    properties = {name: {"type": "string"} for name in ("required", "pattern", "type", "example", "$ref")}
    assert schema_of(tmp_path, {"properties": properties}) == ({"properties": properties}, [])


def test_components_may_have_any_name(tmp_path: Path) -> None:
    names = ("Page<User>", "a b", "a/b", "50%", "ä~1", "$select")
    properties = {name: {"$ref": f"#/components/schemas/{_pointer(name)}"} for name in names}
    schemas = {**{name: {"type": "integer"} for name in names}, "All": {"properties": properties}}
    spec = spec_of(tmp_path, components={"schemas": schemas})
    assert not spec.problems
    check = SchemaCompiler(spec.contract).check(spec.contract.schemas["All"], sent=True, place="All")
    assert all(check.holds({name: 1}) and not check.holds({name: "x"}) for name in names)


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1").replace("%", "%25").replace(" ", "%20")


def test_schemas_may_refer_to_each_other_in_a_long_chain(tmp_path: Path) -> None:
    chain = {
        f"S{n}": {"properties": {"next": {"$ref": f"#/components/schemas/S{n + 1}"}}} for n in range(2000)
    }
    spec = spec_of(tmp_path, components={"schemas": {**chain, "S2000": {"type": "string"}}})
    assert (len(spec.contract.schemas), spec.problems) == (2001, [])


def test_deeply_nested_schemas_are_cut_with_a_warning(tmp_path: Path) -> None:
    schema: Any = {"type": "string"}
    for _ in range(150):
        schema = {"properties": {"a": schema}}
    assert schema_of(tmp_path, schema)[1] == ["schemas nested deeper than 64 levels are not checked"]


def test_an_operation_with_faults_is_served(tmp_path: Path) -> None:
    operation = {
        "operationId": "twice",
        "security": [{"unknown": []}],
        "parameters": [{"name": "other", "in": "path"}, {"name": "n", "in": "query", "type": "integer"}, 3],
        "responses": {"200": {"$ref": "#/components/responses/None"}, "ok": {}},
    }
    spec = spec_of(tmp_path, paths={"/a/{id}": {"get": operation}, "b?x=1": {"get": operation}})
    first, second = spec.contract.operations.values()
    assert [(p.location, p.name, p.schema) for p in first.parameters] == [
        ("query", "n", {"type": "integer"}),
        ("path", "id", {"type": "string"}),
    ]
    assert first.security == ({},)
    assert (second.id, second.path, list(second.responses)) == ("get /b", "/b", ["200"])
    assert all(str(tmp_path / "spec.yaml:") in sentence for sentence in sentences(spec.problems))


def test_openapi_3_2_is_read(tmp_path: Path) -> None:
    event = {"content": {"text/event-stream": {"itemSchema": {"type": "string"}}}}
    item = {"query": {"responses": {"200": event}}, "additionalOperations": {"COPY": {"responses": {}}}}
    spec = spec_of(tmp_path, openapi="3.2.0", paths={"/a": item})
    assert list(spec.contract.operations) == ["query /a", "copy /a"]
    content = spec.contract.operations["query /a"].responses["200"].content
    assert content == {"text/event-stream": {"type": "array", "items": {"type": "string"}}}
    assert not spec.problems


@pytest.mark.parametrize("outside", ["../secret.yaml", "/etc/passwd", "/dev/zero", "file:///etc/passwd", "."])
def test_files_outside_the_root_are_not_read(tmp_path: Path, outside: str) -> None:
    (tmp_path / "secret.yaml").write_text("password: hidden\n")
    folder = tmp_path / "specs"
    folder.mkdir()
    spec = spec_of(folder, paths={"/a": {"$ref": outside}, "/b": {"get": {"responses": {}}}})
    assert [operation.path for operation in spec.contract.operations.values()] == ["/b"]
    (problem,) = spec.problems
    assert "is not followed" in problem.message
    assert "hidden" not in problem.message


def test_a_repository_and_ref_root_widen_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").write_text("get: {responses: {}}\n")
    folder = tmp_path / "specs"
    folder.mkdir()
    paths = {"/a": {"$ref": "../shared.yaml"}}
    assert not spec_of(folder, paths=paths).contract.operations
    assert read(folder / "spec.yaml", rules=ReferenceRules(tmp_path)).contract.operations
    (tmp_path / ".git").mkdir()
    assert read(folder / "spec.yaml").contract.operations


def test_a_special_file_is_not_read() -> None:
    with pytest.raises(StartupError, match="is a device, pipe or socket"):
        read(Path("/dev/zero"))
