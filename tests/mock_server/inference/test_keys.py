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


def test_a_behaviour_file_may_declare_integer_keys(play, tmp_path: Path):
    spec = tmp_path / "notes.yaml"
    spec.write_text(NOTES)
    (tmp_path / "notes.behaviour.yaml").write_text(
        "contract: notes\ndialect: declared\ncollections: {notes: {ids: integer}}\n"
        "operations: {notes: {action: list, collection: notes}}\n"
    )
    assert [record["id"] for record in play(spec).ask("GET", "/notes")[1]] == [1, 2, 3, 4, 5]
