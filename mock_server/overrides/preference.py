"""The response a client prefers to the platform's own, and the Prefer header (RFC 7240) that says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from mock_server.contract.operation import Operation

TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"  # noqa: S105 - RFC 9110's word for a text without quotes
MAX_WAIT = 60
"""Seconds an answer may be held back."""


_SPACE = re.compile(r"\s*", re.ASCII)
_WORD = re.compile(TOKEN)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class ResponsePreference:
    """code: a status the operation documents. example: one of its named examples, of this status or, without
    one, of the first that has it. wait: seconds before the answer."""

    code: int | None = None
    example: str | None = None
    wait: float | None = None

    def status(self, operation: Operation) -> int | None:
        """The status whose documented answer is preferred; None where the operation answers as usual."""
        if self.example is None:
            return None if self.code == operation.success() else self.code
        if self.code is not None:
            return self.code
        having = (int(code) for code in sorted(operation.responses) if code.isdecimal())
        return next((code for code in having if operation.declares(code, self.example)), None)

    def granted(self, operation: Operation) -> bool:
        """Whether the operation can answer so."""
        status = self.status(operation)
        if status is None:
            return self.example is None
        return operation.declares(status, self.example)

    def preferences(self) -> str:
        """The preference as the value of a Preference-Applied header (RFC 7240, section 3)."""
        wait = None if self.wait is None else f"{self.wait:g}"
        members = {"code": self.code, "example": _quoted(self.example), "wait": wait}
        return ", ".join(f"{name}={value}" for name, value in members.items() if value is not None)


def is_wait(seconds: float) -> bool:
    """Whether an answer may be held back so long."""
    return isfinite(seconds) and 0 <= seconds <= MAX_WAIT


def _quoted(text: str | None) -> str | None:
    """A token as it is, any other text as a quoted string."""
    if text is None or re.fullmatch(TOKEN, text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class PreferError(ValueError):
    """A preference of ours with a value that cannot be meant, or a header that is none."""


def read_prefer(header: str) -> ResponsePreference | None:
    """The preference in a Prefer header, None where there is none for us.

    header: the values of all Prefer headers, joined by commas. Names are compared without case and the first
    of equal ones counts (section 2); preferences and parameters we do not know are ignored. Raises
    PreferError.
    """
    preferences: dict[str, str] = {}
    for name, value in _preferences(header):
        preferences.setdefault(name, value)
    ours = {name: preferences[name] for name in ("code", "example", "wait") if name in preferences}
    if not ours:
        return None
    return ResponsePreference(_code(ours.get("code")), _example(ours.get("example")), _wait(ours.get("wait")))


class _Reader:
    """A header read from left to right, never twice: no header takes longer than its length."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def ended(self) -> bool:
        """Whether nothing but space is left."""
        self.take(_SPACE)
        return self.at == len(self._text)

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """What stands here if it is this, and go on behind it."""
        match = pattern.match(self._text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match[0]

    def word(self) -> str | None:
        """A token, space before it left out."""
        self.take(_SPACE)
        return self.take(_WORD)

    def value(self) -> str:
        """A token or a quoted text, empty where neither stands here."""
        return self.word() or self.take(_QUOTED) or ""

    def sign(self, sign: str) -> bool:
        """Whether this character comes next; then it is read."""
        self.take(_SPACE)
        here = self._text.startswith(sign, self.at)
        self.at += len(sign) if here else 0
        return here


def _preferences(header: str) -> Iterator[tuple[str, str]]:
    reader = _Reader(header)
    while not reader.ended():
        if reader.sign(","):
            continue
        begun = reader.at
        name = reader.word()
        value = reader.value() if reader.sign("=") else ""
        while reader.sign(";"):
            if reader.word() and reader.sign("="):
                reader.value()
        if name is None or not (reader.ended() or reader.sign(",")):
            raise PreferError(
                f"Prefer cannot be read from its character {begun + 1} on (RFC 7240, section 2)."
            )
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
