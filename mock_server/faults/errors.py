"""Faults that reply with an error instead of processing the request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from math import ceil
from typing import ClassVar, Self

from mock_server.contract.operation import Operation
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.faults.fault import Argument, DocumentedAnswer, ErrorFault, Form, RuleCount
from mock_server.messages import Response
from mock_server.object_reader import ObjectReader
from mock_server.when import RequestFacts

MAX_SECONDS = 86_400
"""The longest window of a rate limit, and the longest Retry-After."""

MAX_LIMIT = 1_000_000

_RETRY_AFTER = {"$ref": "#/components/schemas/RetryAfter"}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Status(ErrorFault):
    """The documented reply of an error status, or the platform's own.

    example: the name of one of its examples; None for any.
    """

    kind: ClassVar[str] = "status"
    label: ClassVar[str] = "Documented error"
    group: ClassVar[str] = "Error responses"
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "StatusFault",
            "The operation responds with a documented error, or with one in the words of its platform.",
            (
                Argument(
                    "code",
                    {
                        "type": "integer",
                        "minimum": 400,
                        "maximum": 599,
                        "description": "One that the operation documents or its platform has an error for.",
                    },
                    required=True,
                    label="Status",
                    value="500",
                    hint="One that the operation documents or its platform has an error for.",
                    words="status {}",
                ),
                Argument(
                    "example",
                    {"$ref": "#/components/schemas/ExampleName"},
                    label="Example",
                    placeholder="any",
                    words="example {}",
                ),
            ),
        ),
    )
    code: int
    example: str | None = None

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:
        code = reader.integer("code", 400, 599, required=True)
        return cls(code or 0, reader.name("example"))

    def fits(self, operation: Operation) -> bool:
        return operation.declares(self.code, self.example)

    def fits_request(self, request: RequestFacts) -> bool:
        is_worded = self.example is None and self.code in request.error_statuses
        return is_worded or ErrorFault.fits_request(self, request)

    def answer(self, count: RuleCount, now: datetime) -> DocumentedAnswer:  # noqa: ARG002
        return DocumentedAnswer(self.code, self.example)


@dataclass(frozen=True, slots=True)
class RateLimit(ErrorFault):
    """429 with Retry-After: above a limit, or always.

    limit: the number of calls that pass in a window. window_seconds: the length of a window in the world's
    time; it starts with its first call, and Retry-After is the time to its end. retry_after: every call is
    refused, with this number of seconds.
    """

    kind: ClassVar[str] = "rate_limit"
    label: ClassVar[str] = "Too many requests (429)"
    group: ClassVar[str] = "Error responses"
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "RateLimitFault",
            "Requests beyond the limit in a window of the world's time get 429 with `Retry-After`.",
            (
                Argument(
                    "limit",
                    {"type": "integer", "minimum": 0, "maximum": MAX_LIMIT},
                    required=True,
                    label="Requests",
                    value="5",
                    words="{} requests",
                ),
                Argument(
                    "window_seconds",
                    {"type": "number", "minimum": 1, "maximum": MAX_SECONDS},
                    required=True,
                    label="in seconds",
                    value="60",
                    words="in {} s",
                ),
            ),
        ),
        Form(
            "RefusedRateFault",
            "Every matching request gets 429 with `Retry-After`.",
            (Argument("retry_after", _RETRY_AFTER, required=True, words="Retry-After {} s"),),
        ),
    )
    limit: int | None = None
    window_seconds: float | None = None
    retry_after: int | None = None

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:
        has_limit = "limit" in reader or "window_seconds" in reader
        if has_limit == ("retry_after" in reader):
            raise reader.refuse(None, "rate_limit takes limit with window_seconds, or retry_after")
        return cls(
            reader.integer("limit", 0, MAX_LIMIT, required=has_limit),
            reader.number("window_seconds", 1, MAX_SECONDS, required=has_limit),
            reader.integer("retry_after", 0, MAX_SECONDS),
        )

    def strikes(self, count: RuleCount, now: datetime) -> bool:
        if self.limit is None:
            return True
        # A clock that was set back before the start of the window opens a new one.
        if count.opened is None or not count.opened <= now < count.opened + self._window:
            count.opened, count.used = now, 0
        count.used = min(count.used + 1, self.limit + 1)  # bounded, since a snapshot limits its size
        return count.used > self.limit

    def answer(self, count: RuleCount, now: datetime) -> ApiError:
        seconds = self.retry_after or 0
        if self.limit is not None and count.opened is not None:
            seconds = max(1, ceil((count.opened + self._window - now).total_seconds()))
        return ApiError(ErrorCode.RATE_LIMITED, headers={"Retry-After": str(seconds)})

    @property
    def _window(self) -> timedelta:
        return timedelta(seconds=self.window_seconds or 0)


@dataclass(frozen=True, slots=True)
class Unavailable(ErrorFault):
    """503 with an error body of the dialect. retry_after: seconds; None to send no Retry-After."""

    kind: ClassVar[str] = "unavailable"
    label: ClassVar[str] = "Service unavailable (503)"
    group: ClassVar[str] = "Error responses"
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "UnavailableFault",
            "The response is 503, with `Retry-After` if given.",
            (
                Argument(
                    "retry_after",
                    _RETRY_AFTER,
                    label="Retry-After, seconds",
                    placeholder="not sent",
                    words="Retry-After {} s",
                ),
            ),
        ),
    )
    retry_after: int | None = None

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:
        return cls(reader.integer("retry_after", 0, MAX_SECONDS))

    def answer(self, count: RuleCount, now: datetime) -> ApiError:  # noqa: ARG002
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return ApiError(ErrorCode.UNAVAILABLE, headers=headers)


@dataclass(frozen=True, slots=True)
class HtmlPage(ErrorFault):
    """An HTML error page, as from a proxy, instead of JSON."""

    kind: ClassVar[str] = "html_page"
    label: ClassVar[str] = "HTML error page of a proxy"
    group: ClassVar[str] = "Transport failures"
    anywhere: ClassVar[bool] = True
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "HtmlPageFault",
            "The response is an HTML error page, as sent by a proxy.",
            (
                Argument(
                    "status",
                    {"type": "integer", "minimum": 200, "maximum": 599, "default": 502},
                    label="Status",
                    placeholder="chosen automatically",
                    words="status {}",
                ),
            ),
        ),
    )
    status: int = 502

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:
        status = reader.integer("status", 200, 599)
        return cls() if status is None else cls(status)

    def answer(self, count: RuleCount, now: datetime) -> Response:  # noqa: ARG002
        title = f"{self.status} {_PHRASES.get(self.status, 'Error')}"
        page = (
            "<!DOCTYPE html>\n"
            f'<html lang="en"><head><title>{title}</title></head>'
            f"<body><h1>{title}</h1><p>The server in front of the API sent this page.</p></body></html>\n"
        )
        return Response(self.status, {"Content-Type": "text/html; charset=utf-8"}, page.encode())
