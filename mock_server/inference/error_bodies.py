"""Fill error bodies of any declared shape: each member is filled according to its name and type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mock_server.contract.operation import Operation, Schema
from mock_server.errors.api_error import ApiError, ErrorCode, Violation
from mock_server.errors.sentences import sentence
from mock_server.json_pointer import pointer
from mock_server.sampling.meanings import normalized
from mock_server.sampling.sampler import NO_VALUE
from mock_server.sampling.shapes import Shape, plain_shape

USUAL: Mapping[ErrorCode, tuple[int, ...]] = {
    ErrorCode.UNAUTHENTICATED: (401, 403),
    ErrorCode.FORBIDDEN: (403, 401),
    ErrorCode.NOT_FOUND: (404, 410),
    ErrorCode.ROUTE_NOT_FOUND: (404,),
    ErrorCode.METHOD_NOT_ALLOWED: (405,),
    ErrorCode.NOT_ACCEPTABLE: (406,),
    ErrorCode.CONFLICT: (409, 422, 400),
    ErrorCode.INVALID: (422, 400),
    ErrorCode.BAD_QUERY: (400, 422),
    ErrorCode.UNDECODABLE_BODY: (400, 422),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (415, 400, 422),
    ErrorCode.RATE_LIMITED: (429,),
    ErrorCode.UNAVAILABLE: (503,),
    ErrorCode.INTERNAL: (500,),
}
"""Fitting statuses for each error, the most specific first."""
_INPUT = frozenset(
    {ErrorCode.INVALID, ErrorCode.BAD_QUERY, ErrorCode.UNDECODABLE_BODY, ErrorCode.UNSUPPORTED_MEDIA_TYPE}
)
_ELSE_INVALID = (406, 412, 405)
"""Statuses that published specs use for invalid input where they declare neither 400 nor 422."""


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
_PARAMETER = frozenset({"param", "parameter", "field", "property"})
_RULE = frozenset({"rule", "code", "type", "keyword", "kind", "constraint"})
_BY_FIELD = frozenset(
    {"errors", "fields", "fielderrors", "violations", "validationerrors", "invalid", "details"}
)
_FALSE = frozenset({"success", "ok", "successful"})
"""Normalized names of members of error bodies, by meaning."""
_VAGUE = frozenset({"other", "unknown", "generic", "error", "internal", "unspecified"})
"""Words in error codes that fit every error."""
_OF_CLASS: Mapping[int, frozenset[str]] = {
    4: frozenset({"invalid", "request", "client", "bad"}),
    5: frozenset({"server", "internal", "api"}),
}
"""Words in error codes that fit the statuses of a class, 4 or 5."""


def status_of(error: ApiError, operation: Operation, *, invalid: int) -> int:
    """Return the first fitting status that the operation declares, or the usual one if it declares none.

    invalid: the contract's usual status for invalid input.
    """
    fitting = _fitting_statuses(error, invalid)
    is_covered = bool(operation.responses.keys() & {"default", "4XX", "4xx"})
    if error.code is ErrorCode.CONFLICT and is_covered:
        # 422 and 400 are for invalid input; they stand for a conflict only where nothing else is declared.
        return fitting[0]
    declared = next((status for status in fitting if str(status) in operation.responses), None)
    if declared is not None:
        return declared
    if error.code in _INPUT and not is_covered:
        # A malformed key in the path identifies no record, which an operation may answer with 404.
        only_path = error.violations and all(violation.where == "path" for violation in error.violations)
        others = (404, *_ELSE_INVALID) if only_path else _ELSE_INVALID
        return next((other for other in others if str(other) in operation.responses), fitting[0])
    return fitting[0]


def phrase(status: int) -> str:
    """Return the reason phrase of an HTTP status; "Error" for an unknown one."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _fitting_statuses(error: ApiError, invalid: int) -> tuple[int, ...]:
    if error.code is not ErrorCode.INVALID:
        return USUAL[error.code]
    # Malformed JSON is a bad request even where invalid values are unprocessable.
    if any(violation.keyword == "json" for violation in error.violations):
        return (400, 422)
    return (invalid, *USUAL[error.code])


@dataclass(frozen=True, slots=True)
class ErrorBodies:
    """Fills the body of one error.

    schemas: the components that the body's schema may refer to. status: of the response.
    """

    schemas: Mapping[str, Schema]
    error: ApiError
    status: int

    def body(self, schema: Schema | None) -> Any:
        """Return the body for a schema, with the members whose names and types have a known meaning."""
        error, shape = self.error, plain_shape(schema, self.schemas)
        if shape.json_type == "array":
            return [self._entry(shape.keywords.get("items"), None)]
        if shape.json_type not in {"object", "any"}:
            return message_of(error)
        body: dict[str, Any] = {}
        message_member = self._message_member(shape)
        for name, member in shape.properties.items():
            value: Any = message_of(error)
            if name != message_member:
                value = self._member(normalized(name), member, message_member)
            if value is NO_VALUE or (value in ([], {}) and name not in shape.required):
                continue
            body[name] = value
        if not shape.properties and not shape.closed:
            body = {"message": message_of(error)}
        return body

    def _message_member(self, shape: Shape) -> str | None:
        """The string member for the message: one named like a message, else like a title, else None."""
        texts: list[str] = []
        for name, member in shape.properties.items():
            inner = plain_shape(member, self.schemas)
            restricted = {"enum", "const", "pattern", "format"} & inner.keywords.keys()
            if inner.json_type in {"string", "any"} and not restricted:
                texts.append(name)
        for names in (_MESSAGE, _TITLE):
            for text in texts:
                if normalized(text) in names:
                    return text
        return None

    def _member(self, word: str, member: Schema, message_member: str | None) -> Any:
        """The value of one member, or NO_VALUE. word: its normalized name."""
        error, status = self.error, self.status
        inner = plain_shape(member, self.schemas)
        if inner.json_type == "boolean":
            return False if word in _FALSE else NO_VALUE
        if inner.json_type in {"integer", "number"}:
            return status if word in _STATUS else NO_VALUE
        if inner.json_type == "object":
            return self._object_member(word, member, inner)
        if inner.json_type == "array":
            items = inner.keywords.get("items")
            # A list of errors is left empty when the message beside it says everything.
            if not error.violations and message_member and not inner.keywords.get("minItems"):
                return []
            return [self._entry(items, violation) for violation in error.violations or (None,)]
        return self._text(word, inner)

    def _object_member(self, word: str, member: Schema, inner: Shape) -> Any:
        if word in _BY_FIELD and not inner.properties:
            return self._by_field(inner)
        nested = word in _TITLE | _MESSAGE | {"errors", "fault"}
        return self.body(member) if nested else NO_VALUE

    def _text(self, word: str, inner: Shape) -> Any:
        """The value of a string member, or NO_VALUE."""
        error, status = self.error, self.status
        uri = word == "type" and inner.keywords.get("format") in {"uri", "uri-reference"}
        if word in _PARAMETER:
            places = [place for violation in error.violations if (place := _place(violation))]
            return places[0] if places else NO_VALUE
        choices: tuple[tuple[frozenset[str], str], ...] = (
            (_MESSAGE, message_of(error)),
            (_STATUS - _CODE, str(status)),
            (frozenset({"type"} if uri else ()), "about:blank"),
            (_CODE, _code(error, status, inner.keywords.get("enum"))),
            (_TITLE, phrase(status)),
        )
        return next((value for names, value in choices if word in names), NO_VALUE)

    def _by_field(self, shape: Shape) -> dict[str, Any]:
        """The messages of all violations by the names of their fields."""
        entry = plain_shape(shape.keywords.get("additionalProperties"), self.schemas)
        messages: dict[str, list[str]] = {}
        for violation in self.error.violations:
            field = ".".join(map(str, violation.path)) or violation.where
            messages.setdefault(field, []).append(sentence(violation))
        if entry.json_type in {"array", "any"}:
            return messages
        return {field: texts[0] for field, texts in messages.items()}

    def _entry(self, items: Schema | None, violation: Violation | None) -> Any:
        """One entry of a list of errors. violation: None for an error without violations."""
        inner = plain_shape(items, self.schemas)
        if inner.json_type != "object":
            return message_of(self.error) if violation is None else sentence(violation)
        if violation is None:
            return self.body(items)
        siblings = {normalized(name) for name in inner.properties}
        entry = {
            name: self._violation_member(normalized(name), member, violation, siblings)
            for name, member in inner.properties.items()
        }
        return {name: value for name, value in entry.items() if value is not NO_VALUE}

    def _violation_member(self, word: str, member: Schema, violation: Violation, siblings: set[str]) -> Any:
        """The value of a member that describes a violation, or NO_VALUE. word: its normalized name."""
        json_type = plain_shape(member, self.schemas).json_type
        if json_type == "array" and word in _FIELD:
            return [str(key) for key in (violation.where, *violation.path)]
        if json_type == "object" and word == "source":
            return _source(violation)
        if json_type in {"integer", "number"} and word in _STATUS:
            return self.status
        if json_type in {"string", "any"}:
            return _violation_text(word, violation, self.status, siblings)
        return NO_VALUE


def message_of(error: ApiError) -> str:
    """Return the message of an error in one sentence."""
    if error.message:
        return error.message
    if error.violations:
        more = len(error.violations) - 1
        suffix = f" (and {more} more)" if more else ""
        return sentence(error.violations[0]) + suffix
    if error.subject and error.code is ErrorCode.NOT_FOUND:
        return f"{error.subject} {error.key or ''} not found".replace("  ", " ")
    return phrase(USUAL[error.code][0])


def _violation_text(word: str, violation: Violation, status: int, siblings: set[str]) -> Any:
    """The value of a string member that describes a violation, or NO_VALUE.

    siblings: the normalized names of all members of the entry.
    """
    # The first match counts: names with several meanings come with the more likely one first.
    choices: tuple[tuple[frozenset[str], str], ...] = (
        (_STATUS - _CODE, str(status)),
        (frozenset({"in", "where"}), violation.where),
        (frozenset({"pointer"}), _source(violation)["pointer"]),
        (_FIELD - _RULE, ".".join(map(str, violation.path)) or violation.where),
        (_TITLE if siblings & _MESSAGE else frozenset(), phrase(status)),
        (_MESSAGE | _TITLE, sentence(violation)),
        (_RULE, violation.keyword),
    )
    return next((value for names, value in choices if word in names), NO_VALUE)


def _place(violation: Violation) -> str:
    """The dotted path of the value or of the first member that is not allowed; empty for the whole body."""
    unexpected = violation.limit if violation.keyword == "additionalProperties" else None
    names = unexpected[:1] if isinstance(unexpected, list) else []
    return ".".join(map(str, (*violation.path, *names)))


def _source(violation: Violation) -> dict[str, str]:
    """The location of a violation as in JSON:API: a JSON Pointer and, outside the body, a parameter."""
    place = pointer(violation.path)
    if violation.where == "body":
        return {"pointer": place}
    return {"pointer": place, "parameter": ".".join(map(str, violation.path))}


def _code(error: ApiError, status: int, options: list[Any] | None) -> str:
    """An error code: the most similar one of those that the schema allows, else the mock's own."""
    if not options:
        return error.code.value
    hints = {*error.code.value.split("_"), *phrase(status).lower().split()}
    of_class = _OF_CLASS.get(status // 100, frozenset())

    def similarity(option: Any) -> float:
        parts = set(re.split(r"[^a-z]+", str(option).lower()))
        # A code that fits every error is better than an unrelated one, but worse than any match.
        return len(hints & parts) + (0.5 if parts & _VAGUE else 0) + 0.1 * len(of_class & parts)

    return str(max(options, key=similarity))
