"""FastAPI's dialect: `detail` is a sentence, or for broken rules a list of entries in pydantic's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.contract.json_text import MalformedError, UndecodableError, loads
from mock_server.errors.dialect import ABSENT, Dialect, Wire, is_json
from mock_server.errors.problem import ApiError, Kind, Violation, invalid
from mock_server.errors.pydantic_input import LENIENT
from mock_server.errors.pydantic_words import entry

_STATUS: Mapping[Kind, tuple[int, str]] = {
    Kind.UNAUTHENTICATED: (401, "Not authenticated"),
    Kind.FORBIDDEN: (403, "Forbidden"),
    Kind.NOT_FOUND: (404, "Not found"),
    Kind.ROUTE_NOT_FOUND: (404, "Not Found"),
    Kind.METHOD_NOT_ALLOWED: (405, "Method Not Allowed"),
    Kind.CONFLICT: (409, "Conflict"),
    Kind.INVALID: (422, "Unprocessable Content"),
    Kind.BAD_QUERY: (400, "Bad Request"),
    Kind.UNDECODABLE_BODY: (400, "There was an error parsing the body"),
    Kind.UNSUPPORTED_MEDIA_TYPE: (415, "Unsupported Media Type"),
    Kind.RATE_LIMITED: (429, "Too Many Requests"),
    Kind.UNAVAILABLE: (503, "Service Unavailable"),
    Kind.INTERNAL: (500, "Internal Server Error"),
}


def read_body(content_type: str, body: bytes) -> Any:
    """JSON where the Content-Type says so; any other body is a text, which then is not what the schema asks
    for.

    Raises ApiError: INVALID for broken JSON, UNDECODABLE_BODY for bytes that are no text.
    """
    if not body:
        return ABSENT
    if not is_json(content_type):
        return body.decode("utf-8", "replace")
    try:
        return loads(body)
    except UndecodableError:
        raise ApiError(Kind.UNDECODABLE_BODY) from None
    except MalformedError as error:
        place = Violation("body", (error.offset,), "json", limit=error.offset, given={}, message=error.reason)
        raise invalid(place) from None


def render(error: ApiError) -> Wire:
    """A refusal as FastAPI words it. A 401 names the Bearer scheme, as its security classes do."""
    status, words = _STATUS[error.kind]
    headers = dict(error.headers)
    if error.kind is Kind.UNAUTHENTICATED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if error.kind is Kind.RATE_LIMITED:
        headers.setdefault("Retry-After", "1")
    if error.violations:
        return Wire(422, headers, {"detail": [entry(violation) for violation in error.violations]})
    if error.kind is Kind.NOT_FOUND and error.subject:
        words = f"{error.subject} not found"
    return Wire(status, headers, {"detail": error.message or words})


FASTAPI = Dialect(
    name="fastapi",
    order="fastapi",
    coercion=LENIENT,
    read_body=read_body,
    render=render,
    head_as_get=False,
    slash="redirect",
)
