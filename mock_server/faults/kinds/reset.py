"""The connection is reset before a byte of the reply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from mock_server.faults.fault import Count, ErrorFault
from mock_server.messages import Delivery, Response

UNSEEN = 502
"""What surfaces that cannot reset a connection (and records of the exchange) show instead: nobody got it."""


@dataclass(frozen=True, slots=True)
class Reset(ErrorFault):
    """No reply: the connection is reset."""

    kind: ClassVar[str] = "reset"
    anywhere: ClassVar[bool] = True

    def answer(self, count: Count, now: datetime) -> Response:  # noqa: ARG002
        return Response(UNSEEN, {}, delivery=Delivery(reset=True))
