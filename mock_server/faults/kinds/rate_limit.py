"""Too many requests: by a limit that really counts, or always."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import ClassVar, Self

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.faults.fault import Count, ErrorFault
from mock_server.object_reader import ObjectReader

LONGEST = 86_400


@dataclass(frozen=True, slots=True)
class RateLimit(ErrorFault):
    """429 with Retry-After.

    limit, window_seconds: so many calls pass in a window of the world's time, which opens with the first of
    them; Retry-After tells when it closes. retry_after: every call is refused, and this is what it is told.
    """

    kind: ClassVar[str] = "rate_limit"
    limit: int | None = None
    window_seconds: float | None = None
    retry_after: int | None = None

    @classmethod
    def read(cls, members: ObjectReader) -> Self:
        counted = "limit" in members or "window_seconds" in members
        if counted == ("retry_after" in members):
            raise members.refuse(None, "rate_limit takes limit with window_seconds, or retry_after")
        return cls(
            members.integer("limit", 0, 1_000_000, required=counted),
            members.number("window_seconds", 1, LONGEST, required=counted),
            members.integer("retry_after", 0, LONGEST),
        )

    def strikes(self, count: Count, now: datetime) -> bool:
        if self.limit is None:
            return True
        if count.opened is None or not count.opened <= now < count.opened + self._window:
            count.opened, count.used = now, 0
        count.used = min(count.used + 1, self.limit + 1)
        return count.used > self.limit

    def answer(self, count: Count, now: datetime) -> ApiError:
        seconds = self.retry_after or 0
        if self.limit is not None and count.opened is not None:
            seconds = max(1, ceil((count.opened + self._window - now).total_seconds()))
        return ApiError(ErrorCode.RATE_LIMITED, headers={"Retry-After": str(seconds)})

    @property
    def _window(self) -> timedelta:
        return timedelta(seconds=self.window_seconds or 0)
