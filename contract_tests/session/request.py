"""One request, complete and ready to be sent, and the JSON of a body."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """What to send.

    path: below the base URL, with its leading slash, already encoded. headers: in order, names as given.
    alone: whether only this credential is sent, although the operation requires another one with it.
    """

    operation: str
    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Sequence[tuple[str, str]] = ()
    content: bytes | None = None
    credential: str | None = None
    alone: bool = False


def json_in(content: bytes | None) -> Any:
    """What a body holds, None where it is not JSON."""
    try:
        return json.loads(content or b"null")
    except (ValueError, RecursionError):
        return None
