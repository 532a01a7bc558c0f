"""One request and its answer, as they went over the wire: what checks judge and reports show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class SentRequest:
    """The request.

    url: complete, query included. headers: as sent, names in lower case. credential: the target's label, or
    None.
    """

    operation: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    credential: str | None


@dataclass(frozen=True)
class Exchange:
    """A request with its answer. headers: names in lower case. seconds: from sending to the last byte."""

    sent: SentRequest
    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case; empty when the answer names none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def json(self) -> Any:
        """The parsed body. Raises ValueError when it is not JSON (RFC 8259; NaN and Infinity are not), and
        when it is nested too deeply to be read, as an echo of our own body may be."""

        def refuse(text: str) -> Any:
            raise ValueError(f"{text} is not JSON")

        try:
            return json.loads(self.content.decode("utf-8"), parse_constant=refuse)
        except RecursionError as error:
            raise ValueError("the body is nested too deeply") from error

    @property
    def parsed(self) -> Any:
        """The parsed body, or None: a body that is not JSON is for the response checks to judge."""
        try:
            return self.json
        except ValueError:
            return None

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300
