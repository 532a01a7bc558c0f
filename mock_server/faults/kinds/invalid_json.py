"""A body that says it is JSON and is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from mock_server.contract.json_text import MalformedError, UndecodableError, loads
from mock_server.errors.dialect import is_json
from mock_server.faults.fault import Declared, Draw, ResponseFault
from mock_server.messages import Response

_WAYS: Sequence[Callable[[bytes], bytes]] = (
    lambda body: body[: len(body) // 2],
    lambda body: body[:-1],
    lambda body: body.replace(b'"', b"'"),
    lambda body: body[:-1] + b"," + body[-1:],
    lambda body: body + body,
)


@dataclass(frozen=True, slots=True)
class InvalidJson(ResponseFault):
    """One of the ways servers break their JSON: cut short, quoted wrongly, a comma too many, sent twice."""

    kind: ClassVar[str] = "invalid_json"
    anywhere: ClassVar[bool] = True

    def mutate_response(self, response: Response, draw: Draw, declared: Declared) -> Response:  # noqa: ARG002
        if not response.body or not is_json(response.headers.get("Content-Type", "")):
            return response
        broken = draw.choice(_WAYS, "way")(response.body)
        return replace(response, body=broken if not _parses(broken) else response.body + b"}")


def _parses(body: bytes) -> bool:
    try:
        loads(body)
    except (MalformedError, UndecodableError):
        return False
    return True
