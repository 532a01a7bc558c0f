"""`contract-tests init --spec`: ids of things that exist, with a comment that says where each comes from."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner, Result

from contract_tests.cli import cli

SPEC = """\
openapi: 3.1.0
info: {title: Zoo, version: "1"}
servers: [{url: https://zoo.test/v2}]
security: [{key: []}]
paths:
  /cages:
    get: {responses: {"200": {description: All, content: {application/json: {
      schema: {type: array, items: {$ref: "#/components/schemas/Cage"}}, example: [{id: doc-1}]}}}}}
  /cages/{cage_id}:
    get: {responses: {"200": {description: It}}, parameters: [{$ref: "#/components/parameters/Cage"}]}
  /cages/{cage_id}/animals:
    get:
      parameters:
        - {$ref: "#/components/parameters/Cage"}
        - {name: kind, in: query, required: true, schema: {type: string, enum: [cat, dog]}}
      responses: {"200": {description: All}}
  /cages/{cage_id}/animals/{animal}:
    get:
      parameters:
        - {$ref: "#/components/parameters/Cage"}
        - {name: animal, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: It}}
  /keepers/{keeper}:
    get:
      parameters: [{name: keeper, in: path, required: true, schema: {type: integer}, example: 7}]
      responses: {"200": {description: It}}
components:
  parameters:
    Cage: {name: cage_id, in: path, required: true, schema: {type: string}}
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    Cage: {type: object, properties: {id: {type: string}}}
"""


class _Zoo(BaseHTTPRequestHandler):
    answers: ClassVar[dict[str, Any]] = {
        "/v2/cages": [{"id": "a b"}, {"id": "c"}],
        "/v2/cages/a%20b/animals?kind=cat": {"data": [{"animal": "Tom"}]},
    }

    def do_GET(self) -> None:
        body = self.answers.get(self.path) if self.headers.get("X-Key") else None
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def zoo() -> Iterator[str]:
    """The address of an implementation."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Zoo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _init(folder: Path, *arguments: str) -> Result:
    (folder / "zoo.yaml").write_text(SPEC)
    files = [str(folder / "target.toml"), "--spec", str(folder / "zoo.yaml"), "--force"]
    return CliRunner().invoke(cli, ["init", *files, *arguments])


def test_ids_come_from_documented_examples(tmp_path: Path) -> None:
    assert _init(tmp_path).exit_code == 0
    text = (tmp_path / "target.toml").read_text()
    assert tomllib.loads(text)["contracts"]["zoo"]["known"] == {"cage_id": "doc-1", "keeper": 7}
    assert 'cage_id = "doc-1"  # the example of get-cages' in text
    assert '# animal = "…"' in text


def test_ids_come_from_the_lists_of_an_implementation(tmp_path: Path, zoo: str) -> None:
    assert _init(tmp_path, "--url", zoo).exit_code == 0
    text = (tmp_path / "target.toml").read_text()
    contract = tomllib.loads(text)["contracts"]["zoo"]
    assert contract["known"] == {"cage_id": "a b", "animal": "Tom", "keeper": 7}
    assert contract["base_url"] == f"{zoo}/v2"
    assert 'cage_id = "a b"  # the first one in the answer to GET /v2/cages' in text
    assert "GET /v2/cages/a%20b/animals" in text
    assert "keeper = 7  # the example of keeper" in text


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "127.0.0.1:4010"])
def test_an_address_that_does_not_answer_is_refused(tmp_path: Path, url: str) -> None:
    result = _init(tmp_path, "--url", url)
    assert result.exit_code == 2
    assert "--url" in result.output or "does not answer" in result.output
