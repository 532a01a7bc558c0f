"""The service is away for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.faults.fault import Count, ErrorFault
from mock_server.faults.kinds.rate_limit import LONGEST
from mock_server.object_reader import ObjectReader


@dataclass(frozen=True, slots=True)
class Unavailable(ErrorFault):
    """503 in the platform's words. retry_after: seconds told in Retry-After, None for no such header."""

    kind: ClassVar[str] = "unavailable"
    retry_after: int | None = None

    @classmethod
    def read(cls, members: ObjectReader) -> Self:
        return cls(members.integer("retry_after", 0, LONGEST))

    def answer(self, count: Count, now: datetime) -> ApiError:  # noqa: ARG002
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return ApiError(ErrorCode.UNAVAILABLE, headers=headers)
