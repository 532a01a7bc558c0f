"""A contract defect: the right reply under a status the operation does not declare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import ClassVar, Self

from mock_server.faults.fault import Declared, Draw, ResponseFault
from mock_server.messages import Response
from mock_server.object_reader import ObjectReader

_BODILESS = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class WrongStatus(ResponseFault):
    """status: None for one of the same hundred that the operation does not declare."""

    kind: ClassVar[str] = "wrong_status"
    status: int | None = None

    @classmethod
    def read(cls, members: ObjectReader) -> Self:
        return cls(members.integer("status", 200, 599))

    def mutate_response(self, response: Response, draw: Draw, declared: Declared) -> Response:
        status = self.status
        if status is None:
            known = frozenset(declared.operation.responses) if declared.operation else frozenset()
            others = [
                one.value
                for one in HTTPStatus
                if one.value // 100 == response.status // 100
                and str(one.value) not in known | {str(response.status)}
                and one.value not in _BODILESS
            ]
            status = draw.choice(others, "status")
        return response if status == response.status else replace(response, status=status)
