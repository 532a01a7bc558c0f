"""A contract defect: the right body under the name of another media type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_server.faults.fault import Declared, Draw, ResponseFault
from mock_server.messages import Response
from mock_server.object_reader import ObjectReader


@dataclass(frozen=True, slots=True)
class WrongContentType(ResponseFault):
    """The Content-Type of a reply that has a body."""

    kind: ClassVar[str] = "wrong_content_type"
    content_type: str = "text/html; charset=utf-8"

    @classmethod
    def read(cls, members: ObjectReader) -> Self:
        allowed = "printable ASCII, 1 to 200 characters, no blank at either end"
        given = members.text("content_type", "[!-~](?:[ -~]{0,198}[!-~])?", allowed)
        return cls() if given is None else cls(given)

    def mutate_response(self, response: Response, draw: Draw, declared: Declared) -> Response:  # noqa: ARG002
        if not response.body:
            return response
        return replace(response, headers={**response.headers, "Content-Type": self.content_type})
