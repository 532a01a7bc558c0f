"""FastAPI's dialect: `detail` is a sentence, or for broken rules a list of entries in pydantic's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.contract.json_text import MalformedError, UndecodableError, loads
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid
from mock_server.errors.dialect import ABSENT, Dialect, Wire, is_json
from mock_server.errors.pydantic_input import LENIENT
from mock_server.errors.pydantic_words import entry

_STATUS: Mapping[ErrorCode, tuple[int, str]] = {
    ErrorCode.UNAUTHENTICATED: (401, "Not authenticated"),
    ErrorCode.FORBIDDEN: (403, "Forbidden"),
    ErrorCode.NOT_FOUND: (404, "Not found"),
    ErrorCode.ROUTE_NOT_FOUND: (404, "Not Found"),
    ErrorCode.METHOD_NOT_ALLOWED: (405, "Method Not Allowed"),
    ErrorCode.CONFLICT: (409, "Conflict"),
    ErrorCode.INVALID: (422, "Unprocessable Content"),
    ErrorCode.BAD_QUERY: (400, "Bad Request"),
    ErrorCode.UNDECODABLE_BODY: (400, "There was an error parsing the body"),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (415, "Unsupported Media Type"),
    ErrorCode.RATE_LIMITED: (429, "Too Many Requests"),
    ErrorCode.UNAVAILABLE: (503, "Service Unavailable"),
    ErrorCode.INTERNAL: (500, "Internal Server Error"),
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
        raise ApiError(ErrorCode.UNDECODABLE_BODY) from None
    except MalformedError as error:
        place = Violation("body", (error.offset,), "json", limit=error.offset, given={}, message=error.reason)
        raise invalid(place) from None


def render(error: ApiError) -> Wire:
    """A refusal as FastAPI words it. A 401 names the Bearer scheme, as its security classes do."""
    status, words = _STATUS[error.kind]
    headers = dict(error.headers)
    if error.kind is ErrorCode.UNAUTHENTICATED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if error.kind is ErrorCode.RATE_LIMITED:
        headers.setdefault("Retry-After", "1")
    if error.violations:
        return Wire(422, headers, {"detail": [entry(violation) for violation in error.violations]})
    if error.kind is ErrorCode.NOT_FOUND and error.subject:
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
