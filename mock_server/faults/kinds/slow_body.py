"""The body trickles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_server.faults.fault import Declared, Draw, ResponseFault
from mock_server.messages import Response
from mock_server.object_reader import ObjectReader

LONGEST = 60
"""Seconds a body may take."""


@dataclass(frozen=True, slots=True)
class SlowBody(ResponseFault):
    """So many bytes of the body per second of real time, more where it would take longer than a minute."""

    kind: ClassVar[str] = "slow_body"
    anywhere: ClassVar[bool] = True
    bytes_per_second: int

    @classmethod
    def read(cls, members: ObjectReader) -> Self:
        return cls(members.integer("bytes_per_second", 1, 10_000_000, required=True) or 1)

    def mutate_response(self, response: Response, draw: Draw, declared: Declared) -> Response:  # noqa: ARG002
        if not response.body:
            return response
        pace = max(float(self.bytes_per_second), len(response.body) / LONGEST)
        return replace(response, delivery=replace(response.delivery, pace=pace))
