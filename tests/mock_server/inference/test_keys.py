"""The type of keys is that of records, whatever the type of path parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

SPEC = """\
openapi: 3.0.3
info: {{title: x, version: '1'}}
paths:
  /things:
    get:
      responses:
        '200':
          description: ok
          content: {{application/json: {{schema: {{$ref: '#/components/schemas/Things'}}}}}}
    post:
      requestBody:
        content: {{application/json: {{schema: {{$ref: '#/components/schemas/Thing'}}}}}}
      responses:
        '201':
          description: ok
          content: {{application/json: {{schema: {{$ref: '#/components/schemas/Thing'}}}}}}
  /things/{{id}}:
    get:
      parameters: [{{name: id, in: path, required: true, schema: {{type: {parameter}}}}}]
      responses:
        '200':
          description: ok
          content: {{application/json: {{schema: {{$ref: '#/components/schemas/Thing'}}}}}}
        '404': {{description: no such thing}}
components:
  schemas:
    Things: {{type: array, items: {{$ref: '#/components/schemas/Thing'}}}}
    Thing:
      type: object
      required: [name, id]
      properties: {{id: {{type: {member}, readOnly: true}}, name: {{type: string}}}}
"""

NOTES = """\
openapi: 3.0.3
info: {title: x, version: '1'}
paths:
  /notes:
    get:
      operationId: notes
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {type: array, items: {type: object, required: [id], properties: {id: {}}}}
"""


@pytest.mark.parametrize(
    ("member", "parameter", "kind"), [("integer", "string", int), ("string", "integer", str)]
)
def test_a_number_stays_one_key_where_records_and_paths_type_it_differently(
    play, tmp_path: Path, member: str, parameter: str, kind: type
):
    spec = tmp_path / "things.yaml"
    spec.write_text(SPEC.format(member=member, parameter=parameter))
    client = play(spec)
    keys = [record["id"] for record in client.ask("GET", "/things")[1]]
    made = client.ask("POST", "/things", {"name": "new"})[1]["id"]
    assert {type(key) for key in (*keys, made)} == {kind}
    assert made not in keys
    assert [client.ask("GET", f"/things/{key}")[1]["id"] for key in (*keys, made)] == [*keys, made]


def typed(tmp_path: Path, key: str) -> Path:
    """A spec of things whose key has this schema."""
    spec = tmp_path / "things.yaml"
    text = SPEC.format(member="KEY", parameter="string").replace("{type: KEY, readOnly: true}", key)
    spec.write_text(text.replace("schema: {type: string}", f"schema: {key}"))
    return spec


def test_a_key_space_without_a_free_key_is_a_conflict(play, tmp_path: Path):
    client = play(
        typed(tmp_path, "{type: string, enum: [red, green, blue, grey, black, white], readOnly: true}")
    )
    taken = {thing["id"] for thing in client.ask("GET", "/things")[1]}
    assert len(taken) == 5
    response, thing = client.ask("POST", "/things", {"name": "last"})
    assert response.status == 201, thing
    assert thing["id"] not in taken
    assert client.ask("POST", "/things", {"name": "none is left"})[0].status == 409
    assert client.ask("GET", f"/things/{thing['id']}")[1]["name"] == "last"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("{type: integer, minimum: 10, maximum: 60, multipleOf: 10, readOnly: true}", [10, 20, 30, 40, 50]),
        ("{type: integer, minimum: 7, maximum: 8, readOnly: true}", [7, 8]),
        ("{type: number, readOnly: true}", [1, 2, 3, 4, 5]),
    ],
)
def test_keys_are_numbers_within_their_bounds(play, tmp_path: Path, key: str, expected: list[int]):
    client = play(typed(tmp_path, key))
    assert [thing["id"] for thing in client.ask("GET", "/things")[1]] == expected
    assert client.ask("GET", f"/things/{expected[-1]}")[1]["id"] == expected[-1]


def test_a_key_in_a_request_never_becomes_another_one(play, tmp_path: Path):
    spec = typed(tmp_path, "{type: integer}")
    spec.write_text(spec.read_text().replace("required: [name, id]", "required: [name]"))
    client = play(spec)
    assert client.ask("POST", "/things", {"name": "first", "id": 3})[1]["id"] == 3
    assert client.ask("GET", "/things/3")[1]["name"] == "first"
    assert client.ask("POST", "/things", {"name": "new", "id": 6})[1]["id"] == 6
    assert client.ask("POST", "/things", {"name": "next"})[1]["id"] == 7


def test_a_behaviour_file_may_declare_integer_keys(play, tmp_path: Path):
    spec = tmp_path / "notes.yaml"
    spec.write_text(NOTES)
    (tmp_path / "notes.behaviour.yaml").write_text(
        "contract: notes\ndialect: declared\ncollections: {notes: {ids: integer}}\n"
        "operations: {notes: {action: list, collection: notes}}\n"
    )
    assert [record["id"] for record in play(spec).ask("GET", "/notes")[1]] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("member", "first"),
    [
        # A format has a bound far below zero, yet no API begins to count there.
        ("integer, format: int64", 1),
        ("integer, format: int64, example: 10", 10),
        ("integer, minimum: 7", 7),
    ],
)
def test_integer_keys_count_from_the_example_or_from_the_least_positive_one(
    play, tmp_path: Path, member: str, first: int
):
    spec = tmp_path / "things.yaml"
    spec.write_text(SPEC.format(member=member, parameter="integer"))
    assert play(spec).ask("GET", "/things")[1][0]["id"] == first


PUT_THERE = """\
openapi: 3.0.3
info: {title: x, version: '1'}
paths:
  /files:
    get:
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/File'}}}}
  /files/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    put:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/File'}}}}
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/File'}}}}
    delete: {responses: {'200': {description: ok}}}
components:
  schemas:
    File: {type: object, properties: {id: {type: integer}, size: {type: integer}}}
"""


def test_a_put_creates_nothing_under_a_key_that_records_cannot_have(play, tmp_path: Path) -> None:
    spec = tmp_path / "files.yaml"
    spec.write_text(PUT_THERE)
    client = play(spec)
    before = client.ask("GET", "/files")[1]
    assert client.ask("PUT", "/files/no-number", {"size": 1})[0].status == 404
    assert client.ask("GET", "/files")[1] == before
    assert client.ask("PUT", "/files/4711", {"size": 1})[1]["id"] == 4711


THUMBNAILS = """\
openapi: 3.0.3
info: {title: x, version: '1'}
paths:
  /photos:
    get:
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {type: array, items: {type: object, required: [id], properties: {id: {type: string}}}}
  /photos/{id}/thumbnail:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: ok, content: {image/png: {schema: {type: string, format: binary}}}}
        '404': {description: no such photo}
"""


def test_what_is_below_a_record_that_only_a_list_shows_is_there_for_listed_keys_alone(
    play, tmp_path: Path
) -> None:
    spec = tmp_path / "photos.yaml"
    spec.write_text(THUMBNAILS)
    client = play(spec)
    for photo in client.ask("GET", "/photos")[1]:
        assert client.ask("GET", f"/photos/{photo['id']}/thumbnail")[0].status == 200
    assert client.ask("GET", "/photos/no-such-photo/thumbnail")[0].status == 404


def test_a_key_that_the_body_of_a_creation_does_not_have_is_ignored(play):
    client = play("shops")
    _, made = client.ask("POST", "/shops", {"reference": "corner", "id": "mine"})
    assert made["reference"] == "corner"
    assert made["id"] != "mine"
    assert made["id"] in [each["id"] for each in client.ask("GET", "/shops")[1]["places"]]


def test_a_path_may_name_a_record_by_another_member(play):
    client = play("shops")
    client.ask("POST", "/shops", {"reference": "corner"})
    assert client.ask("GET", "/shops/corner/settings")[0].status == 200
    assert client.ask("GET", "/shops/nowhere/settings")[0].status == 404


def test_a_changed_record_has_its_own_address(play):
    client = play("shops")
    key = client.ask("GET", "/shops")[1]["places"][0]["id"]
    _, changed = client.ask("PATCH", f"/shops/{key}", {"reference": "corner"})
    assert changed["_links"]["self"]["href"].endswith(f"/shops/{key}")
