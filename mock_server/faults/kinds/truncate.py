"""The connection ends in the middle of the body."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_server.faults.fault import Declared, Draw, ResponseFault
from mock_server.messages import Response
from mock_server.object_reader import ObjectReader


@dataclass(frozen=True, slots=True)
class Truncate(ResponseFault):
    """Only so much of the body is sent, always a byte less than was announced. bytes: of the body. fraction:
    of its length, a half where neither is given."""

    kind: ClassVar[str] = "truncate"
    anywhere: ClassVar[bool] = True
    bytes: int | None = None
    fraction: float | None = None

    @classmethod
    def read(cls, members: ObjectReader) -> Self:
        if "bytes" in members and "fraction" in members:
            raise members.refuse(None, "truncate takes bytes or fraction, not both")
        return cls(members.integer("bytes", 0, 10_000_000), members.number("fraction", 0, 1))

    def mutate_response(self, response: Response, draw: Draw, declared: Declared) -> Response:  # noqa: ARG002
        if not response.body:
            return response
        length = len(response.body)
        fraction = 0.5 if self.fraction is None else self.fraction
        wanted = int(length * fraction) if self.bytes is None else self.bytes
        return replace(response, delivery=replace(response.delivery, cut=min(wanted, length - 1)))
