"""Error dialects: the differences between platforms in reading requests and rendering errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.coercion import Coercion
from mock_server.contract.operation import Operation
from mock_server.errors.api_error import ApiError, ErrorCode

ABSENT: Any = object()
"""Returned by `Dialect.read_body` when no body was sent."""

UNREADABLE: Any = object()
"""Returned by `Dialect.read_body` when the platform treats the body as empty input. The request is rejected
even where empty input is valid."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A rendered error."""

    status: int
    headers: Mapping[str, str]
    body: Any
    media_type: str = "application/json"


Place = tuple[str | None, tuple[str | int, ...]]
"""A parameter or member that an error names: its location ("query", "body", …; None if the dialect does not
say) and the path in it, see Violation."""


def _no_places(_body: Any) -> Iterator[Place]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Dialect:
    """The behaviour of one platform.

    order: the name of its order of steps (see pipeline.steps). coercion: conversions before validation.
    read_body: from content type and bytes to a value, ABSENT or UNREADABLE; raises ApiError. render: from an
    error to its status, headers and body. head_as_get: whether HEAD and OPTIONS are supported. slash: how a
    trailing slash is handled, "redirect", "accept" or "refuse". render_declared: used instead of render where
    each operation declares the shape of its errors. places: the parameters and members that an error body
    names. finds_record_first: whether a path that names no record is not found before anything is validated.
    """

    name: str
    order: str
    coercion: Coercion
    read_body: Callable[[str, bytes], Any]
    render: Callable[[ApiError], Wire]
    head_as_get: bool
    slash: str
    render_declared: Callable[[ApiError, Operation], Wire] | None = None
    places: Callable[[Any], Iterator[Place]] = _no_places
    finds_record_first: bool = False


def error_statuses(dialect: Dialect, operation: Operation) -> frozenset[int]:
    """The statuses of all errors that a dialect can word for an operation."""
    errors = map(ApiError, ErrorCode)
    declared = dialect.render_declared
    return frozenset(
        (declared(error, operation) if declared else dialect.render(error)).status for error in errors
    )
