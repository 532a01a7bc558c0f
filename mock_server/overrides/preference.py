"""Response preferences, and the Prefer header (RFC 7240) that carries them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from mock_server.contract.operation import Operation

TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"  # noqa: S105 - a token of RFC 9110, not a credential
MAX_WAIT = 60
"""The maximum delay of a response, in seconds."""

_SPACE = re.compile(r"\s*", re.ASCII)
_WORD = re.compile(TOKEN)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class ResponsePreference:
    """The response that a client prefers.

    code: a status that the operation documents, or that its platform has an error for. example: the name of
    one of its examples; without a code, of the first status that has it. wait: the delay in seconds.
    """

    code: int | None = None
    example: str | None = None
    wait: float | None = None

    def status(self, operation: Operation) -> int | None:
        """The status of the preferred documented response; None for the usual response of the operation."""
        if self.example is None:
            return None if self.code == operation.success() else self.code
        if self.code is not None:
            return self.code
        statuses = (int(code) for code in sorted(operation.responses) if code.isdecimal())
        return next((status for status in statuses if operation.declares(status, self.example)), None)

    def granted(self, operation: Operation, error_statuses: frozenset[int] = frozenset()) -> bool:
        """Whether the operation documents such a response. error_statuses: others that its platform has an
        error for."""
        status = self.status(operation)
        if status is None:
            return self.example is None
        is_worded = self.example is None and status in error_statuses
        return is_worded or operation.declares(status, self.example)

    def preferences(self) -> str:
        """The value of a Preference-Applied header (RFC 7240, section 3)."""
        wait = None if self.wait is None else f"{self.wait:g}"
        members = {"code": self.code, "example": _quoted(self.example), "wait": wait}
        return ", ".join(f"{name}={value}" for name, value in members.items() if value is not None)


def is_wait(seconds: float) -> bool:
    """Whether this is an allowed delay, in seconds."""
    return isfinite(seconds) and 0 <= seconds <= MAX_WAIT


def _quoted(text: str | None) -> str | None:
    """A token unchanged, any other text as a quoted string."""
    if text is None or re.fullmatch(TOKEN, text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class PreferError(ValueError):
    """An invalid Prefer header, or a preference of ours with an invalid value."""


def read_prefer(header: str) -> ResponsePreference | None:
    """The preference in a Prefer header; None where it has none that the mock supports.

    header: the values of all Prefer headers, joined by commas. Names are case-insensitive, the first of
    duplicates is used, and unknown preferences and parameters are ignored (section 2). Raises PreferError.
    """
    preferences: dict[str, str] = {}
    for name, value in _preferences(header):
        preferences.setdefault(name, value)
    ours = {name: preferences[name] for name in ("code", "example", "wait") if name in preferences}
    if not ours:
        return None
    return ResponsePreference(_code(ours.get("code")), _example(ours.get("example")), _wait(ours.get("wait")))


class _Reader:
    """A position in a header that moves forward only, so that parsing takes linear time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def ended(self) -> bool:
        """Whether only spaces are left."""
        self.take(_SPACE)
        return self.at == len(self._text)

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """Consume and return a match of the pattern at this position; None if it does not match."""
        match = pattern.match(self._text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match[0]

    def word(self) -> str | None:
        """Consume a token and the spaces before it; None if there is none."""
        self.take(_SPACE)
        return self.take(_WORD)

    def value(self) -> str:
        """Consume a token or a quoted string; empty if there is neither."""
        return self.word() or self.take(_QUOTED) or ""

    def sign(self, sign: str) -> bool:
        """Consume a character and the spaces before it; returns whether it comes next."""
        self.take(_SPACE)
        comes_next = self._text.startswith(sign, self.at)
        if comes_next:
            self.at += len(sign)
        return comes_next


def _preferences(header: str) -> Iterator[tuple[str, str]]:
    reader = _Reader(header)
    while not reader.ended():
        if reader.sign(","):
            continue
        start = reader.at
        name = reader.word()
        value = reader.value() if reader.sign("=") else ""
        while reader.sign(";"):
            if reader.word() and reader.sign("="):
                reader.value()
        if name is None or not (reader.ended() or reader.sign(",")):
            raise PreferError(f"Prefer has a syntax error at character {start + 1} (RFC 7240, section 2).")
        yield name.lower(), _unquoted(value)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value.startswith('"') else value


def _code(value: str | None) -> int | None:
    if value is None:
        return None
    if not re.fullmatch("[2-5][0-9][0-9]", value, re.ASCII):
        raise PreferError("Prefer: code must be a status from 200 to 599, as in code=404.")
    return int(value)


def _example(value: str | None) -> str | None:
    if value == "":
        raise PreferError("Prefer: example must be the name of an example.")
    return value


def _wait(value: str | None) -> float | None:
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", value, re.ASCII) or not is_wait(float(value)):
        raise PreferError(f"Prefer: wait must be a number of seconds from 0 to {MAX_WAIT}, as in wait=2.")
    return float(value)
