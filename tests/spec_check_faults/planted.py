"""Sixty-seven specifications with one planted fault each: a clean document with one piece of text replaced.

The documents lie in `bases/`. They are clean by `spec check`, by Redocly and by openapi-spec-validator.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

BASES = Path(__file__).parent / "bases"
DOCUMENTS = {"shop": "shop.yaml", "clinic": "clinic.yaml", "library": "library/openapi.yaml"}
"""The documents by name: OpenAPI 3.0, OpenAPI 3.1, and 3.1 in several files."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One fault. document: of DOCUMENTS. kind: what it shows. rule: the id of the rule that finds it.

    old, new: the text replaced, which stands once in its file. at: the text of the line the fault is found on
    (default: the first one of `new`). file: the file it is in, where that is not the document's own.
    """

    name: str
    document: str
    kind: str
    rule: str
    old: str
    new: str
    at: str = ""
    file: str = ""

    @property
    def place(self) -> str:
        """The file that is changed, relative to `bases/`."""
        return self.file or DOCUMENTS[self.document]

    def text(self) -> str:
        """The changed file's text."""
        text = (BASES / self.place).read_text(encoding="utf-8")
        assert text.count(self.old) == 1, f"{self.name}: {self.old!r} stands {text.count(self.old)} times"
        return text.replace(self.old, self.new)

    @property
    def line(self) -> int:
        """The line the fault is on."""
        text = self.text()
        if self.at:
            return text[: text.index(self.at)].count("\n") + 1
        before = (BASES / self.place).read_text(encoding="utf-8").partition(self.old)[0]
        return before.count("\n") + 1

    def write(self, folder: Path) -> Path:
        """Write the whole document into a folder, and return its own file."""
        shutil.copytree(BASES, folder, dirs_exist_ok=True)
        (folder / self.place).write_text(self.text(), encoding="utf-8")
        return folder / DOCUMENTS[self.document]


def _planted(document: str, kind: str, rows: list[tuple[str, ...]]) -> list[Planted]:
    """Rows: name, rule, old, new, and where they differ from the defaults `at` and `file`."""
    return [Planted(name, document, kind, *rest) for name, *rest in rows]


PLANTED: list[Planted] = [
    *_planted(
        "shop",
        "structure",
        [
            ("no-title", "openapi", "  title: Shop\n", "", "info:"),
            ("no-version", "openapi", "  version: 1.0.0\n", "", "info:"),
            ("misspelt-member", "openapi", "      summary: List orders", "      sumary: List orders"),
            (
                "no-responses",
                "openapi",
                '      responses:\n        "204": {description: Deleted}\n        "404": {$ref: "#/components/responses/Refused"}\n',
                "",
                "    delete:",
            ),
            ("no-response-description", "openapi", '"204": {description: Deleted}', '"204": {}'),
            (
                "bad-parameter-place",
                "openapi",
                "          in: query\n          description: Only",
                "          in: url\n          description: Only",
            ),
            (
                "no-parameter-schema",
                "openapi",
                '          description: Only orders in this state\n          schema: {$ref: "#/components/schemas/State"}\n',
                "          description: Only orders in this state\n",
                "        - name: state",
            ),
            (
                "optional-path-parameter",
                "openapi",
                "        description: The order\n        required: true",
                "        description: The order\n        required: false",
                "required: false",
            ),
            ("bad-status", "openapi", '        "201":', '        "2001":'),
            ("path-without-slash", "openapi", "  /orders:\n", "  orders:\n"),
            ("unknown-scheme-type", "openapi", "type: http, scheme: bearer", "type: bearer, scheme: bearer"),
            (
                "tags-as-text",
                "openapi",
                "      description: For good.\n      tags: [orders]",
                "      description: For good.\n      tags: orders",
                "tags: orders",
            ),
            ("unknown-version", "openapi-version", "openapi: 3.0.3", "openapi: 4.0.0"),
            (
                "repeated-key",
                "duplicate-key",
                "        state: {$ref",
                "        customer: {type: integer}\n        state: {$ref",
                "customer: {type: integer}",
            ),
            (
                "not-yaml",
                "unreadable",
                "tags:\n  - {name: orders",
                "tags:\n  - }name: orders",
                "  - }name: orders",
            ),
        ],
    ),
    *_planted(
        "shop",
        "schema",
        [
            ("unknown-type", "schema", "note: {type: string", "note: {type: text"),
            (
                "list-of-types-in-3.0",
                "schema",
                "note: {type: string, nullable: true}",
                "note: {type: [string, 'null']}",
            ),
            ("text-as-bound", "schema", "maxLength: 80", 'maxLength: "80"'),
            ("negative-length", "schema", "maxLength: 40", "maxLength: -40"),
            (
                "unknown-keyword-in-3.0",
                "schema",
                "article: {type: string}",
                "article: {type: string, const: tea}",
            ),
            (
                "required-of-lists",
                "schema",
                "      required: [article, count]",
                "      required: [[article], count]",
            ),
            ("enum-not-a-list", "schema", "enum: [open, paid, sent]", "enum: open"),
            (
                "array-without-items",
                "array-items",
                '          minItems: 1\n          items: {$ref: "#/components/schemas/Line"}\n',
                "          minItems: 1\n",
                "        lines:",
            ),
            ("broken-pattern", "pattern", '"^[a-z]+\\\\.pdf$"', '"^[a-z+\\\\.pdf$"'),
            ("foreign-pattern", "pattern-dialect", '"^[a-z]+\\\\.pdf$"', '"(?i)^[a-z]+\\\\.pdf$"'),
            (
                "bounds-exchanged",
                "impossible-bounds",
                "minimum: 1, maximum: 100, default: 20",
                "minimum: 100, maximum: 1",
            ),
            ("enum-of-another-type", "enum-type", "enum: [open, paid, sent]", "enum: [open, paid, 3]"),
            (
                "required-undeclared",
                "required-property",
                "required: [customer, lines]",
                "required: [customer, line]",
            ),
            (
                "format-of-another-type",
                "format-type",
                "{type: string, format: date-time, example",
                "{type: integer, format: date-time, x-was",
            ),
            ("both-read-and-write-only", "read-write", "readOnly: true", "readOnly: true, writeOnly: true"),
            (
                "hidden-sibling",
                "ref-siblings",
                'state: {$ref: "#/components/schemas/State"}',
                'state: {$ref: "#/components/schemas/State", nullable: true}',
            ),
        ],
    ),
    *_planted(
        "shop",
        "reference",
        [
            (
                "missing-component",
                "reference",
                'items: {$ref: "#/components/schemas/Order"}',
                'items: {$ref: "#/components/schemas/Orders"}',
            ),
            (
                "component-of-another-kind",
                "reference",
                '- $ref: "#/components/parameters/Limit"',
                '- $ref: "#/components/schemas/State"',
            ),
            ("undefined-scheme", "security", "  - token: []", "  - tokens: []"),
            ("undefined-scope", "security-scope", "- login: [write]", "- login: [wirte]"),
            (
                "link-to-nowhere",
                "link",
                "operationId: getOrder\n              parameters",
                "operationId: readOrder\n              parameters",
            ),
            ("link-without-parameter", "link-parameter", "order_id: $response", "id: $response"),
        ],
    ),
    *_planted(
        "shop",
        "operation",
        [
            (
                "repeated-operation-id",
                "operation-id-unique",
                "operationId: deleteOrder",
                "operationId: createOrder",
            ),
            (
                "undeclared-path-parameter",
                "path-parameter",
                "        - {name: order_id, in: path, description: The order, required: true, schema: {type: integer}}\n",
                "",
                "    put:",
            ),
            (
                "foreign-path-parameter",
                "path-parameter",
                "name: order_id, in: path",
                "name: order, in: path",
                "    put:",
            ),
            (
                "repeated-parameter",
                "parameter-unique",
                "        - name: state\n          in: query",
                '        - {$ref: "#/components/parameters/Limit"}\n        - name: state\n          in: query',
            ),
            ("query-in-path", "path-query", "  /orders:\n", "  /orders?all:\n"),
            (
                "undeclared-server-variable",
                "server-variable",
                "https://{region}.shop.test/v1",
                "https://{region}.shop.test/{version}",
            ),
            (
                "default-outside-enum",
                "server-variable",
                "{default: eu, enum: [eu, us]}",
                "{default: de, enum: [eu, us]}",
            ),
        ],
    ),
    *_planted(
        "shop",
        "example",
        [
            (
                "wrong-type-in-example",
                "example",
                "lines: [{article: tea, count: 2}]}\n      responses",
                "lines: [{article: tea, count: two}]}\n      responses",
            ),
            ("missing-member-in-example", "example", "example: {customer: Ada,", "example: {"),
            ("value-outside-enum", "example", "state: open", "state: opened"),
            ("not-a-date-time", "example", '"2026-11-30T08:00:00Z"', '"2026-11-30 08:00"'),
            ("default-above-maximum", "default", "default: 20", "default: 200"),
        ],
    ),
    *_planted(
        "clinic",
        "schema",
        [
            (
                "boolean-exclusive-bound",
                "schema",
                "lives: {type: integer, minimum: 1,",
                "lives: {type: integer, exclusiveMinimum: true,",
            ),
            (
                "nullable-in-3.1",
                "nullable",
                'owner: {type: [string, "null"]',
                "owner: {type: string, nullable: true",
            ),
            ("misspelt-keyword", "unknown-keyword", "uniqueItems: true", "uniqueItem: true"),
            (
                "schema-requires-itself",
                "endless-schema",
                '        name: {$ref: "#/components/schemas/Name"}\n        tricks:',
                '        name: {$ref: "#/components/schemas/Dog"}\n        tricks:',
                "    Dog:",
            ),
            ("repeated-required", "schema", "      required: [items]", "      required: [items, items]"),
        ],
    ),
    *_planted(
        "clinic",
        "reference",
        [
            (
                "mapping-to-nowhere",
                "discriminator",
                'dog: "#/components/schemas/Dog"',
                'dog: "#/components/schemas/Hound"',
            ),
            (
                "discriminator-undeclared",
                "discriminator-property",
                "propertyName: kind",
                "propertyName: type",
                "discriminator:",
            ),
            (
                "unused-component",
                "unused-component",
                '              dog: {$ref: "#/components/examples/Rex"}\n',
                "",
                "    Rex:",
            ),
        ],
    ),
    *_planted(
        "clinic",
        "example",
        [
            (
                "misread-union",
                "example",
                "{kind: cat, name: Tom, lives: 9}",
                "{kind: cat, name: Tom, lives: 12}",
            ),
            (
                "wrong-pattern-in-example",
                "example",
                "{kind: dog, name: Rex,",
                "{kind: dog, name: R2,",
                "dog: {$ref",
            ),
        ],
    ),
    *_planted(
        "clinic",
        "operation",
        [
            (
                "identical-paths",
                "identical-paths",
                "  /animals/{animal_id}/photos:",
                "  /animals/{id}:\n    summary: The same\n  /animals/{animal_id}/photos:",
            ),
            (
                "body-of-get",
                "body-on-get",
                "      summary: Read an animal\n",
                "      summary: Read an animal\n      requestBody: {content: {text/plain: {}}}\n",
                "requestBody: {content: {text/plain",
            ),
        ],
    ),
    *_planted(
        "library",
        "several files",
        [
            ("missing-file", "reference", "$ref: paths/book.yaml", "$ref: paths/boook.yaml"),
            (
                "missing-part-of-a-file",
                "reference",
                "people.yaml#/Author",
                "people.yaml#/Writer",
                "",
                "library/schemas/book.yaml",
            ),
            (
                "wrong-way-to-a-file",
                "reference",
                "$ref: ../schemas/book.yaml",
                "$ref: schemas/book.yaml",
                "",
                "library/paths/books.yaml",
            ),
            (
                "fault-in-a-part",
                "openapi",
                "      in: query",
                "      in: queue",
                "",
                "library/paths/books.yaml",
            ),
            (
                "schema-in-a-part",
                "schema",
                "maxLength: 40",
                "maxLength: forty",
                "",
                "library/schemas/people.yaml",
            ),
            ("example-in-a-part", "example", 'isbn: "3518"', "isbn: 3518", "", "library/paths/book.yaml"),
        ],
    ),
]
