"""An error the operation documents, without its cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from mock_server.contract.operation import Operation
from mock_server.faults.fault import Count, Documented, ErrorFault
from mock_server.object_reader import ObjectReader


@dataclass(frozen=True, slots=True)
class Status(ErrorFault):
    """The documented answer of an error status. example: which of its named examples."""

    kind: ClassVar[str] = "status"
    code: int
    example: str | None = None

    @classmethod
    def read(cls, members: ObjectReader) -> Self:
        code = members.integer("code", 400, 599, required=True)
        return cls(code or 0, members.name("example"))

    def fits(self, operation: Operation) -> bool:
        return operation.grants(self.code, self.example)

    def answer(self, count: Count, now: datetime) -> Documented:  # noqa: ARG002
        return Documented(self.code, self.example)
