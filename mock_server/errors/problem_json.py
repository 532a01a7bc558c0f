"""The default dialect: problem details (RFC 9457), and values validated without conversions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from mock_server.contract.coercion import Coercion
from mock_server.contract.json_text import MalformedError, UndecodableError, is_json, loads
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid
from mock_server.errors.dialect import ABSENT, Dialect, Place, Wire
from mock_server.json_pointer import pointer, tokens

_STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.ROUTE_NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.NOT_ACCEPTABLE: 406,
    ErrorCode.CONFLICT: 409,
    ErrorCode.INVALID: 422,
    ErrorCode.BAD_QUERY: 400,
    ErrorCode.UNDECODABLE_BODY: 400,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.INTERNAL: 500,
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,4000})(?:\.0+)?", re.ASCII)
_NUMBER = re.compile(
    r"-?(?:0|[1-9][0-9]{0,300})(?:\.[0-9]+)?(?:[eE](?:\+?[0-9]{1,2}|-[0-9]{1,3}))?", re.ASCII
)


def _integer(value: Any) -> Any:
    """Accept strings with an integer, which in JSON Schema includes 5.0."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value.partition(".")[0])
    return value


def _number(value: Any) -> Any:
    """Accept strings with a number; one that is written as an integer stays whole."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return value
    return float(value) if set(value) & set(".eE") else int(value)


_BOOLEANS: Mapping[str, bool] = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    "1": True,
    "0": False,
}
"""Some generated clients write a boolean as their language prints it, and PHP's form encoding as 1 and 0."""


def _boolean(value: Any) -> Any:
    return _BOOLEANS.get(value, value) if isinstance(value, str) else value


def read_body(content_type: str, body: bytes) -> Any:
    """The JSON value of a body; a string if there is a Content-Type that is not JSON. Raises ApiError for
    invalid JSON."""
    if not body:
        return ABSENT
    if content_type and not is_json(content_type):
        return body.decode("utf-8", "replace")
    try:
        return loads(body)
    except UndecodableError:
        raise ApiError(ErrorCode.UNDECODABLE_BODY) from None
    except MalformedError as error:
        raise invalid(Violation("body", (), "json", limit=error.offset, message=error.reason)) from None


def render(error: ApiError) -> Wire:
    """Render an error as problem details; violations are listed with JSON pointers."""
    status = _STATUS[error.code]
    headers = dict(error.headers)
    if error.code is ErrorCode.UNAUTHENTICATED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if error.code is ErrorCode.METHOD_NOT_ALLOWED and error.subject:
        body["detail"] = f"{error.subject} is not allowed on {error.key}"
    elif error.message or error.subject:
        body["detail"] = error.message or f"{error.subject} {error.key or ''} not found".replace("  ", " ")
    if error.violations:
        body["errors"] = [
            {"in": violation.where, "pointer": pointer(violation.path), "rule": violation.keyword}
            for violation in error.violations
        ]
    return Wire(status, headers, body, media_type="application/problem+json")


def places(body: Any) -> Iterator[Place]:
    """The places of the entries of `errors`."""
    errors = body.get("errors") if isinstance(body, Mapping) else None
    for listed in errors if isinstance(errors, list) else ():
        if isinstance(listed, Mapping) and isinstance(listed.get("pointer"), str):
            yield listed.get("in"), tuple(tokens(listed["pointer"]))


PROBLEM_JSON = Dialect(
    name="problem_json",
    order="fastapi",
    coercion=Coercion(leaves={"integer": _integer, "number": _number, "boolean": _boolean}, bodies=False),
    read_body=read_body,
    render=render,
    places=places,
    head_as_get=True,
    slash="refuse",
)
