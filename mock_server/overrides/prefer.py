"""The Prefer header (RFC 7240), as far as it is for us: code, example and wait."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mock_server.overrides.wish import LONGEST, TOKEN, Wish, is_wait

_VALUE = rf'(?:{TOKEN}|"(?:[^"\\]|\\.)*+")'
_PARAMETER = rf"\s*+;\s*+(?:{TOKEN}(?:\s*+=\s*+(?:{_VALUE})?)?+)?+"
_PREFERENCE = re.compile(
    rf"\s*+({TOKEN})(?:\s*+=\s*+({_VALUE})?+)?+(?:{_PARAMETER})*+\s*+(?:,|$)", re.DOTALL | re.ASCII
)
_EMPTY = re.compile(r"\s*+(?:,|$)", re.ASCII)
"""Nothing here gives back what it has read: no header takes longer than its length."""


class PreferError(ValueError):
    """A preference of ours with a value that cannot be meant, or a header that is none."""


def read_prefer(header: str) -> Wish | None:
    """The wish in a Prefer header, None where there is none for us.

    header: the values of all Prefer headers, joined by commas. Names are compared without case and the first
    of equal ones counts (section 2); preferences and parameters we do not know are ignored. Raises
    PreferError.
    """
    found: dict[str, str] = {}
    for name, value in _preferences(header):
        found.setdefault(name, value)
    ours = {name: found[name] for name in ("code", "example", "wait") if name in found}
    if not ours:
        return None
    return Wish(_code(ours.get("code")), _example(ours.get("example")), _wait(ours.get("wait")))


def _preferences(header: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(header):
        empty = _EMPTY.match(header, at)
        if empty:
            at = empty.end()
            continue
        read = _PREFERENCE.match(header, at)
        if read is None:
            raise PreferError(f"Prefer cannot be read from its character {at + 1} on (RFC 7240, section 2).")
        yield read[1].lower(), _unquoted(read[2] or "")
        at = read.end()


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
        raise PreferError(f"Prefer: wait must be a number of seconds from 0 to {LONGEST}, as in wait=2.")
    return float(value)
