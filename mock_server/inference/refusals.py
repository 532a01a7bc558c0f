"""Refusals in the shape each operation declares for them: the spec's own error schemas, filled with
the real fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from mock_server.contract.operation import Operation, Response, Schema
from mock_server.contract.plan import json_content
from mock_server.errors import fastapi, laravel, problem_json
from mock_server.errors.dialect import Dialect, Wire
from mock_server.errors.problem import ApiError, Kind, Violation
from mock_server.errors.sentences import said
from mock_server.inference.envelopes import plain, words
from mock_server.sampling.headers import sampled_headers
from mock_server.sampling.sampler import NOTHING, Sampler
from mock_server.sampling.shapes import Shape

_STATUSES: Mapping[Kind, tuple[int, ...]] = {
    Kind.UNAUTHENTICATED: (401, 403),
    Kind.FORBIDDEN: (403, 401),
    Kind.NOT_FOUND: (404, 410),
    Kind.ROUTE_NOT_FOUND: (404,),
    Kind.METHOD_NOT_ALLOWED: (405,),
    Kind.CONFLICT: (409, 422, 400),
    Kind.INVALID: (422, 400),
    Kind.BAD_QUERY: (400, 422),
    Kind.UNDECODABLE_BODY: (400, 422),
    Kind.UNSUPPORTED_MEDIA_TYPE: (415, 400, 422),
    Kind.RATE_LIMITED: (429,),
    Kind.UNAVAILABLE: (503,),
    Kind.INTERNAL: (500,),
}
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
_VAGUE = frozenset({"other", "unknown", "generic", "error", "internal", "unspecified"})
_FALSE = frozenset({"success", "ok", "successful"})


@dataclass(frozen=True, slots=True)
class Refusals:
    """Renders refusals of one contract. invalid: the status for broken rules where an operation
    declares none."""

    sampler: Sampler
    invalid: int

    def render(self, error: ApiError, operation: Operation) -> Wire:
        """The refusal as the operation declares it; problem details (RFC 9457) where it says nothing
        of a body."""
        status = self.status(error, operation)
        declared = operation.response(status)
        headers = {
            **sampled_headers(self.sampler, declared, operation.id),
            **_usual_headers(error, status, operation, self.sampler),
        }
        if declared is None or not declared.content:
            wire = problem_json.render(error)
            body = {**wire.body, "status": status, "title": _phrase(status)}
            return Wire(status, headers, body, media_type="application/problem+json")
        kind, schema = _spoken(declared)
        if "json" not in kind and kind != "*/*":
            return Wire(
                status, headers, self.sampler.answer(schema, ("error", operation.id), told(error)), kind
            )
        return Wire(
            status,
            headers,
            self._body(error, status, schema, operation),
            kind.replace("*/*", "application/json"),
        )

    def status(self, error: ApiError, operation: Operation) -> int:
        """The first fitting status the operation declares."""
        wanted = _STATUSES[error.kind]
        if error.kind is Kind.INVALID:
            wanted = (self.invalid, *wanted)
            if any(one.keyword == "json" for one in error.violations):
                wanted = (400, 422)
        for status in wanted:
            if str(status) in operation.responses:
                return status
        if operation.responses.keys() & {"default", "4XX", "4xx"}:
            return wanted[0]
        if error.kind in {Kind.INVALID, Kind.BAD_QUERY, Kind.UNDECODABLE_BODY, Kind.UNSUPPORTED_MEDIA_TYPE}:
            lost = error.violations and all(one.where == "path" for one in error.violations)
            for status in ((404,) if lost else ()) + _ELSE_INVALID:
                if str(status) in operation.responses:
                    return status
        return wanted[0]

    def _body(self, error: ApiError, status: int, schema: Schema, operation: Operation) -> Any:
        """A platform's own words where the schema is that platform's, else the schema's members by
        their names."""
        place = ("error", operation.id, status)
        members = plain(schema, self.sampler.contract.schemas).properties
        for platform in (fastapi.render, laravel.render):
            body = platform(error).body
            if (
                body.keys() <= members.keys()
                and self._is_dialect(members)
                and self.sampler.holds(schema, body)
            ):
                return body
        return self.sampler.answer(schema, place, self._filled(schema, error, status))

    def _is_dialect(self, members: Mapping[str, Schema]) -> bool:
        schemas = self.sampler.contract.schemas
        if set(members) == {"detail"}:
            return True
        return set(members) == {"message", "errors"} and plain(members["errors"], schemas).kind == "object"

    def _filled(self, schema: Schema | None, error: ApiError, status: int) -> Any:
        """The members of an error body that say what is wrong, found by their names and types."""
        schemas = self.sampler.contract.schemas
        shape = plain(schema, schemas)
        if shape.kind == "array":
            return [self._entry(shape.keywords.get("items"), error, None, status)]
        if shape.kind not in {"object", "any"}:
            return told(error)
        body: dict[str, Any] = {}
        telling = self._telling(shape)
        for name, member in shape.properties.items():
            told_once = name == telling and words(name) not in _MESSAGE
            value = told(error) if told_once else self._member(words(name), member, error, status, telling)
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
            if (inner := plain(member, self.sampler.contract.schemas)).kind in {"string", "any"}
            and not {"enum", "const", "pattern", "format"} & inner.keywords.keys()
        ]
        return next((one for names in (_MESSAGE, _TITLE) for one in texts if words(one) in names), None)

    def _member(self, word: str, member: Schema, error: ApiError, status: int, telling: str | None) -> Any:
        """What one member of an error body says. telling: the member beside it that tells the fault."""
        inner = plain(member, self.sampler.contract.schemas)
        kind = inner.kind
        if kind in {"boolean", "integer", "number"}:
            names, value = (_FALSE, False) if kind == "boolean" else (_STATUS, status)
            return value if word in names else NOTHING
        if kind == "object":
            if word in _BY_FIELD and not inner.properties:
                return self._by_field(inner, error)
            named = word in _TITLE | _MESSAGE | {"errors", "fault"}
            return self._filled(member, error, status) if named else NOTHING
        if kind == "array":
            items = inner.keywords.get("items")
            if not error.violations and telling and not inner.keywords.get("minItems"):
                return []
            return [self._entry(items, error, one, status) for one in error.violations or (None,)]
        uri = word == "type" and inner.keywords.get("format") in {"uri", "uri-reference"}
        choices: tuple[tuple[frozenset[str], str], ...] = (
            (_MESSAGE, told(error)),
            (_STATUS - _CODE, str(status)),
            (frozenset({"type"} if uri else ()), "about:blank"),
            (_CODE, _code(error, status, inner.keywords.get("enum"))),
            (_TITLE, _phrase(status)),
        )
        return next((value for names, value in choices if word in names), NOTHING)

    def _by_field(self, shape: Shape, error: ApiError) -> dict[str, Any]:
        """The broken rules under the names of the fields they are of."""
        each = plain(shape.keywords.get("additionalProperties"), self.sampler.contract.schemas)
        found: dict[str, list[str]] = {}
        for one in error.violations:
            found.setdefault(".".join(map(str, one.path)) or one.where, []).append(said(one))
        return {name: all_ if each.kind in {"array", "any"} else all_[0] for name, all_ in found.items()}

    def _entry(self, items: Schema | None, error: ApiError, violation: Violation | None, status: int) -> Any:
        """One entry of a list of errors."""
        inner = plain(items, self.sampler.contract.schemas)
        if inner.kind != "object":
            return told(error) if violation is None else said(violation)
        if violation is None:
            return self._filled(items, error, status)
        said_of = _sayings(violation, status, {words(name) for name in inner.properties})
        found = {
            name: self._of_violation(words(name), member, said_of, violation)
            for name, member in inner.properties.items()
        }
        return {name: value for name, value in found.items() if value is not NOTHING}

    def _of_violation(
        self, word: str, member: Schema, said_of: Callable[[str], Any], violation: Violation
    ) -> Any:
        """What a member of an entry says of a broken rule, in the type the member has."""
        kind = plain(member, self.sampler.contract.schemas).kind
        if kind == "array" and word in _FIELD:
            return [str(key) for key in (violation.where, *violation.path)]
        if kind == "object" and word == "source":
            return _source(violation)
        if kind in {"integer", "number"} and word in _STATUS:
            return int(said_of("httpstatus"))
        return said_of(word) if kind in {"string", "any"} else NOTHING


def dialect(sampler: Sampler) -> Dialect:
    """The dialect of a contract whose spec declares its own errors."""
    declared = [code for one in sampler.contract.operations.values() for code in one.responses]
    invalid = 422 if declared.count("422") >= declared.count("400") else 400
    refusals = Refusals(sampler, invalid)
    return replace(
        problem_json.PROBLEM_JSON, name="declared", order="declared", render_declared=refusals.render
    )


def _sayings(violation: Violation, status: int, beside: set[str]) -> Callable[[str], Any]:
    """What a text member of a given name says of a broken rule. beside: the names of all members of
    the entry."""
    choices: tuple[tuple[frozenset[str], str], ...] = (
        (_STATUS - _CODE, str(status)),
        (frozenset({"in", "where"}), violation.where),
        (frozenset({"pointer"}), _source(violation)["pointer"]),
        (_FIELD - _RULE, ".".join(map(str, violation.path)) or violation.where),
        (_TITLE if beside & _MESSAGE else frozenset(), _phrase(status)),
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


def told(error: ApiError) -> str:
    """What is wrong, in a sentence."""
    if error.message:
        return error.message
    if error.violations:
        more = len(error.violations) - 1
        return said(error.violations[0]) + (f" (and {more} more)" if more else "")
    if error.subject and error.kind is Kind.NOT_FOUND:
        return f"{error.subject} {error.key or ''} not found".replace("  ", " ")
    return _phrase(_STATUSES[error.kind][0])


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in {one.value for one in HTTPStatus} else "Error"


def _code(error: ApiError, status: int, options: list[Any] | None) -> str:
    """A code for programs: of those that are allowed the likeliest, else the kind's own name."""
    if not options:
        return error.kind.value
    hints = {*error.kind.value.split("_"), *_phrase(status).lower().split()}

    def likeness(option: Any) -> float:
        said = set(re.split(r"[^a-z]+", str(option).lower()))
        return len(hints & said) + (0.5 if said & _VAGUE else 0)

    return str(max(options, key=likeness))


def _spoken(declared: Response) -> tuple[str, Schema]:
    for kind, schema in declared.content.items():
        if "problem+json" in kind:
            return kind, schema
    return json_content(declared.content)


def _usual_headers(error: ApiError, status: int, operation: Operation, sampler: Sampler) -> dict[str, str]:
    headers = dict(error.headers)
    if status == HTTPStatus.UNAUTHORIZED:
        kinds = [sampler.contract.schemes[name].kind for one in operation.security for name in one]
        challenge = 'Basic realm="api"' if kinds and kinds[0] == "basic" else "Bearer"
        headers.setdefault("WWW-Authenticate", challenge)
    return headers
