"""Regular expressions of a document: ECMA-262, and bounded in time.

They come from a stranger's file, so a match must end. The engine is that of jsonschema-rs,
which the harness uses anyway: linear in the text, and with a limit of steps for the few expressions that must
go back (look-around, references to groups). Python's `re` has neither ECMA-262's classes nor a limit.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import jsonschema_rs

_STEPS = 200_000
"""Steps back that one match may take: a few hundredths of a second."""
_SIZE = 2_000_000
"""Bytes that one compiled expression may take."""

_LONGEST = 10_000
"""Characters of an expression, and of a text that is judged: looking ahead from each character takes the
square of their number."""

_SHOWN = 80
"""Characters of an expression in a message."""

_NAMED = re.compile(r"\(\?<([A-Za-z_$][\w$]*)>")
_TOKEN = re.compile(
    r"\\k<([^>]*)>|\\[\s\S]|\[\^?\]|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?<[A-Za-z_$][\w$]*>|\((?!\?)|.", re.S
)
_CLASS = re.compile(r"\[(?:\\[\s\S]|[^\]\\])*\]")
_FOREIGN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\(\?P[<=>]"), "a named group is (?<name>...)"),
    (re.compile(r"\(\?[a-zA-Z]+[:)]"), "it has no flags inside an expression"),
    (re.compile(r"\(\?[>#]"), "it has neither atomic groups nor comments"),
    (re.compile(r"\\[AZzGQERXhH]"), "the ends of a text are ^ and $"),
    (re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\+"), "it has no possessive repetition"),
)
_POSIX = re.compile(r"\[\[:\w+:\]")


class PatternError(Exception):
    """An expression that is none (`is_malformed`), or that costs more than it may."""

    def __init__(self, reason: str, *, is_malformed: bool = False) -> None:
        super().__init__(reason)
        self.is_malformed = is_malformed


def pattern_error(pattern: str) -> str | None:
    """Why a text is not a regular expression; None when it is one."""
    try:
        _compiled(pattern)
    except PatternError as error:
        return str(error)
    return None


def foreign_part(pattern: str) -> str | None:
    """The first part of an expression that another language has and ECMA-262 has not, with a hint."""
    posix = _POSIX.search(pattern)
    if posix is not None:
        return f"{posix[0]} is not part of ECMA-262: a class of letters is \\p{{L}}"
    plain = re.sub(r"\\[^AZzGQERXhH]", "xx", pattern)
    plain = _CLASS.sub(lambda found: "x" * len(found[0]), plain)
    for part, hint in _FOREIGN:
        found = part.search(plain)
        if found is not None:
            return f"{found[0]} is not part of ECMA-262: {hint}"
    return None


def matches(pattern: str, text: str) -> bool:
    """Whether an expression is found in a text. Raises PatternError when it is none, or takes too long."""
    validator = _compiled(pattern)
    if len(text) > _LONGEST:
        raise PatternError(f"a text of {len(text):,} characters is too long for {shown(pattern)}")
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kinds = {error.kind.name for error in validator.iter_errors(text)}
    if kinds - {"pattern"}:
        raise PatternError(
            f"{shown(pattern)} takes more than {_STEPS:,} steps on a text of {len(text)} characters"
        )
    return not kinds


def shown(pattern: str) -> str:
    """An expression as a message shows it."""
    return repr(pattern if len(pattern) <= _SHOWN else f"{pattern[:_SHOWN]}...")


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:
    if len(pattern) > _LONGEST:
        raise PatternError(f"{shown(pattern)} is too long to be compiled", is_malformed=True)
    options = jsonschema_rs.FancyRegexOptions(backtrack_limit=_STEPS, size_limit=_SIZE)
    try:
        return jsonschema_rs.Draft202012Validator({"pattern": _translated(pattern)}, pattern_options=options)
    except (jsonschema_rs.ValidationError, ValueError):
        raise PatternError(
            f"{shown(pattern)} is not a regular expression of ECMA-262, or one too large", is_malformed=True
        ) from None


def _translated(pattern: str) -> str:
    """What ECMA-262 writes and the engine does not: named groups become numbers, `[]` and `[^]` classes."""
    groups: list[str | None] = []
    for found in _TOKEN.finditer(pattern):
        named = _NAMED.fullmatch(found[0])
        if named or found[0] == "(":
            groups.append(named[1] if named else None)

    def token(found: re.Match[str]) -> str:
        text = found[0]
        if found[1] is not None and found[1] in groups:
            return f"(?:\\{groups.index(found[1]) + 1})"
        if _NAMED.fullmatch(text):
            return "("
        return {"[]": "(?!)", "[^]": "[\\s\\S]"}.get(text, text)

    return _TOKEN.sub(token, pattern)
