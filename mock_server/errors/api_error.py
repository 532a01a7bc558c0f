"""What can go wrong with a request, as values: a dialect turns them into the wire's words at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class ErrorCode(Enum):
    """The kinds of refusal every platform knows; the dialect decides status and body of each."""

    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    ROUTE_NOT_FOUND = "route_not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    INVALID = "invalid"
    BAD_QUERY = "bad_query"
    UNDECODABLE_BODY = "undecodable_body"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule at one place.

    where: "path", "query", "header", "cookie" or "body". path: the place inside it, keys and indexes, a
    parameter's name first. keyword: the broken rule in JSON Schema's words ("required", "type", "maxLength",
    "format", "enum", "pattern" …) or one of ours: "json" (the text is no JSON; limit is the offset, message
    the reason), "value" (a rule of behaviour; message says which). limit: the schema's side of the rule (the
    bound, the list of values); for "required" the members of which any would do, where there are several; for
    "type" one word: a JSON type, the format of a formatted string, or "members" for an object with declared
    members. given: the offending value as sent (for "required" what lacks the member).
    """

    where: str
    path: tuple[str | int, ...]
    keyword: str
    limit: Any = None
    given: Any = None
    message: str | None = None


@dataclass(slots=True)
class ApiError(Exception):
    """A refusal on its way to the client: a code, never a JSON body.

    message: what to tell, None for the dialect's own words. subject: what was not found (model or resource
    name). headers: extra response headers (Allow, Retry-After). key: the id asked for, when subject is given.
    """

    code: ErrorCode
    message: str | None = None
    violations: tuple[Violation, ...] = ()
    subject: str | None = None
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid(*violations: Violation) -> ApiError:
    """A refusal for broken rules, all of them together."""
    return ApiError(ErrorCode.INVALID, violations=violations)


def not_found(subject: str, key: object) -> ApiError:
    """A refusal because nothing (or nothing the caller may know of) has this key."""
    return ApiError(ErrorCode.NOT_FOUND, subject=subject, key=str(key))
