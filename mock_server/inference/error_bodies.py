"""Error bodies of any declared shape: each member says of the fault what its name asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mock_server.contract.operation import Operation, Schema
from mock_server.errors.api_error import ApiError, ErrorCode, Violation
from mock_server.errors.sentences import said
from mock_server.inference.envelopes import plain, words
from mock_server.json_pointer import pointer
from mock_server.sampling.sampler import NO_VALUE
from mock_server.sampling.shapes import Shape

USUAL: Mapping[ErrorCode, tuple[int, ...]] = {
    ErrorCode.UNAUTHENTICATED: (401, 403),
    ErrorCode.FORBIDDEN: (403, 401),
    ErrorCode.NOT_FOUND: (404, 410),
    ErrorCode.ROUTE_NOT_FOUND: (404,),
    ErrorCode.METHOD_NOT_ALLOWED: (405,),
    ErrorCode.CONFLICT: (409, 422, 400),
    ErrorCode.INVALID: (422, 400),
    ErrorCode.BAD_QUERY: (400, 422),
    ErrorCode.UNDECODABLE_BODY: (400, 422),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (415, 400, 422),
    ErrorCode.RATE_LIMITED: (429,),
    ErrorCode.UNAVAILABLE: (503,),
    ErrorCode.INTERNAL: (500,),
}
"""Statuses that say what is wrong, the most telling first."""
_INPUT = frozenset(
    {ErrorCode.INVALID, ErrorCode.BAD_QUERY, ErrorCode.UNDECODABLE_BODY, ErrorCode.UNSUPPORTED_MEDIA_TYPE}
)
_ELSE_INVALID = (406, 412, 405)
"""Where an operation declares neither 400 nor 422, these have been seen to mean that input was refused."""


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


def status_of(error: ApiError, operation: Operation, *, invalid: int) -> int:
    """The first fitting status the operation declares, the usual one where it declares none.

    invalid: the usual one for broken rules.
    """
    wanted = _wanted(error, invalid)
    declared = next((status for status in wanted if str(status) in operation.responses), None)
    if declared is not None:
        return declared
    if error.code in _INPUT and not operation.responses.keys() & {"default", "4XX", "4xx"}:
        lost = error.violations and all(violation.where == "path" for violation in error.violations)
        others = (404, *_ELSE_INVALID) if lost else _ELSE_INVALID
        return next((other for other in others if str(other) in operation.responses), wanted[0])
    return wanted[0]


def phrase(status: int) -> str:
    """The name HTTP has for a status."""
    return HTTPStatus(status).phrase if status in {known.value for known in HTTPStatus} else "Error"


def _wanted(error: ApiError, invalid: int) -> tuple[int, ...]:
    if any(violation.keyword == "json" for violation in error.violations) and error.code is ErrorCode.INVALID:
        return (400, 422)
    return (invalid, *USUAL[error.code]) if error.code is ErrorCode.INVALID else USUAL[error.code]


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
            if value is not NO_VALUE and (value not in ([], {}) or name in shape.required):
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
        return next((text for names in (_MESSAGE, _TITLE) for text in texts if words(text) in names), None)

    def _member(self, word: str, member: Schema, telling: str | None) -> Any:
        """What one member of an error body says. telling: the member beside it that tells the fault."""
        error, status = self.error, self.status
        inner = plain(member, self.schemas)
        kind = inner.json_type
        if kind in {"boolean", "integer", "number"}:
            names, value = (_FALSE, False) if kind == "boolean" else (_STATUS, status)
            return value if word in names else NO_VALUE
        if kind == "object":
            if word in _BY_FIELD and not inner.properties:
                return self._by_field(inner)
            named = word in _TITLE | _MESSAGE | {"errors", "fault"}
            return self.body(member) if named else NO_VALUE
        if kind == "array":
            items = inner.keywords.get("items")
            if not error.violations and telling and not inner.keywords.get("minItems"):
                return []
            return [self._entry(items, violation) for violation in error.violations or (None,)]
        uri = word == "type" and inner.keywords.get("format") in {"uri", "uri-reference"}
        choices: tuple[tuple[frozenset[str], str], ...] = (
            (_MESSAGE, told(error)),
            (_STATUS - _CODE, str(status)),
            (frozenset({"type"} if uri else ()), "about:blank"),
            (_CODE, _code(error, status, inner.keywords.get("enum"))),
            (_TITLE, phrase(status)),
        )
        return next((value for names, value in choices if word in names), NO_VALUE)

    def _by_field(self, shape: Shape) -> dict[str, Any]:
        """The broken rules under the names of the fields they are of."""
        each = plain(shape.keywords.get("additionalProperties"), self.schemas)
        messages: dict[str, list[str]] = {}
        for violation in self.error.violations:
            messages.setdefault(".".join(map(str, violation.path)) or violation.where, []).append(
                said(violation)
            )
        return {
            name: all_ if each.json_type in {"array", "any"} else all_[0] for name, all_ in messages.items()
        }

    def _entry(self, items: Schema | None, violation: Violation | None) -> Any:
        """One entry of a list of errors."""
        inner = plain(items, self.schemas)
        if inner.json_type != "object":
            return told(self.error) if violation is None else said(violation)
        if violation is None:
            return self.body(items)
        said_of = _sayings(violation, self.status, {words(name) for name in inner.properties})
        entry = {
            name: self._of_violation(words(name), member, said_of, violation)
            for name, member in inner.properties.items()
        }
        return {name: value for name, value in entry.items() if value is not NO_VALUE}

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
        return said_of(word) if kind in {"string", "any"} else NO_VALUE


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
    return lambda word: next((value for names, value in choices if word in names), NO_VALUE)


def _source(violation: Violation) -> dict[str, str]:
    """Where a rule is broken, as a pointer into the body and as the parameter's name."""
    place = pointer(violation.path)
    if violation.where == "body":
        return {"pointer": place}
    return {"pointer": place, "parameter": ".".join(map(str, violation.path))}


def _code(error: ApiError, status: int, options: list[Any] | None) -> str:
    """A code for programs: of those that are allowed the likeliest, else the kind's own name."""
    if not options:
        return error.code.value
    hints = {*error.code.value.split("_"), *phrase(status).lower().split()}

    def likeness(option: Any) -> float:
        parts = set(re.split(r"[^a-z]+", str(option).lower()))
        return len(hints & parts) + (0.5 if parts & _VAGUE else 0)

    return str(max(options, key=likeness))
