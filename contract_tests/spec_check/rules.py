"""The rules of `contract-tests spec check`: their ids, their severities, and a file that changes these.

A *fault* is wrong by OpenAPI or JSON Schema. A *warning* hinders few tools, or is even
allowed, but some tool stumbles over it or a reader is misled. *Style* is a matter of taste.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from contract_tests.openapi.yaml_file import YamlFile
from contract_tests.suggestions import unknown


class Severity(StrEnum):
    """How much a problem matters, the worst first."""

    FAULT = "fault"
    WARNING = "warning"
    STYLE = "style"
    OFF = "off"


_FAULTS = {
    "unreadable": "A file can be read and is YAML or JSON.",
    "unknown-document": "A file says what it is: `openapi`, `arazzo`, `facts`, `decisions`, or by its name.",
    "duplicate-key": "A key stands once in its object.",
    "openapi-version": "The version is 3.0, 3.1 or 3.2.",
    "openapi": "The document has the structure that OpenAPI gives it.",
    "schema": "A schema is one by the dialect of the document's version.",
    "reference": "A reference leads to a part of the right kind, below the reference root.",
    "pattern": "A regular expression is one by ECMA-262.",
    "operation-id-unique": "An operationId names one operation.",
    "parameter-unique": "A list of parameters has each name and place once.",
    "tag-unique": "A tag is declared once.",
    "identical-paths": "Two paths differ in more than the names of their parameters.",
    "discriminator": "A discriminator's mapping leads to schemas.",
    "link": "A link leads to an operation.",
    "array-items": "An array of OpenAPI 3.0 has `items`.",
    "read-write": "A member is not both readOnly and writeOnly.",
    "too-large": "The smallest value of a schema is small enough to be sent, and it combines few others.",
    # what belongs to the contracts of this package
    "arazzo": "A workflow description has Arazzo's structure, and its parts exist.",
    "expression": "A runtime expression of a workflow names something that exists.",
    "behaviour": "A behaviour file follows its schema, and its operations exist.",
    "source": "A file of facts follows its schema.",
    "decision": "A file of decisions follows its schema, and what it names exists.",
    "citation": "A citation names a fact or a decision.",
    "uncited": "Each part of a contract with facts cites one.",
    "unused": "A fact or a decision is cited, or says why not.",
}
_WARNINGS = {
    "remote-reference": "References stay in files; those to the network are not followed.",
    "reference-place": "A reference stands where OpenAPI knows one.",
    "example": "An example is a value that its schema accepts.",
    "default": "A default is a value that its schema accepts.",
    "operation-id": "An operation has an operationId; generators of code need one.",
    "path-parameter": "The names in a path's braces and its path parameters are the same.",
    "path-query": "A path has neither a query nor a fragment.",
    "ambiguous-paths": "No request can mean two paths that do not differ by a constant part.",
    "link-parameter": "A link fills the path of its operation with parameters that exist.",
    "security": "A security requirement names a declared scheme.",
    "security-scope": "A scope that is required is declared by its OAuth2 flows.",
    "server-variable": "A server's variables and the braces of its URL are the same; a default is allowed.",
    "unused-component": "A component is referred to.",
    "success-response": "An operation has a response of success, or a default one.",
    "body-on-get": "GET and HEAD have no request body, which HTTP gives no meaning.",
    "ignored-header": "No header is declared that tools ignore or transport sets.",
    "media-type": "A media type is written `type/subtype`.",
    "discriminator-property": "The property of a discriminator is declared and required in each branch.",
    "required-property": "What `required` names is declared among the properties.",
    "enum-type": "The values of an enum are of the schema's type, and different.",
    "impossible-bounds": "A lower bound is not above the upper one.",
    "endless-schema": "A value of a schema can end: no object requires itself.",
    "format-type": "A format belongs to the schema's type.",
    "nullable": "`nullable` stands beside a `type` in 3.0, and not at all from 3.1 on.",
    "ref-siblings": "In OpenAPI 3.0 nothing that counts stands beside a `$ref`, which hides it.",
    "unknown-keyword": "A keyword of a schema is not a misspelt one.",
    "pattern-dialect": "A regular expression keeps to ECMA-262, not to another language's dialect.",
    "pattern-cost": "A regular expression decides about an example in bounded time.",
    "not-checked": "What the file holds is small enough to be checked.",
}
_STYLE = {
    "tag-undefined": "A tag of an operation is declared at the top, if any is.",
    "trailing-slash": "Neither a path nor a server's URL ends in a slash.",
}
_OFF = {
    "summary": "An operation has a summary.",
    "description": "An operation and an API have descriptions.",
    "operation-tags": "An operation has a tag.",
    "error-response": "An operation documents a 4xx or a default response.",
    "no-security": "An operation says who may call it, or the document does.",
    "license": "The document names a licence.",
}

RULES: Final[Mapping[str, tuple[Severity, str]]] = {
    rule: (severity, promise)
    for severity, group in (
        (Severity.FAULT, _FAULTS),
        (Severity.WARNING, _WARNINGS),
        (Severity.STYLE, _STYLE),
        (Severity.OFF, _OFF),
    )
    for rule, promise in group.items()
}
"""Severity and promise of each rule, by its id."""


class RulesError(Exception):
    """A file of severities that cannot be used; the text names file and line."""


def severities(path: Path | None = None) -> dict[str, Severity]:
    """The severity of each rule, changed by the file at `path` (YAML: an object of rule ids to severities).

    Raises RulesError for an unknown rule or severity, UnreadableError for a file that is not YAML.
    """
    chosen = {rule: severity for rule, (severity, _) in RULES.items()}
    if path is None:
        return chosen
    file = YamlFile.read(path)
    if not isinstance(file.value, dict):
        raise RulesError(f"{path}:1: must be an object of rule ids to severities, as in `example: fault`")
    for rule, severity in file.value.items():
        line = file.line(f"/{rule}")
        if rule not in RULES:
            raise RulesError(f"{path}:{line}: {unknown('rule', rule, RULES, hint='see docs/own-api.md')}")
        if severity not in list(Severity):
            raise RulesError(f"{path}:{line}: {rule} must be one of {', '.join(Severity)}, not {severity!r}")
        chosen[rule] = Severity(severity)
    return chosen
