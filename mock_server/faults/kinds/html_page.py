"""A proxy's error page where JSON is expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import ClassVar, Self

from mock_server.faults.fault import Count, ErrorFault
from mock_server.messages import Response
from mock_server.object_reader import ObjectReader

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class HtmlPage(ErrorFault):
    """An HTML page with this status."""

    kind: ClassVar[str] = "html_page"
    anywhere: ClassVar[bool] = True
    status: int = 502

    @classmethod
    def read(cls, members: ObjectReader) -> Self:
        status = members.integer("status", 200, 599)
        return cls() if status is None else cls(status)

    def answer(self, count: Count, now: datetime) -> Response:  # noqa: ARG002
        title = f"{self.status} {_PHRASES.get(self.status, 'Error')}"
        page = (
            "<!DOCTYPE html>\n"
            f'<html lang="en"><head><title>{title}</title></head>'
            f"<body><h1>{title}</h1><p>The server in front of the API sent this page.</p></body></html>\n"
        )
        return Response(self.status, {"Content-Type": "text/html; charset=utf-8"}, page.encode())
