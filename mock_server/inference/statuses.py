"""Which status an operation refuses with: of those it declares, the one that says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from mock_server.contract.operation import Operation
from mock_server.errors.api_error import ApiError, ErrorCode

USUAL: Mapping[ErrorCode, tuple[int, ...]] = {
    ErrorCode.UNAUTHENTICATED: (401, 403),
    ErrorCode.FORBIDDEN: (403, 401),
    ErrorCode.NOT_FOUND: (404, 410),
    ErrorCode.ROUTE_NOT_FOUND: (404,),
    ErrorCode.METHOD_NOT_ALLOWED: (405,),
    ErrorCode.CONFLICT: (409, 422, 400),
    ErrorCode.INVALID: (422, 400),
    ErrorCode.BAD_QUERY: (400, 422),
    ErrorCode.UNDECODABLE_BODY: (400, 422),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (415, 400, 422),
    ErrorCode.RATE_LIMITED: (429,),
    ErrorCode.UNAVAILABLE: (503,),
    ErrorCode.INTERNAL: (500,),
}
"""Statuses that say what is wrong, the most telling first."""
_INPUT = frozenset(
    {ErrorCode.INVALID, ErrorCode.BAD_QUERY, ErrorCode.UNDECODABLE_BODY, ErrorCode.UNSUPPORTED_MEDIA_TYPE}
)
_ELSE_INVALID = (406, 412, 405)
"""Where an operation declares neither 400 nor 422, these have been seen to mean that input was refused."""


def status_of(error: ApiError, operation: Operation, *, invalid: int) -> int:
    """The first fitting status the operation declares, the usual one where it declares none.

    invalid: the usual one for broken rules.
    """
    wanted = _wanted(error, invalid)
    declared = next((one for one in wanted if str(one) in operation.responses), None)
    if declared is not None:
        return declared
    if error.code in _INPUT and not operation.responses.keys() & {"default", "4XX", "4xx"}:
        lost = error.violations and all(one.where == "path" for one in error.violations)
        others = (404, *_ELSE_INVALID) if lost else _ELSE_INVALID
        return next((one for one in others if str(one) in operation.responses), wanted[0])
    return wanted[0]


def phrase(status: int) -> str:
    """The name HTTP has for a status."""
    return HTTPStatus(status).phrase if status in {one.value for one in HTTPStatus} else "Error"


def _wanted(error: ApiError, invalid: int) -> tuple[int, ...]:
    if any(one.keyword == "json" for one in error.violations) and error.code is ErrorCode.INVALID:
        return (400, 422)
    return (invalid, *USUAL[error.code]) if error.code is ErrorCode.INVALID else USUAL[error.code]
