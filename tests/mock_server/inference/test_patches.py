"""PATCH with a merge patch and with a JSON Patch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mock_server.behaviours.patches import merged, patched
from mock_server.errors.api_error import ApiError, ErrorCode

SPEC = """\
openapi: 3.0.3
info: {title: x, version: '1'}
paths:
  /notes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        '404': {description: no such note}
    patch:
      requestBody:
        content: {application/json-patch+json: {schema: {type: array, items: {type: object}}}}
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        '404': {description: no such note}
components:
  schemas:
    Note:
      type: object
      required: [id]
      properties: {id: {type: integer}, text: {type: string}, labels: {type: object}, due: {type: string}}
"""


def test_a_merge_patch_changes_members_of_members():
    before = {"name": "a", "size": {"width": 1, "height": 2}}
    assert merged(before, {"size": {"height": 3}}) == {"name": "a", "size": {"width": 1, "height": 3}}
    assert before["size"] == {"width": 1, "height": 2}


@pytest.mark.parametrize(
    ("step", "after"),
    [
        ({"op": "replace", "path": "/size", "value": {"height": 3}}, {"size": {"height": 3}}),
        ({"op": "remove", "path": "/size"}, {}),
        ({"op": "add", "path": "/a~1b", "value": 1}, {"size": {"width": 1}, "a/b": 1}),
        ({"op": "remove", "path": "/size/width"}, {"size": {}}),
        ({"op": "add", "path": "/size/height", "value": 2}, {"size": {"width": 1, "height": 2}}),
        ({"op": "replace", "path": "/size/width", "value": 2}, {"size": {"width": 2}}),
        ({"op": "copy", "from": "/size/width", "path": "/w"}, {"size": {"width": 1}, "w": 1}),
        ({"op": "move", "from": "/size/width", "path": "/w"}, {"size": {}, "w": 1}),
        ({"op": "test", "path": "/size/width", "value": 1}, {"size": {"width": 1}}),
        ({"op": "remove"}, {"size": {"width": 1}}),
        ("remove", {"size": {"width": 1}}),
    ],
)
def test_a_json_patch_changes_what_its_path_names(step: Any, after: dict[str, Any]):
    assert patched({"size": {"width": 1}}, [step]) == after


def test_a_json_patch_changes_lists():
    steps = [
        {"op": "add", "path": "/tags/-", "value": "c"},
        {"op": "add", "path": "/tags/0", "value": "z"},
        {"op": "remove", "path": "/tags/1"},
        {"op": "replace", "path": "/tags/1", "value": "y"},
    ]
    assert patched({"tags": ["a", "b"]}, steps) == {"tags": ["z", "y", "c"]}


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"op": "test", "path": "/size", "value": 2}, ErrorCode.CONFLICT),
        ({"op": "remove", "path": "/none"}, ErrorCode.INVALID),
        ({"op": "add", "path": "/tags/7", "value": 1}, ErrorCode.INVALID),
        ({"op": "move", "from": "/none", "path": "/size"}, ErrorCode.INVALID),
    ],
)
def test_a_json_patch_that_cannot_be_applied_is_refused(step: Any, code: ErrorCode):
    with pytest.raises(ApiError) as refused:
        patched({"size": 1, "tags": []}, [step])
    assert refused.value.code is code


def test_a_json_patch_is_stored_and_cannot_change_the_key(play, tmp_path: Path):
    spec = tmp_path / "notes.yaml"
    spec.write_text(SPEC)
    client = play(spec)
    steps = [
        {"op": "replace", "path": "/labels", "value": {"red": "yes"}},
        {"op": "add", "path": "/due", "value": "now"},
        {"op": "remove", "path": "/due"},
        {"op": "remove", "path": "/id"},
    ]
    sent = client.ask("PATCH", "/notes/1", steps, content_type="application/json-patch+json")[1]
    assert client.ask("GET", "/notes/1")[1] == sent
    assert (sent["id"], sent["labels"], "due" in sent) == (1, {"red": "yes"}, False)
