"""Errors of a request as values. A dialect renders them as the last step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple


class ErrorCode(Enum):
    """The codes of errors that all dialects support. The dialect decides the status and body of each."""

    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    ROUTE_NOT_FOUND = "route_not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    CONFLICT = "conflict"
    INVALID = "invalid"
    BAD_QUERY = "bad_query"
    UNDECODABLE_BODY = "undecodable_body"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class Violation(NamedTuple):
    """A violation of one rule at one place of a request.

    where: "path", "query", "header", "cookie" or "body". path: the place in it as keys and indexes, starting
    with the name of a parameter. keyword: the violated keyword of JSON Schema ("required", "type",
    "maxLength", "format", "enum", "pattern", …), or "json" for a syntax error (limit is its offset, message
    the reason), or "value" for a rule of a behaviour file (message describes it). limit: the value of the
    keyword, such as the bound or the allowed values; for "required" the members of which any one would be
    enough, if several; for "type" one word: a JSON type, the format of a formatted string, or "members" for
    an object with declared members. given: the value as sent; for "required" the object without the member.
    message: replaces the wording of the dialect.
    """

    where: str
    path: tuple[str | int, ...]
    keyword: str
    limit: Any = None
    given: Any = None
    message: str | None = None


@dataclass(slots=True)
class ApiError(Exception):
    """An error reply, independent of the dialect.

    message: None for the wording of the dialect. subject: the name of the model or resource that was not
    found. key: the requested id, with subject. headers: additional response headers (Allow, Retry-After).
    """

    code: ErrorCode
    message: str | None = None
    violations: tuple[Violation, ...] = ()
    subject: str | None = None
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid(*violations: Violation) -> ApiError:
    """The error for these violations."""
    return ApiError(ErrorCode.INVALID, violations=violations)


def not_found(subject: str, key: object) -> ApiError:
    """The error for a key that does not exist, or that the caller may not know of."""
    return ApiError(ErrorCode.NOT_FOUND, subject=subject, key=str(key))
