"""What is wished for instead of the platform's own answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite

from mock_server.contract.operation import Operation

TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"  # noqa: S105 - RFC 9110's word for a text without quotes
LONGEST = 60
"""Seconds an answer may be held back."""


@dataclass(frozen=True, slots=True)
class ResponsePreference:
    """code: a status the operation documents. example: one of its named examples, of this status or, without
    one, of the first that has it. wait: seconds before the answer."""

    code: int | None = None
    example: str | None = None
    wait: float | None = None

    def status(self, operation: Operation) -> int | None:
        """The status whose documented answer is wished for; None where the operation is to be played."""
        if self.example is None:
            return None if self.code == operation.success() else self.code
        if self.code is not None:
            return self.code
        having = (int(code) for code in sorted(operation.responses) if code.isdecimal())
        return next((code for code in having if operation.grants(code, self.example)), None)

    def granted(self, operation: Operation) -> bool:
        """Whether the operation can answer so."""
        status = self.status(operation)
        if status is None:
            return self.example is None
        return operation.grants(status, self.example)

    def preferences(self) -> str:
        """The wish as the value of a Preference-Applied header (RFC 7240, section 3)."""
        wait = None if self.wait is None else f"{self.wait:g}"
        told = {"code": self.code, "example": _quoted(self.example), "wait": wait}
        return ", ".join(f"{name}={value}" for name, value in told.items() if value is not None)


def is_wait(seconds: float) -> bool:
    """Whether an answer may be held back so long."""
    return isfinite(seconds) and 0 <= seconds <= LONGEST


def _quoted(text: str | None) -> str | None:
    """A token as it is, any other text as a quoted string."""
    if text is None or re.fullmatch(TOKEN, text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
