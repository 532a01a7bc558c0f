"""Bodies of media types other than JSON are real ones, and headers are right or not sent."""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

BINARY = {"type": "string", "format": "binary"}
MAGIC = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF89a",
    "application/pdf": b"%PDF-1.4",
    "application/zip": b"PK\x03\x04",
    "audio/wav": b"RIFF",
}


@pytest.fixture
def answer(play, tmp_path):
    """Returns the answer of an operation with this 200 response."""

    def ask(declared: dict[str, Any], **components: Any) -> tuple[Any, Any]:
        document = {
            "openapi": "3.1.0",
            "info": {"title": "x", "version": "1"},
            "paths": {"/thing": {"get": {"responses": {"200": {"description": "ok", **declared}}}}},
            "components": {"schemas": components},
        }
        (tmp_path / "x.json").write_text(json.dumps(document))
        return play(tmp_path / "x.json").ask("GET", "/thing")

    return ask


@pytest.mark.parametrize("media_type", MAGIC)
@pytest.mark.parametrize("schema", [BINARY, {"type": "string"}, True], ids=["binary", "text", "open"])
def test_a_file_is_one_of_its_type(answer, media_type, schema):
    response, body = answer({"content": {media_type: {"schema": schema}}})
    assert response.headers["Content-Type"] == media_type
    assert body.startswith(MAGIC[media_type])


def test_an_image_of_any_type_is_a_png(answer):
    response, body = answer({"content": {"image/*": {"schema": BINARY}}})
    assert response.headers["Content-Type"] == "image/png"
    assert zlib.crc32(body[12:29]) == int.from_bytes(body[29:33], "big")


def test_an_archive_can_be_opened(answer):
    _response, body = answer({"content": {"application/zip": {"schema": BINARY}}})
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None


def test_a_description_of_an_image_is_not_the_image(answer):
    _response, body = answer({"content": {"image/png": {"schema": BINARY, "example": "an image"}}})
    assert body.startswith(MAGIC["image/png"])


def test_a_table_has_the_members_as_columns(answer):
    members = {"id": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}}}
    row = {"type": "object", "required": ["id", "tags"], "properties": members}
    _response, body = answer({"content": {"text/csv": {"schema": {"type": "array", "items": row}}}})
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert rows
    assert all(isinstance(json.loads(row["tags"]), list) and row["id"].isdecimal() for row in rows)


def test_a_table_that_is_a_text_has_a_header(answer):
    _response, body = answer({"content": {"text/csv": {"schema": {"type": "string"}}}})
    assert len(list(csv.DictReader(io.StringIO(body.decode())))) == 2


def test_xml_is_written_as_the_schema_says(answer):
    pet = {
        "type": "object",
        "xml": {"name": "pet"},
        "required": ["id", "tags", "photos"],
        "properties": {
            "id": {"type": "integer", "xml": {"attribute": True}},
            "tags": {
                "type": "array",
                "xml": {"wrapped": True},
                "items": {"type": "string", "xml": {"name": "tag"}},
            },
            "photos": {"type": "array", "items": {"type": "string", "xml": {"name": "photo"}}},
        },
    }
    content = {"application/xml": {"schema": {"$ref": "#/components/schemas/Pet"}}}
    _response, body = answer({"content": content}, Pet=pet)
    root = Xml.fromstring(body)  # noqa: S314 - the mock wrote it
    assert root.tag == "pet"
    assert root.attrib["id"].isdecimal()
    assert [child.tag for child in root] == ["tags", "photo", "photo"]
    assert {tag.tag for tag in root[0]} == {"tag"}


def headers(answer: Any, **declared: Any) -> dict[str, str]:
    response, _body = answer({"headers": declared, "content": {"application/json": {"example": {"ok": 1}}}})
    return {name.lower(): value for name, value in response.headers.items()}


def test_a_header_has_its_example(answer):
    sent = headers(
        answer,
        **{
            "X-Region": {"schema": {"type": "string", "example": "eu"}},
            "X-Zone": {"schema": {"type": "string"}, "example": "b"},
            "Set-Cookie": {"schema": {"type": "string"}, "example": "session=1"},
        },
    )
    assert (sent["x-region"], sent["x-zone"], sent["set-cookie"]) == ("eu", "b", "session=1")


def test_a_header_that_cannot_be_known_is_not_sent(answer):
    text = {"schema": {"type": "string"}}
    names = (
        "X-Region",
        "Link",
        "Set-Cookie",
        "Transfer-Encoding",
        "Retry-After",
        "Access-Control-Allow-Origin",
    )
    sent = headers(answer, **dict.fromkeys(names, text))
    assert not {name.lower() for name in names} & sent.keys()


def test_a_required_header_is_sent(answer):
    assert headers(answer, **{"X-Region": {"required": True, "schema": {"type": "string"}}})["x-region"]


def test_the_entity_tag_changes_with_the_body(answer):
    tag = headers(answer, ETag={"schema": {"type": "string"}})["etag"]
    assert tag.startswith('"')
    response, _body = answer(
        {
            "headers": {"ETag": {"schema": {"type": "string"}}},
            "content": {"application/json": {"example": {"ok": 2}}},
        }
    )
    assert response.headers["ETag"] != tag


ENVELOPED = """\
openapi: 3.0.3
info: {title: x, version: '1'}
paths:
  /things:
    get:
      responses:
        '200':
          description: ok
          content:
            application/hal+json:
              schema:
                type: object
                properties:
                  _embedded:
                    type: object
                    properties:
                      things: {type: array, items: {type: object, properties: {id: {type: integer}}}}
"""


def test_a_list_in_an_envelope_is_whole_in_the_type_that_was_accepted(play, tmp_path: Path) -> None:
    spec = tmp_path / "things.yaml"
    spec.write_text(ENVELOPED)
    client = play(spec)
    usual = json.loads(client.ask("GET", "/things")[0].body)
    accepted = json.loads(client.ask("GET", "/things", accept="application/json, */*;q=0.5")[0].body)
    assert len(usual["_embedded"]["things"]) > 1
    assert accepted == usual
