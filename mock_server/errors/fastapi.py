"""The dialect of FastAPI: `detail` is a sentence, or for violations a list of errors as in pydantic."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.coercion import Coercion
from mock_server.contract.json_text import MalformedError, UndecodableError, is_json, loads
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid
from mock_server.errors.dialect import ABSENT, Dialect, Place, Wire
from mock_server.errors.pydantic_errors import MAX_INTEGER_DIGITS, entry

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
    ErrorCode.NOT_ACCEPTABLE: (406, "Not Acceptable"),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (415, "Unsupported Media Type"),
    ErrorCode.RATE_LIMITED: (429, "Too Many Requests"),
    ErrorCode.UNAVAILABLE: (503, "Service Unavailable"),
    ErrorCode.INTERNAL: (500, "Internal Server Error"),
}
_INTEGER = re.compile(r"[+-]?[0-9]+(?:_[0-9]+)*(?:\.0+)?", re.ASCII)
_DASHED = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_UUID = re.compile(
    rf"(?P<bare>[0-9a-fA-F]{{32}}|{_DASHED})|\{{(?P<braced>{_DASHED})\}}|urn:uuid:(?P<urn>{_DASHED})"
)
_BOOLEANS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


def read_body(content_type: str, body: bytes) -> Any:
    """The JSON value of a body; a string if the Content-Type is not JSON, which then violates the schema.

    Raises ApiError: INVALID for a syntax error, UNDECODABLE_BODY for bytes that are not text.
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
    """Render an error as FastAPI does. A 401 names the Bearer scheme, like FastAPI's security classes."""
    status, words = _STATUS[error.code]
    headers = dict(error.headers)
    if error.code is ErrorCode.UNAUTHENTICATED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if error.code is ErrorCode.RATE_LIMITED:
        headers.setdefault("Retry-After", "1")
    if error.violations:
        return Wire(422, headers, {"detail": [entry(violation) for violation in error.violations]})
    if error.code is ErrorCode.NOT_FOUND and error.subject:
        words = f"{error.subject} not found"
    return Wire(status, headers, {"detail": error.message or words})


def places(body: Any) -> Iterator[Place]:
    """The places in `loc` of the entries of `detail`."""
    entries = body.get("detail") if isinstance(body, Mapping) else None
    for listed in entries if isinstance(entries, list) else ():
        loc = listed.get("loc") if isinstance(listed, Mapping) else None
        if isinstance(loc, list) and loc:
            yield str(loc[0]), tuple(loc[1:])


def _integer(value: Any) -> Any:
    """Accept strings of digits with a sign, surrounding spaces, underscores in between or a zero fraction;
    floats without a fraction; booleans."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) <= MAX_INTEGER_DIGITS and _INTEGER.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0].replace("_", ""))
    return value


def _number(value: Any) -> Any:
    """Accept strings with a finite decimal number; booleans."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return number if math.isfinite(number) else value
    return value


def _boolean(value: Any) -> Any:
    """Accept the usual words for true and false in any case, 0 and 1."""
    if isinstance(value, str):
        return _BOOLEANS.get(value.lower(), value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value in (0, 1):
        return bool(value)
    return value


def _uuid(value: Any) -> Any:
    """Accept a UUID with or without hyphens, in braces or as a URN; returns it with hyphens in lower case."""
    match = _UUID.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    digits = (match["bare"] or match["braced"] or match["urn"]).replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


LENIENT = Coercion(leaves={"integer": _integer, "number": _number, "boolean": _boolean, "uuid": _uuid})
"""The conversions of pydantic v2 in lax mode, as measured."""

FASTAPI = Dialect(
    name="fastapi",
    order="fastapi",
    coercion=LENIENT,
    read_body=read_body,
    render=render,
    places=places,
    head_as_get=False,
    slash="redirect",
)
