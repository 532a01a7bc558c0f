"""A small folder of contracts without a problem, and the means to plant one in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.spec_check.checker import check
from contract_tests.spec_check.problems import SpecProblem

SPEC = """\
openapi: 3.1.0
info:
  title: Shelves
  version: 1.0.0
  x-cites: ["001-01"]
servers:
  - url: https://shelves.example
security:
  - key: [read]
paths:
  /shelves:
    post:
      operationId: createShelf
      x-decision: [S1]
      summary: Create a shelf
      parameters:
        - $ref: "#/components/parameters/Trace"
      requestBody:
        x-cites: ["001-01"]
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Shelf"}
            example: {name: Novels, secret: s3cret}
      responses:
        "201":
          x-cites: ["001-01"]
          description: Created
          headers:
            Retry-After:
              x-cites: ["001-01"]
              schema: {type: integer}
              example: 3
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Shelf"}
              examples:
                one:
                  value:
                    id: 7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c
                    name: Novels
                two: {$ref: "#/components/examples/Two"}
          links:
            readShelf:
              operationId: readShelf
              parameters:
                shelf_id: $response.body#/id
  /shelves/{shelf_id}:
    parameters:
      - name: shelf_id
        in: path
        required: true
        x-cites: ["001-01"]
        schema: {type: string, format: uuid}
        example: 7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c
    get:
      operationId: readShelf
      x-cites: ["001-01"]
      summary: Read a shelf
      responses:
        "200":
          x-cites: ["001-01"]
          description: The shelf
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key, x-cites: ["001-01"]}
  parameters:
    Trace:
      name: trace
      in: query
      x-cites: ["001-01"]
      schema: {type: string, pattern: "^[a-z]+$", default: abc}
  examples:
    Two:
      value: {id: 7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6d, name: Maps}
  schemas:
    Shelf:
      x-cites: ["001-01"]
      type: object
      required: [id, name, secret]
      properties:
        id: {type: string, format: uuid, readOnly: true}
        name: {type: string, maxLength: 20, examples: [Novels]}
        secret: {type: string, writeOnly: true}
"""

SOURCE = """\
source: "001"
title: Shelves
contract: shelves
facts:
  - id: "001-01"
    section: Shelves
    level: documented
    says: There are shelves.
  - id: "001-02"
    section: Shelves
    level: inferred
    says: Shelves are wooden.
    address: https://shelves.example/wood
    unused: Nothing in the spec is about wood.
"""

DECISIONS = """\
decisions:
  - id: S1
    contracts: [shelves]
    question: Which status answers a created shelf?
    reading: "201"
    why: Habit.
    settled_by: A call.
    cites: ["001-01"]
    accepts:
      - situation: create
        operations: [createShelf]
        statuses: [200, 201]
    leaves_open:
      - operations: ["*"]
        rule: query.trace.pattern
"""

BEHAVIOUR = """\
contract: shelves
operations:
  createShelf: {action: create}
"""

BEHAVIOUR_SCHEMA = """\
{"type": "object", "properties": {"operations": {"additionalProperties": {"required": ["action"]}}}}
"""

WORKFLOW = """\
arazzo: 1.0.1
info:
  x-decision: [S1]
  title: Shelves
  version: 1.0.0
sourceDescriptions:
  - name: shelves
    url: ../shelves.yaml
    type: openapi
components:
  failureActions:
    wait:
      name: wait
      type: retry
      retryAfter: 1
      retryLimit: 3
workflows:
  - workflowId: keep-a-shelf
    x-cites: ["001-01"]
    inputs:
      type: object
      properties:
        name: {type: string}
    steps:
      - stepId: create
        operationId: createShelf
        x-decision: [S1, S1]
        requestBody:
          payload:
            name: $inputs.name
            label: "shelf {$inputs.name}"
        successCriteria:
          - condition: $statusCode == 201
          - context: $response.body
            condition: $[?@.name == '{$inputs.name}']
            type: jsonpath
        outputs:
          id: $response.body#/id
      - stepId: read
        operationId: $sourceDescriptions.shelves.readShelf
        x-decision: [S1]
        parameters:
          - name: shelf_id
            in: path
            value: $steps.create.outputs.id
        successCriteria:
          - condition: $statusCode == 200
        onSuccess:
          - name: done
            type: end
        onFailure:
          - reference: $components.failureActions.wait
          - name: again
            type: goto
            stepId: create
    outputs:
      id: $steps.create.outputs.id
"""

FILES = {
    "shelves.yaml": SPEC,
    "sources/001.yaml": SOURCE,
    "decisions/shelves.yaml": DECISIONS,
    "shelves.behaviour.yaml": BEHAVIOUR,
    "behaviour.schema.json": BEHAVIOUR_SCHEMA,
    "workflows/shelves.arazzo.yaml": WORKFLOW,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of contracts without a problem."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def planted(folder: Path) -> Callable[[str, str, str], list[SpecProblem]]:
    """Replaces the only occurrence of `old` in a file of the folder and returns the problems."""

    def plant(name: str, old: str, new: str) -> list[SpecProblem]:
        path = folder / name
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new))
        return check([folder])

    return plant
