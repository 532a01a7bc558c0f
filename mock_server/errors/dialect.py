"""What tells one platform's answers from another's, as data the pipeline asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.coercion import Coercion
from mock_server.contract.operation import Operation
from mock_server.errors.api_error import ApiError

ABSENT: Any = object()
"""What read_body gives when no body was sent."""

UNREADABLE: Any = object()
"""What read_body gives when the platform takes the body for empty input. Where even that would pass, it is
refused."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A refusal in a platform's words."""

    status: int
    headers: Mapping[str, str]
    body: Any
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One platform.

    order: which order of steps it follows (see pipeline.steps). coercion: what it turns into what before it
    validates. read_body: content type and bytes to a value, ABSENT or UNREADABLE; raises ApiError. render: a
    refusal in its words. head_as_get: HEAD and OPTIONS are answered. slash: what a slash at the end does
    ("redirect", "accept" or "refuse"). render_declared: takes the place of render where refusals have the
    shape each operation declares for them.
    """

    name: str
    order: str
    coercion: Coercion
    read_body: Callable[[str, bytes], Any]
    render: Callable[[ApiError], Wire]
    head_as_get: bool
    slash: str
    render_declared: Callable[[ApiError, Operation], Wire] | None = None


def is_json(content_type: str) -> bool:
    """Whether a Content-Type header names JSON: application/json or anything ending in +json."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
