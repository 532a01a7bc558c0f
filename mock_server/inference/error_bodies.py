"""Error bodies of any declared shape: each member says of the fault what its name asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.errors.api_error import ApiError, ErrorCode, Violation
from mock_server.errors.sentences import said
from mock_server.inference.envelopes import plain, words
from mock_server.inference.statuses import USUAL, phrase
from mock_server.sampling.sampler import NOTHING
from mock_server.sampling.shapes import Shape

_MESSAGE = frozenset(
    {
        "message",
        "msg",
        "detail",
        "details",
        "description",
        "errordescription",
        "errormessage",
        "reason",
        "text",
        "issue",
        "problem",
        "explanation",
        "cause",
    }
)
_STATUS = frozenset({"status", "statuscode", "httpstatus", "code", "httpcode"})
_TITLE = frozenset({"title", "error", "name", "summary"})
_CODE = frozenset({"code", "errorcode", "type", "key", "kind", "id"})
_FIELD = frozenset(
    {"field", "path", "pointer", "property", "param", "parameter", "loc", "location", "name", "source", "key"}
)
_RULE = frozenset({"rule", "code", "type", "keyword", "kind", "constraint"})
_BY_FIELD = frozenset(
    {"errors", "fields", "fielderrors", "violations", "validationerrors", "invalid", "details"}
)
_FALSE = frozenset({"success", "ok", "successful"})
"""What members of error bodies are called, by what they say, without separators and case."""
_VAGUE = frozenset({"other", "unknown", "generic", "error", "internal", "unspecified"})
"""Words in codes that fit every fault."""


@dataclass(frozen=True, slots=True)
class ErrorBodies:
    """Fills the bodies of one refusal.

    schemas: the components the bodies may refer to. error: what is wrong. status: as which it is refused.
    """

    schemas: Mapping[str, Schema]
    error: ApiError
    status: int

    def body(self, schema: Schema | None) -> Any:
        """The members of an error body that say what is wrong, found by their names and types."""
        error, shape = self.error, plain(schema, self.schemas)
        if shape.json_type == "array":
            return [self._entry(shape.keywords.get("items"), None)]
        if shape.json_type not in {"object", "any"}:
            return told(error)
        body: dict[str, Any] = {}
        telling = self._telling(shape)
        for name, member in shape.properties.items():
            told_once = name == telling and words(name) not in _MESSAGE
            value = told(error) if told_once else self._member(words(name), member, telling)
            if value is not NOTHING and (value not in ([], {}) or name in shape.required):
                body[name] = value
        if not shape.properties and not shape.closed:
            body = {"message": told(error)}
        return body

    def _telling(self, shape: Shape) -> str | None:
        """The text member that says what is wrong: one named so, else a title; None without either."""
        texts = [
            name
            for name, member in shape.properties.items()
            if (inner := plain(member, self.schemas)).json_type in {"string", "any"}
            and not {"enum", "const", "pattern", "format"} & inner.keywords.keys()
        ]
        return next((one for names in (_MESSAGE, _TITLE) for one in texts if words(one) in names), None)

    def _member(self, word: str, member: Schema, telling: str | None) -> Any:
        """What one member of an error body says. telling: the member beside it that tells the fault."""
        error, status = self.error, self.status
        inner = plain(member, self.schemas)
        kind = inner.json_type
        if kind in {"boolean", "integer", "number"}:
            names, value = (_FALSE, False) if kind == "boolean" else (_STATUS, status)
            return value if word in names else NOTHING
        if kind == "object":
            if word in _BY_FIELD and not inner.properties:
                return self._by_field(inner)
            named = word in _TITLE | _MESSAGE | {"errors", "fault"}
            return self.body(member) if named else NOTHING
        if kind == "array":
            items = inner.keywords.get("items")
            if not error.violations and telling and not inner.keywords.get("minItems"):
                return []
            return [self._entry(items, one) for one in error.violations or (None,)]
        uri = word == "type" and inner.keywords.get("format") in {"uri", "uri-reference"}
        choices: tuple[tuple[frozenset[str], str], ...] = (
            (_MESSAGE, told(error)),
            (_STATUS - _CODE, str(status)),
            (frozenset({"type"} if uri else ()), "about:blank"),
            (_CODE, _code(error, status, inner.keywords.get("enum"))),
            (_TITLE, phrase(status)),
        )
        return next((value for names, value in choices if word in names), NOTHING)

    def _by_field(self, shape: Shape) -> dict[str, Any]:
        """The broken rules under the names of the fields they are of."""
        each = plain(shape.keywords.get("additionalProperties"), self.schemas)
        found: dict[str, list[str]] = {}
        for one in self.error.violations:
            found.setdefault(".".join(map(str, one.path)) or one.where, []).append(said(one))
        return {name: all_ if each.json_type in {"array", "any"} else all_[0] for name, all_ in found.items()}

    def _entry(self, items: Schema | None, violation: Violation | None) -> Any:
        """One entry of a list of errors."""
        inner = plain(items, self.schemas)
        if inner.json_type != "object":
            return told(self.error) if violation is None else said(violation)
        if violation is None:
            return self.body(items)
        said_of = _sayings(violation, self.status, {words(name) for name in inner.properties})
        found = {
            name: self._of_violation(words(name), member, said_of, violation)
            for name, member in inner.properties.items()
        }
        return {name: value for name, value in found.items() if value is not NOTHING}

    def _of_violation(
        self, word: str, member: Schema, said_of: Callable[[str], Any], violation: Violation
    ) -> Any:
        """What a member of an entry says of a broken rule, in the type the member has."""
        kind = plain(member, self.schemas).json_type
        if kind == "array" and word in _FIELD:
            return [str(key) for key in (violation.where, *violation.path)]
        if kind == "object" and word == "source":
            return _source(violation)
        if kind in {"integer", "number"} and word in _STATUS:
            return int(said_of("httpstatus"))
        return said_of(word) if kind in {"string", "any"} else NOTHING


def told(error: ApiError) -> str:
    """What is wrong, in a sentence."""
    if error.message:
        return error.message
    if error.violations:
        more = len(error.violations) - 1
        return said(error.violations[0]) + (f" (and {more} more)" if more else "")
    if error.subject and error.code is ErrorCode.NOT_FOUND:
        return f"{error.subject} {error.key or ''} not found".replace("  ", " ")
    return phrase(USUAL[error.code][0])


def _sayings(violation: Violation, status: int, beside: set[str]) -> Callable[[str], Any]:
    """What a text member of a given name says of a broken rule. beside: the names of all members of
    the entry."""
    choices: tuple[tuple[frozenset[str], str], ...] = (
        (_STATUS - _CODE, str(status)),
        (frozenset({"in", "where"}), violation.where),
        (frozenset({"pointer"}), _source(violation)["pointer"]),
        (_FIELD - _RULE, ".".join(map(str, violation.path)) or violation.where),
        (_TITLE if beside & _MESSAGE else frozenset(), phrase(status)),
        (_MESSAGE | _TITLE, said(violation)),
        (_RULE, violation.keyword),
    )
    return lambda word: next((value for names, value in choices if word in names), NOTHING)


def _source(violation: Violation) -> dict[str, str]:
    """Where a rule is broken, as a pointer into the body and as the parameter's name."""
    pointer = "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in violation.path)
    if violation.where == "body":
        return {"pointer": pointer}
    return {"pointer": pointer, "parameter": ".".join(map(str, violation.path))}


def _code(error: ApiError, status: int, options: list[Any] | None) -> str:
    """A code for programs: of those that are allowed the likeliest, else the kind's own name."""
    if not options:
        return error.code.value
    hints = {*error.code.value.split("_"), *phrase(status).lower().split()}

    def likeness(option: Any) -> float:
        parts = set(re.split(r"[^a-z]+", str(option).lower()))
        return len(hints & parts) + (0.5 if parts & _VAGUE else 0)

    return str(max(options, key=likeness))
