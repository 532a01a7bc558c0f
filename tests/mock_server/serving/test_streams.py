"""Long lists are written while they are sent."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mock_server.app import build_engine, create_app
from mock_server.engine import Engine
from mock_server.messages import Request
from mock_server.serving import served
from mock_server.settings import Settings

CUSTOMER = "160c0c4b-9966-4dc1-a916-8407eb10d74e"
TAGS = """
openapi: 3.1.0
info: {title: Tags, version: '1'}
paths:
  /tags:
    get:
      operationId: listTags
      responses:
        '200':
          description: All tags.
          content:
            application/json:
              schema:
                type: object
                required: [tags]
                properties:
                  tags: {type: array, items: {$ref: '#/components/schemas/Tag'}}
  /tags/{id}:
    get:
      operationId: getTag
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200':
          description: A tag.
          content: {application/json: {schema: {$ref: '#/components/schemas/Tag'}}}
components:
  schemas:
    Tag:
      type: object
      required: [id, name]
      properties: {id: {type: integer}, name: {type: string}, color: {type: string}}
"""
LISTS = {
    "hydracore/connections": Request(
        "GET", f"/v1/customers/{CUSTOMER}/connections", "", {"authorization": "Bearer mock-hydracore-admin"}
    ),
    "tags/tags": Request("GET", "/tags"),
}
MANY = 1_203


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine with many records of a collection whose records embed others, and of an inferred one."""
    spec: Path = tmp_path_factory.mktemp("specs") / "tags.yaml"
    spec.write_text(TAGS)
    engine = build_engine(Settings(contracts=("hydracore",), specs=(spec,)))
    with engine.world().store.transaction() as state:
        for storage in LISTS:
            template = next(iter(state.find(storage)))
            for number in range(1_000, 1_000 + MANY):
                key = number if isinstance(template["id"], int) else f"00000000-0000-4000-8000-{number:012}"
                state.put(storage, str(key), {**template, "id": key, "name": f"copy {number}"})
    return engine


@pytest.fixture
def connection(engine: Engine) -> Iterator[socket.socket]:
    """A connection to a server with this engine."""
    app = create_app(Settings(contracts=("hydracore",)), engine=engine)
    with served(app) as address:
        where = urlsplit(address)
        with socket.create_connection((where.hostname, where.port), timeout=20) as connected:
            yield connected


@pytest.mark.parametrize("storage", LISTS)
def test_the_pieces_of_a_stream_are_the_body_that_is_sent_otherwise(engine: Engine, storage: str) -> None:
    whole = engine.handle(LISTS[storage])
    streamed = engine.handle(LISTS[storage], may_stream=True)
    assert streamed.stream is not None
    assert streamed.body == b""
    pieces = list(streamed.stream)
    assert len(pieces) > MANY / 100
    assert b"".join(pieces) == whole.body


def test_a_stream_shows_the_records_as_they_were_when_it_was_asked_for(engine: Engine) -> None:
    request = replace(LISTS["hydracore/connections"], world="later")
    before = engine.handle(request).body
    engine.world("later").store.restore(engine.world().store.save())
    streamed = engine.handle(request, may_stream=True)
    engine.world("later").store.reset()
    assert streamed.stream is not None
    assert b"".join(streamed.stream) == engine.handle(LISTS["hydracore/connections"]).body
    assert engine.handle(request).body == before


def test_the_journal_learns_the_size_of_a_stream(engine: Engine) -> None:
    streamed = engine.handle(LISTS["tags/tags"], may_stream=True)
    assert streamed.stream is not None
    size = sum(map(len, streamed.stream))
    (*_, entry) = engine.world().journal.find()
    assert entry.response.size == size


def test_a_long_list_comes_in_chunks_and_the_connection_goes_on(connection: socket.socket) -> None:
    connection.sendall(
        b"GET /tags HTTP/1.1\r\nHost: localhost\r\n\r\nGET /tags/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    stream = connection.makefile("rb")
    assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
    head = list(iter(stream.readline, b"\r\n"))
    assert b"Transfer-Encoding: chunked\r\n" in head
    assert not [line for line in head if line.startswith(b"Content-Length")]
    body = b""
    while size := int(stream.readline(), 16):
        body += stream.read(size)
        assert stream.readline() == b"\r\n"
    assert stream.readline() == b"\r\n"
    assert len(json.loads(body)["tags"]) > MANY
    assert stream.readline().startswith(b"HTTP/1.1 ")


def test_a_client_of_http_1_0_gets_a_long_list_in_one_piece(connection: socket.socket) -> None:
    connection.sendall(b"GET /tags HTTP/1.0\r\nHost: localhost\r\n\r\n")
    with connection.makefile("rb") as stream:
        head, _, body = stream.read().partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert len(json.loads(body)["tags"]) > MANY


def test_an_answer_with_a_fault_or_a_preference_is_not_streamed(engine: Engine) -> None:
    preferring = replace(LISTS["tags/tags"], headers={"prefer": "wait=0"})
    response = engine.handle(preferring, may_stream=True)
    assert response.stream is None
    assert len(json.loads(response.body)["tags"]) > MANY
