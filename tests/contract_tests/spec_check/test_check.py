"""`check`: each rule finds its planted fault, with file and line, and a clean folder has none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.spec_check.checker import check
from contract_tests.spec_check.faults import Fault
from contract_tests.yaml_file import UnreadableError

Plant = Callable[[str, str, str], list[Fault]]

SPEC = "shelves.yaml"
SOURCE = "sources/001.yaml"
DECISIONS = "decisions/shelves.yaml"
BEHAVIOUR = "shelves.behaviour.yaml"
WORKFLOW = "workflows/shelves.arazzo.yaml"


def test_a_clean_folder_has_no_faults(folder: Path) -> None:
    assert check([folder]) == []


@pytest.mark.parametrize("name", [SPEC, SOURCE, DECISIONS, BEHAVIOUR, WORKFLOW, "behaviour.schema.json"])
def test_a_clean_file_alone_has_no_faults(folder: Path, name: str) -> None:
    assert check([folder / name]) == []


PLANTED = [
    (SPEC, "  version: 1.0.0\n", "  version: 1.0.0\n  version: 1.0.1\n", "duplicate-key", "version: 1.0.1"),
    (SPEC, "openapi: 3.1.0", "openapi: 4.9.0", "openapi-version", "openapi: 4.9.0"),
    (SPEC, "openapi: 3.1.0", "openapi: 3.1", "openapi-version", "openapi: 3.1"),
    (SPEC, "openapi: 3.1.0", "swagger: '2.0'", "openapi-version", "swagger: '2.0'"),
    (SPEC, "openapi: 3.1.0", "contract: 3.1.0", "unknown-document", "contract: 3.1.0"),
    (SPEC, "  title: Shelves\n", "", "openapi", "info:"),
    (SPEC, "        in: path\n", "        in: nowhere\n", "openapi", "in: nowhere"),
    (
        SPEC,
        '- $ref: "#/components/parameters/Trace"',
        '- $ref: "#/components/parameters/Track"',
        "reference",
        '- $ref: "#/components/parameters/Track"',
    ),
    (
        SPEC,
        '- $ref: "#/components/parameters/Trace"',
        "- $ref: other.yaml#/Trace",
        "reference",
        "- $ref: other.yaml#/Trace",
    ),
    (
        SPEC,
        "maxLength: 20",
        "maxLength: twenty",
        "schema",
        "name: {type: string, maxLength: twenty, examples: [Novels]}",
    ),
    (
        SPEC,
        'pattern: "^[a-z]+$"',
        'pattern: "^[a-z+$"',
        "schema",
        'schema: {type: string, pattern: "^[a-z+$", default: abc}',
    ),
    (
        SPEC,
        "security:\n  - key",
        "tags: [{name: a}, {name: a}]\nsecurity:\n  - key",
        "openapi-spec-validator",
        "openapi: 3.1.0",
    ),
    (
        SPEC,
        "default: abc",
        "default: ABC",
        "example",
        'schema: {type: string, pattern: "^[a-z]+$", default: ABC}',
    ),
    (
        SPEC,
        "examples: [Novels]",
        "examples: [Novels, 5]",
        "example",
        "name: {type: string, maxLength: 20, examples: [Novels, 5]}",
    ),
    (SPEC, "example: 3", "example: three", "example", "example: three"),
    (SPEC, "example: {name: Novels,", "example: {name: 7,", "example", "example: {name: 7, secret: s3cret}"),
    (
        SPEC,
        "example: {name: Novels,",
        "example: {id: 7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c, name: Novels,",
        "example",
        "example: {id: 7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c, name: Novels, secret: s3cret}",
    ),
    (SPEC, "example: {name: Novels,", "example: {", "example", "example: { secret: s3cret}"),
    (
        SPEC,
        "                    name: Novels\n",
        "                    name: Novels\n                    secret: s\n",
        "example",
        "secret: s",
    ),
    (SPEC, "                    id: 7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c\n", "", "example", "value:"),
    (
        SPEC,
        "        example: 7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c",
        "        example: not-a-uuid",
        "example",
        "example: not-a-uuid",
    ),
    (
        SPEC,
        "value: {id: 7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6d,",
        "value: {",
        "example",
        'two: {$ref: "#/components/examples/Two"}',
    ),
    (SPEC, "      operationId: createShelf\n", "", "operation-id", "post:"),
    (
        SPEC,
        "      operationId: readShelf\n      x",
        "      operationId: createShelf\n      x",
        "operation-id",
        "operationId: createShelf",
    ),
    (SPEC, "/shelves/{shelf_id}:", "/shelves/{shelf}:", "path-parameter", "get:"),
    (SPEC, "/shelves/{shelf_id}:", "/shelves/{shelf_id}/{shelf_id}:", "path-parameter", "get:"),
    (
        SPEC,
        "              operationId: readShelf",
        "              operationId: raedShelf",
        "link",
        "operationId: raedShelf",
    ),
    (
        SPEC,
        "              operationId: readShelf",
        '              operationRef: "#/paths/~1no/get"',
        "link",
        'operationRef: "#/paths/~1no/get"',
    ),
    (SPEC, "shelf_id: $response", "shelf: $response", "link", "shelf: $response.body#/id"),
    (SPEC, "                shelf_id: $response.body#/id\n", "                {}\n", "link", "readShelf:"),
    (SPEC, "  - key: [read]", "  - kay: [read]", "security", "- kay: [read]"),
    (SPEC, "      x-decision: [S1]\n", "", "uncited", "post:"),
    (SPEC, '  version: 1.0.0\n  x-cites: ["001-01"]', "  version: 1.0.0", "uncited", "info:"),
    (
        SPEC,
        '              x-cites: ["001-01"]\n              schema',
        "              schema",
        "uncited",
        "Retry-After:",
    ),
    (SPEC, ', x-cites: ["001-01"]}', "}", "uncited", "key: {type: apiKey, in: header, name: X-Key}"),
    (SPEC, '    Shelf:\n      x-cites: ["001-01"]\n', "    Shelf:\n", "uncited", "Shelf:"),
    (SPEC, '        x-cites: ["001-01"]\n        content', "        content", "uncited", "requestBody:"),
    (
        SPEC,
        '          x-cites: ["001-01"]\n          description: Created',
        "          description: Created",
        "uncited",
        '"201":',
    ),
    (SPEC, '        x-cites: ["001-01"]\n        schema', "        schema", "uncited", "- name: shelf_id"),
    (SPEC, "x-decision: [S1]", "x-decision: [S2]", "citation", "x-decision: [S2]"),
    (
        SPEC,
        '  version: 1.0.0\n  x-cites: ["001-01"]',
        '  version: 1.0.0\n  x-cites: ["001-99"]',
        "citation",
        'x-cites: ["001-99"]',
    ),
    (WORKFLOW, 'x-cites: ["001-01"]', 'x-cites: ["001-77"]', "citation", 'x-cites: ["001-77"]'),
    (SOURCE, "    unused: Nothing in the spec is about wood.\n", "", "unused", '- id: "001-02"'),
    (
        SOURCE,
        "    says: There are shelves.\n",
        "    says: There are shelves.\n    unused: Why not.\n",
        "unused",
        "unused: Why not.",
    ),
    (SOURCE, 'id: "001-02"', 'id: "001-01"', "citation", '- id: "001-01"'),
    (SOURCE, "    address: https://shelves.example/wood\n", "", "source", '- id: "001-02"'),
    (SOURCE, "level: inferred", "level: chosen", "source", '- id: "001-02"'),
    (SOURCE, "level: inferred", "level: guessed", "source", "level: guessed"),
    (SOURCE, 'source: "001"', 'source: "002"', "source", 'source: "002"'),
    (DECISIONS, "situation: create", "situation: conjure", "decision", "- situation: conjure"),
    (
        DECISIONS,
        "operations: [createShelf]",
        "operations: [createShelves]",
        "decision",
        "operations: [createShelves]",
    ),
    (DECISIONS, 'operations: ["*"]', "operations: [burnShelf]", "decision", "- operations: [burnShelf]"),
    (
        DECISIONS,
        "contracts: [shelves]",
        "contracts: [shelves, tables]",
        "decision",
        "contracts: [shelves, tables]",
    ),
    (DECISIONS, "    settled_by: A call.\n", "", "decision", "- id: S1"),
    (
        DECISIONS,
        'cites: ["001-01"]',
        'cites: ["001-01", "001-66"]',
        "citation",
        'cites: ["001-01", "001-66"]',
    ),
    (
        DECISIONS,
        "    settled_by: A call.\n",
        "    settled_by: A call.\n    unused: So.\n",
        "unused",
        "unused: So.",
    ),
    (WORKFLOW, "  x-decision: [S1]\n  title", "  title", "uncited", "info:"),
    (WORKFLOW, '    x-cites: ["001-01"]\n', "", "uncited", "- workflowId: keep-a-shelf"),
    (WORKFLOW, "        x-decision: [S1, S1]\n", "", "uncited", "- stepId: create"),
    (BEHAVIOUR, "createShelf: {action: create}", "createShelf: {}", "behaviour", "createShelf: {}"),
    (BEHAVIOUR, "createShelf:", "buildShelf:", "behaviour", "buildShelf: {action: create}"),
    (WORKFLOW, "  version: 1.0.0\n", "", "arazzo", "info:"),
    (WORKFLOW, "        operationId: createShelf\n", "", "arazzo", "- stepId: create"),
    (WORKFLOW, "type: goto", "type: jump", "arazzo", "type: jump"),
    (WORKFLOW, "url: ../shelves.yaml", "url: ../tables.yaml", "arazzo", "url: ../tables.yaml"),
    (WORKFLOW, "operationId: createShelf", "operationId: buildShelf", "arazzo", "operationId: buildShelf"),
    (
        WORKFLOW,
        "$sourceDescriptions.shelves.readShelf",
        "$sourceDescriptions.tables.readShelf",
        "arazzo",
        "operationId: $sourceDescriptions.tables.readShelf",
    ),
    (WORKFLOW, "name: shelf_id", "name: shelf", "arazzo", "- name: shelf"),
    (WORKFLOW, "stepId: read\n", "stepId: create\n", "arazzo", "- stepId: create"),
    (WORKFLOW, "            stepId: create\n", "            stepId: crate\n", "arazzo", "stepId: crate"),
    (
        WORKFLOW,
        "    x-cites:",
        "    dependsOn: [paint-a-shelf]\n    x-cites:",
        "arazzo",
        "dependsOn: [paint-a-shelf]",
    ),
    (WORKFLOW, "name: $inputs.name\n", "name: $inputs.nome\n", "expression", "name: $inputs.nome"),
    (
        WORKFLOW,
        'label: "shelf {$inputs.name}"',
        'label: "shelf {$input.name}"',
        "expression",
        'label: "shelf {$input.name}"',
    ),
    (
        WORKFLOW,
        "'{$inputs.name}']",
        "'{$inputs.nome}']",
        "expression",
        "condition: $[?@.name == '{$inputs.nome}']",
    ),
    (
        WORKFLOW,
        "value: $steps.create.outputs.id",
        "value: $steps.create.outputs.key",
        "expression",
        "value: $steps.create.outputs.key",
    ),
    (
        WORKFLOW,
        "value: $steps.create.outputs.id",
        "value: $steps.make.outputs.id",
        "expression",
        "value: $steps.make.outputs.id",
    ),
    (
        WORKFLOW,
        "id: $response.body#/id",
        "id: $steps.read.outputs.id",
        "expression",
        "id: $steps.read.outputs.id",
    ),
    (
        WORKFLOW,
        "reference: $components.failureActions.wait",
        "reference: $components.failureActions.stay",
        "expression",
        "- reference: $components.failureActions.stay",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "rule", "at"), PLANTED)
def test_a_planted_fault_is_found_on_its_line(
    planted: Plant, folder: Path, *, name: str, old: str, new: str, rule: str, at: str
) -> None:
    found = planted(name, old, new)
    lines = (folder / name).read_text().split("\n")
    said = [(fault.rule, lines[fault.line - 1].strip()) for fault in found if fault.file == folder / name]
    assert (rule, at) in said, "\n".join(map(str, found))


def test_a_fault_is_printed_with_path_line_rule_and_message(planted: Plant, folder: Path) -> None:
    (fault,) = planted(SPEC, "default: abc", "default: ABC")
    assert str(fault) == f"{folder / SPEC}:71: example: 'ABC' does not match '^[a-z]+$'"


def test_all_faults_are_collected_in_the_order_of_files_and_lines(planted: Plant, folder: Path) -> None:
    planted(WORKFLOW, "type: goto", "type: jump")
    planted(SPEC, "default: abc", "default: ABC")
    found = planted(SPEC, "example: 3", "example: three")
    assert [(fault.file.name, fault.line) for fault in found] == [
        ("shelves.yaml", 32),
        ("shelves.yaml", 71),
        ("shelves.arazzo.yaml", 54),
    ]


def test_a_spec_of_ones_own_owes_no_citations(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    own = tmp_path_factory.mktemp("elsewhere") / "my.yaml"
    own.write_text(
        "\n".join(
            line for line in (folder / SPEC).read_text().split("\n") if not line.strip().startswith("x-cites")
        )
    )
    assert check([own]) == []


def test_a_spec_the_facts_are_about_owes_citations_even_when_it_has_none(folder: Path) -> None:
    text = (folder / SPEC).read_text().replace("x-cites", "x-was").replace("x-decision", "x-was")
    (folder / SPEC).write_text(text)
    assert "uncited" in {fault.rule for fault in check([folder / SPEC])}


def test_an_openapi_3_0_spec_is_judged_by_its_own_dialect(tmp_path: Path) -> None:
    own = tmp_path / "my.yaml"
    own.write_text(
        """\
openapi: 3.0.3
info: {title: Old, version: "1"}
paths:
  /a:
    get:
      operationId: a
      responses:
        "200":
          description: An a
          content:
            application/json:
              schema: {type: integer, nullable: true, minimum: 3, exclusiveMinimum: true}
              example: 3
"""
    )
    assert [(fault.rule, fault.line) for fault in check([own])] == [("example", 13)]
    own.write_text(own.read_text().replace("example: 3", "example: null"))
    assert check([own]) == []


ALL_OF = """\
openapi: 3.1.0
info: {title: Parts, version: "1"}
paths:
  /a:
    post:
      operationId: a
      requestBody:
        content:
          application/json:
            schema:
              required: [id, name]
              allOf:
                - properties:
                    id: {type: string, readOnly: true, examples: [k1]}
                    name: {type: string}
            example: {name: x}
      responses:
        "200": {description: An a}
"""


def test_a_read_only_member_declared_in_another_branch_may_be_left_out(tmp_path: Path) -> None:
    own = tmp_path / "my.yaml"
    own.write_text(ALL_OF)
    assert check([own]) == []
    own.write_text(ALL_OF.replace("example: {name: x}", "example: {}"))
    assert [fault.message for fault in check([own])] == ["'name' is a required property"]


def test_a_json_file_is_read_like_any_other(tmp_path: Path) -> None:
    own = tmp_path / "my.json"
    own.write_text('{"openapi": "3.1.0",\n "info": {"title": "x"},\n "paths": {}}')
    assert [(fault.rule, fault.line) for fault in check([own])] == [("openapi", 2)]


def test_a_folder_with_a_file_that_is_not_yaml_is_refused(folder: Path) -> None:
    (folder / "broken.yaml").write_text("a: [")
    with pytest.raises(UnreadableError, match=r"broken\.yaml"):
        check([folder])


def test_a_value_of_the_wrong_kind_anywhere_is_a_fault_not_a_crash(tmp_path: Path) -> None:
    for value in ("[]", "7", "text", "null"):
        for member in ("info", "paths", "components", "security", "webhooks"):
            own = tmp_path / "my.yaml"
            own.write_text(f"openapi: 3.1.0\n{member}: {value}\n")
            assert check([own])
