"""Faults that make the body, status or content type of a reply violate the contract."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import islice
from typing import Any, ClassVar, Self

from mock_server.contract.json_text import MalformedError, UndecodableError, dumps, is_json, loads
from mock_server.contract.operation import Schema
from mock_server.contract.schema import member, parts
from mock_server.faults.fault import Argument, DeclaredReply, Draw, Form, ResponseFault
from mock_server.json_pointer import Path, find
from mock_server.messages import Response
from mock_server.object_reader import ObjectReader

UNFIT: Any = object()
"""Returned where a fault cannot be applied at a place of a body."""

_MAX_PLACES = 1000
"""The maximum number of places that are tried in a body, so that a large one does not block the server."""

_EXTRA_NAME = "undeclared_member"
_BODILESS = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class InvalidJson(ResponseFault):
    """A JSON body with a syntax error: cut off, wrong quotes, an extra comma or sent twice."""

    kind: ClassVar[str] = "invalid_json"
    label: ClassVar[str] = "Invalid JSON body"
    group: ClassVar[str] = "Transport failures"
    anywhere: ClassVar[bool] = True
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "PlainFault",
            "The connection is reset instead of a response, or the body is not valid JSON.",
        ),
    )

    def mutate_response(self, response: Response, draw: Draw, declared: DeclaredReply) -> Response:  # noqa: ARG002
        if not response.body or not is_json(response.headers.get("Content-Type", "")):
            return response
        broken = draw.choice(_SYNTAX_ERRORS, "way")(response.body)
        # Some changes leave a short body valid, such as the first half of a number.
        if _parses(broken):
            broken = response.body + b"}"
        return replace(response, body=broken)


_SYNTAX_ERRORS: Sequence[Callable[[bytes], bytes]] = (
    lambda body: body[: len(body) // 2],
    lambda body: body[:-1],
    lambda body: body.replace(b'"', b"'"),
    lambda body: body[:-1] + b"," + body[-1:],
    lambda body: body + body,
)


def _parses(body: bytes) -> bool:
    try:
        loads(body)
    except (MalformedError, UndecodableError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class BodyFault(ResponseFault):
    """A fault that changes one place of a JSON body. pointer: a JSON pointer; None for the first place where
    the changed body violates the contract."""

    group: ClassVar[str] = "Contract violations"
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "MemberDefect",
            "One member of the response violates the contract.",
            (
                Argument(
                    "pointer",
                    {
                        "type": "string",
                        "maxLength": 1000,
                        "pattern": "^(/([^~/]|~[01])*)*$",
                        "description": (
                            "The member, as a JSON pointer. If omitted, "
                            "the first location where the change violates the contract."
                        ),
                    },
                    label="Location, as a JSON pointer",
                    placeholder="the first suitable location",
                    words="at {}",
                ),
            ),
        ),
    )
    pointer: str | None = None

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:
        allowed = "a JSON pointer such as /data/0/status, at most 1000 characters"
        pointer = reader.text("pointer", "(?=.{0,1000}$)(?:/(?:[^~/]|~[01])*)*", allowed)
        return cls(pointer)

    @abstractmethod
    def broken_at(self, body: Any, path: Path, draw: Draw, declared: DeclaredReply) -> Any:
        """The body with this place changed; UNFIT where the fault cannot be applied there."""

    def mutate_response(self, response: Response, draw: Draw, declared: DeclaredReply) -> Response:
        if not response.body or not is_json(response.headers.get("Content-Type", "")):
            return response
        try:
            body = loads(response.body)
        except (MalformedError, UndecodableError):
            return response
        changed = self._changed(body, draw, declared)
        return response if changed is UNFIT else replace(response, body=dumps(changed))

    def _changed(self, body: Any, draw: Draw, declared: DeclaredReply) -> Any:
        if self.pointer is not None:
            path = find(body, self.pointer)
            return UNFIT if path is None else self.broken_at(body, path, draw, declared)
        for path, _ in islice(_places(body), _MAX_PLACES):
            changed = self.broken_at(body, path, draw, declared)
            if changed is not UNFIT and (declared.check is None or declared.breaks(changed)):
                return changed
        return self.otherwise(body, draw)

    def otherwise(self, body: Any, draw: Draw) -> Any:  # noqa: ARG002 - most have no alternative
        """The changed body where no change violates the contract; UNFIT to leave the body unchanged."""
        return UNFIT


@dataclass(frozen=True, slots=True)
class MissingMember(BodyFault):
    """Removes a required member, or the member or entry at the pointer."""

    kind: ClassVar[str] = "missing_member"
    label: ClassVar[str] = "Missing required member"

    def broken_at(self, body: Any, path: Path, draw: Draw, declared: DeclaredReply) -> Any:  # noqa: ARG002
        return _without(body, path) if path else UNFIT


@dataclass(frozen=True, slots=True)
class NullMember(BodyFault):
    """Replaces a value by null; the whole body only where the pointer is empty."""

    kind: ClassVar[str] = "null_member"
    label: ClassVar[str] = "null where it is not allowed"

    def broken_at(self, body: Any, path: Path, draw: Draw, declared: DeclaredReply) -> Any:  # noqa: ARG002
        whole = not path and self.pointer is None
        return UNFIT if whole or _at(body, path) is None else _with(body, path, None)


@dataclass(frozen=True, slots=True)
class WrongType(BodyFault):
    """Replaces a value by one of another JSON type: strings become numbers, lists and objects each other, and
    everything else becomes a string."""

    kind: ClassVar[str] = "wrong_type"
    label: ClassVar[str] = "Value of the wrong type"

    def broken_at(self, body: Any, path: Path, draw: Draw, declared: DeclaredReply) -> Any:  # noqa: ARG002
        if not path and self.pointer is None:
            return UNFIT
        return _with(body, path, _of_another_type(_at(body, path), draw))


def _of_another_type(value: Any, draw: Draw) -> Any:
    if isinstance(value, str):
        return int(draw.fraction("number") * 1000)
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return {str(number): entry for number, entry in enumerate(value)}
    return {None: "null", True: "true", False: "false"}.get(value, str(value))


@dataclass(frozen=True, slots=True)
class ExtraMember(BodyFault):
    """Adds an undeclared member to an object: where the contract forbids it, else to the first object."""

    kind: ClassVar[str] = "extra_member"
    label: ClassVar[str] = "Undeclared member"

    def broken_at(self, body: Any, path: Path, draw: Draw, declared: DeclaredReply) -> Any:  # noqa: ARG002
        return _with_extra_member(body, path, draw)

    def otherwise(self, body: Any, draw: Draw) -> Any:
        first = next((path for path, item in _places(body) if isinstance(item, dict)), None)
        return UNFIT if first is None else _with_extra_member(body, first, draw)


def _with_extra_member(body: Any, path: Path, draw: Draw) -> Any:
    item = _at(body, path)
    if not isinstance(item, dict) or _EXTRA_NAME in item:
        return UNFIT
    return _with(body, path, {**item, _EXTRA_NAME: int(draw.fraction("value") * 1000)})


@dataclass(frozen=True, slots=True)
class UnknownEnum(BodyFault):
    """Replaces a string that the schema limits to an enumeration by one outside of it."""

    kind: ClassVar[str] = "unknown_enum"
    label: ClassVar[str] = "Value outside the enum"

    def broken_at(self, body: Any, path: Path, draw: Draw, declared: DeclaredReply) -> Any:
        if self.pointer is None:
            is_candidate = isinstance(_at(body, path), str) and _is_enum(path, declared)
            if not is_candidate:
                return UNFIT
        return _with(body, path, f"unknown_{int(draw.fraction('word') * 10_000):04}")


def _is_enum(path: Path, declared: DeclaredReply) -> bool:
    schema: Schema | None = declared.schema
    for key in path:
        schema = None if schema is None else member(schema, key, declared.schemas)
    return schema is not None and any("enum" in part for part in parts(schema, declared.schemas))


@dataclass(frozen=True, slots=True)
class WrongStatus(ResponseFault):
    """Replaces the status by one that the operation does not declare.

    status: None for an undeclared one with the same first digit.
    """

    kind: ClassVar[str] = "wrong_status"
    label: ClassVar[str] = "Undeclared status"
    group: ClassVar[str] = "Contract violations"
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "StatusDefect",
            "The response has a status that the operation does not declare.",
            (
                Argument(
                    "status",
                    {
                        "type": "integer",
                        "minimum": 200,
                        "maximum": 599,
                        "description": "The status. If omitted, an undeclared one with the same first digit.",
                    },
                    label="Status",
                    placeholder="chosen automatically",
                    words="status {}",
                ),
            ),
        ),
    )
    status: int | None = None

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:
        return cls(reader.integer("status", 200, 599))

    def mutate_response(self, response: Response, draw: Draw, declared: DeclaredReply) -> Response:
        status = self.status
        if status is None:
            status = draw.choice(_undeclared_statuses(response, declared), "status")
        return response if status == response.status else replace(response, status=status)


def _undeclared_statuses(response: Response, declared: DeclaredReply) -> list[int]:
    known: Mapping[str, Any] = declared.operation.responses if declared.operation else {}
    same_class = [status.value for status in HTTPStatus if status // 100 == response.status // 100]
    return [
        status
        for status in same_class
        if str(status) not in known and status != response.status and status not in _BODILESS
    ]


@dataclass(frozen=True, slots=True)
class WrongContentType(ResponseFault):
    """Replaces the content type of the reply; the body is not changed."""

    kind: ClassVar[str] = "wrong_content_type"
    label: ClassVar[str] = "Undeclared content type"
    group: ClassVar[str] = "Contract violations"
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "ContentTypeDefect",
            "The response has a content type that the operation does not declare.",
            (
                Argument(
                    "content_type",
                    {
                        "type": "string",
                        "pattern": "^[!-~]([ -~]{0,198}[!-~])?$",
                        "default": "text/html; charset=utf-8",
                    },
                    label="Content type",
                    placeholder="chosen automatically",
                    words="{}",
                ),
            ),
        ),
    )
    content_type: str = "text/html; charset=utf-8"

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:
        allowed = "1 to 200 characters of printable ASCII, without leading or trailing spaces"
        given = reader.text("content_type", "[!-~](?:[ -~]{0,198}[!-~])?", allowed)
        return cls() if given is None else cls(given)

    def mutate_response(self, response: Response, draw: Draw, declared: DeclaredReply) -> Response:  # noqa: ARG002
        if not response.body:
            return response
        return replace(response, headers={**response.headers, "Content-Type": self.content_type})


def _places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """All places of a JSON value with their values, in document order, containers before their contents."""
    yield path, value
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in entries:
            yield from _places(item, (*path, key))


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def _with(value: Any, path: Path, new: Any) -> Any:
    """A copy of the value with another one at this place. Only the containers on the path are copied."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _with(value[path[0]], path[1:], new) if len(path) > 1 else new
    return copy


def _without(value: Any, path: Path) -> Any:
    """A copy of the value without this member or entry."""
    container = _at(value, path[:-1]).copy()
    del container[path[-1]]
    return _with(value, path[:-1], container)
