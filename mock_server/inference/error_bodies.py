"""Fill error bodies of any declared shape: each member is filled according to its name and type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
_CODE_TEXT = re.compile(r"[A-Za-z][A-Za-z_.:-]*")
"""An error code as examples show it: a word, no sentence and no identifier of a request."""
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


Path = tuple[str, ...]
"""The names that lead to a member of a body; entries of lists have none."""

Texts = Mapping[Path, tuple[str, ...]]
"""The texts that examples show, by the paths of their members."""


def texts_of(examples: Iterable[Any]) -> dict[Path, tuple[str, ...]]:
    """Return the texts in documented error bodies by their paths, each once."""
    found: dict[Path, dict[str, None]] = {}
    pending: list[tuple[Path, Any]] = [((), example) for example in examples]
    while pending:
        path, value = pending.pop()
        if isinstance(value, Mapping):
            pending += [((*path, str(name)), item) for name, item in value.items()]
        elif isinstance(value, list):
            pending += [(path, item) for item in value]
        elif isinstance(value, str):
            found.setdefault(path, {})[value] = None
    return {path: tuple(values) for path, values in found.items()}


@dataclass(frozen=True, slots=True)
class ErrorBodies:
    """Fills the body of one error.

    schemas: the components that the body's schema may refer to. status: of the response. shown: the texts in
    the examples of this response. constant: those that all examples of the contract's errors share.
    """

    schemas: Mapping[str, Schema]
    error: ApiError
    status: int
    shown: Texts = field(default_factory=dict)
    constant: Texts = field(default_factory=dict)

    def body(self, schema: Schema | None, at: Path = ()) -> Any:
        """Return the body for a schema, with the members whose names and types have a known meaning.

        at: the place of the schema in the whole body.
        """
        error, shape = self.error, plain_shape(schema, self.schemas)
        if shape.json_type == "array":
            return [self._entry(shape.keywords.get("items"), None, at)]
        if shape.json_type not in {"object", "any"}:
            return message_of(error)
        body: dict[str, Any] = {}
        message_member = self._message_member(shape)
        for name, member in shape.properties.items():
            value: Any = message_of(error)
            if name != message_member:
                value = self._member((*at, name), member, message_member)
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

    def _member(self, at: Path, member: Schema, message_member: str | None) -> Any:
        """The value of one member, or NO_VALUE."""
        error, status, word = self.error, self.status, normalized(at[-1])
        inner = plain_shape(member, self.schemas)
        if inner.json_type == "boolean":
            return False if word in _FALSE else NO_VALUE
        if inner.json_type in {"integer", "number"}:
            return status if word in _STATUS else NO_VALUE
        if inner.json_type == "object":
            return self._object_member(at, member, inner)
        if inner.json_type == "array":
            items = inner.keywords.get("items")
            # A list of errors is left empty when the message beside it says everything.
            if not error.violations and message_member and not inner.keywords.get("minItems"):
                return []
            return [self._entry(items, violation, at) for violation in error.violations or (None,)]
        return self._text(at, inner)

    def _object_member(self, at: Path, member: Schema, inner: Shape) -> Any:
        word = normalized(at[-1])
        if word in _BY_FIELD and not inner.properties:
            return self._by_field(inner)
        nested = word in _TITLE | _MESSAGE | {"errors", "fault"}
        return self.body(member, at) if nested else NO_VALUE

    def _documented_code(self, at: Path) -> str | None:
        """The code that the examples show here and that fits the error, or the one that they always show."""
        shown = [text for text in self.shown.get(at, ()) if _CODE_TEXT.fullmatch(text)]
        if shown:
            best = _code(self.error, self.status, shown)
            if _similarity(best, self.error, self.status) >= 1:
                return best
        return next(iter(self.constant.get(at, ())), None)

    def _text(self, at: Path, inner: Shape) -> Any:
        """The value of a string member, or NO_VALUE."""
        error, status, word = self.error, self.status, normalized(at[-1])
        uri = word == "type" and inner.keywords.get("format") in {"uri", "uri-reference"}
        if word in _PARAMETER:
            places = [place for violation in error.violations if (place := _place(violation))]
            return places[0] if places else NO_VALUE
        choices: tuple[tuple[frozenset[str], str], ...] = (
            (_MESSAGE, message_of(error)),
            (_STATUS - _CODE, str(status)),
            (frozenset({"type"} if uri else ()), "about:blank"),
            (_CODE, self._code_at(at, inner)),
            (_TITLE, phrase(status)),
        )
        return next((value for names, value in choices if word in names), NO_VALUE)

    def _code_at(self, at: Path, inner: Shape) -> str:
        options = inner.keywords.get("enum")
        documented = None if options else self._documented_code(at)
        return documented or _code(self.error, self.status, options)

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

    def _entry(self, items: Schema | None, violation: Violation | None, at: Path) -> Any:
        """One entry of a list of errors. violation: None for an error without violations."""
        inner = plain_shape(items, self.schemas)
        if inner.json_type != "object":
            return message_of(self.error) if violation is None else sentence(violation)
        if violation is None:
            return self.body(items, at)
        siblings = {normalized(name) for name in inner.properties}
        entry = {
            name: self._violation_member((*at, name), member, violation, siblings)
            for name, member in inner.properties.items()
        }
        return {name: value for name, value in entry.items() if value is not NO_VALUE}

    def _violation_member(self, at: Path, member: Schema, violation: Violation, siblings: set[str]) -> Any:
        """The value of a member that describes a violation, or NO_VALUE."""
        word, json_type = normalized(at[-1]), plain_shape(member, self.schemas).json_type
        if json_type == "array" and word in _FIELD:
            return [str(key) for key in (violation.where, *violation.path)]
        if json_type == "object" and word == "source":
            return _source(violation)
        if json_type in {"integer", "number"} and word in _STATUS:
            return self.status
        if json_type in {"string", "any"}:
            documented = self._documented_code(at) if word in _CODE & _RULE else None
            return documented or _violation_text(word, violation, self.status, siblings)
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
    return str(max(options, key=lambda option: _similarity(option, error, status)))


def _similarity(option: Any, error: ApiError, status: int) -> float:
    """How well an error code fits an error: the number of words that they share, and a little for others."""
    hints = {*error.code.value.split("_"), *phrase(status).lower().split()}
    of_class = _OF_CLASS.get(status // 100, frozenset())
    words = set(re.split(r"[^a-z]+", str(option).lower()))
    # A code that fits every error is better than an unrelated one, but worse than any match.
    return len(hints & words) + (0.5 if words & _VAGUE else 0) + 0.1 * len(of_class & words)
