"""References to schemas by their `$id`, and to documents on the network where that is allowed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.documents import ReferenceRules
from mock_server.contract.loading import read
from mock_server.contract.operation import Contract
from mock_server.contract.problems import sentences
from mock_server.contract.schema import follow


def contract_of(folder: Path, rules: ReferenceRules | None = None, **document: Any) -> tuple[Contract, str]:
    """A contract of these parts, and what is wrong with it."""
    path = folder / "x.json"
    path.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, **document}))
    spec = read(path, rules=rules)
    return spec.contract, "\n".join(sentences(spec.problems))


def answering(schema: Any) -> dict[str, Any]:
    """Paths with one operation that answers a schema."""
    content = {"application/json": {"schema": schema}}
    return {
        "/a": {"get": {"operationId": "a", "responses": {"200": {"description": "", "content": content}}}}
    }


def answer(contract: Contract) -> Any:
    """The schema of its answer."""
    return follow(contract.operations["a"].responses["200"].content["application/json"], contract.schemas)


@pytest.mark.parametrize("ref", ["https://example.com/schemas/tag", "#/components/schemas/Tag"])
def test_a_schema_is_found_by_its_id(tmp_path, ref):
    tag = {"$id": "https://example.com/schemas/tag", "enum": ["red"]}
    contract, problems = contract_of(
        tmp_path, paths=answering({"$ref": ref}), components={"schemas": {"Tag": tag}}
    )
    assert not problems
    assert answer(contract) == {"enum": ["red"]}


def test_references_inside_a_schema_are_relative_to_its_id(tmp_path):
    schemas = {
        "Pet": {
            "$id": "https://example.com/schemas/pet",
            "properties": {
                "tag": {"$ref": "tag"},
                "own": {"$ref": "#/$defs/own"},
                "other": {"$ref": "#/components/schemas/Tag"},
            },
            "$defs": {"own": {"type": "boolean"}},
        },
        "Tag": {"$id": "tag", "enum": ["red"]},
        "Other": {"$id": "https://example.com/schemas/", "$defs": {"tag": {"$id": "tag", "enum": ["blue"]}}},
    }
    reference = {"$ref": "https://example.com/schemas/pet"}
    contract, problems = contract_of(tmp_path, paths=answering(reference), components={"schemas": schemas})
    members = answer(contract)["properties"]
    shown = {name: follow(schema, contract.schemas) for name, schema in members.items()}
    assert not problems
    assert shown == {"tag": {"enum": ["blue"]}, "own": {"type": "boolean"}, "other": {"enum": ["red"]}}


def test_the_media_types_of_a_response_may_be_a_reference(tmp_path):
    paths = answering({})
    response = paths["/a"]["get"]["responses"]["200"]
    types = {"application/json": {"schema": {"enum": ["red"]}}}
    response["content"] = {"$ref": "#/components/mediaTypes/tag"}
    contract, problems = contract_of(tmp_path, paths=paths, components={"mediaTypes": {"tag": types}})
    assert not problems
    assert answer(contract) == {"enum": ["red"]}


def test_a_schema_that_combines_too_many_allows_everything(tmp_path):
    inner = [{"$ref": f"#/components/schemas/S{number + 1}"} for number in range(12)]
    schemas: dict[str, Any] = {f"S{number}": {"allOf": [ref] * 10} for number, ref in enumerate(inner)}
    schemas["S12"] = {"type": "string"}
    contract, problems = contract_of(
        tmp_path, paths=answering({"$ref": "#/components/schemas/S11"}), components={"schemas": schemas}
    )
    assert "combines too many others" in problems
    assert answer(contract)["allOf"] == [{"$ref": "#/components/schemas/S12"}] * 10
    assert True in contract.schemas.values()


@dataclass
class Remote:
    """A server of documents. asked: the paths of its requests."""

    url: str
    documents: dict[str, Any]
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def remote(monkeypatch) -> Iterator[Remote]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    state = Remote("", {})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            document = state.documents.get(self.path)
            self.send_response(404 if document is None else document.get("status", 200))
            if document is not None and "location" in document:
                self.send_header("Location", document["location"])
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def test_remote_documents_are_fetched_once_and_kept(tmp_path, remote):
    remote.documents = {
        "/schemas/pet.json": {"properties": {"tag": {"$ref": "tag.json#/$defs/tag"}}},
        "/schemas/tag.json": {"$defs": {"tag": {"enum": ["red"]}}},
    }
    rules = ReferenceRules(is_remote_allowed=True, cache=tmp_path / "cache")
    paths = answering({"$ref": f"{remote.url}/schemas/pet.json"})
    for _start in range(2):
        contract, problems = contract_of(tmp_path, rules, paths=paths)
        assert not problems
        assert follow(answer(contract)["properties"]["tag"], contract.schemas) == {"enum": ["red"]}
    assert remote.asked == ["/schemas/pet.json", "/schemas/tag.json"]


def test_without_the_option_nothing_is_fetched(tmp_path, remote):
    contract, problems = contract_of(tmp_path, paths=answering({"$ref": f"{remote.url}/pet.json"}))
    assert "--remote-refs" in problems
    assert answer(contract) in (True, {})
    assert remote.asked == []


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (None, "Not Found"),
        ({"status": 302, "location": "file:///etc/hostname"}, "not allowed"),
        ({"status": 500}, "Internal Server Error"),
    ],
)
def test_what_cannot_be_fetched_is_a_problem(tmp_path, remote, document, reason):
    remote.documents = {} if document is None else {"/pet.json": document}
    rules = ReferenceRules(is_remote_allowed=True, cache=tmp_path / "cache")
    _contract, problems = contract_of(tmp_path, rules, paths=answering({"$ref": f"{remote.url}/pet.json"}))
    assert "it cannot be fetched" in problems
    assert reason in problems


def test_a_parameter_for_the_whole_query_is_read_member_by_member(tmp_path):
    schema = {
        "type": "object",
        "required": ["q"],
        "properties": {"q": {"type": "string"}, "n": {"minimum": 1}},
    }
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    whole = {"name": "all", "in": "querystring", "required": True, "content": content}
    paths = answering(True)
    paths["/a"]["get"]["parameters"] = [whole]
    contract, problems = contract_of(tmp_path, openapi="3.2.0", paths=paths)
    parameters = contract.operations["a"].parameters
    assert not problems
    assert [(each.name, each.location, each.required) for each in parameters] == [
        ("q", "query", True),
        ("n", "query", False),
    ]
