"""Texts that regular expressions match.

The standard library parses the expression; this walks what it found. What cannot be made (look-behind,
conditions) is refused, and a text made past a look-ahead may not match: callers check.
"""

from __future__ import annotations

import re
import string
from importlib import import_module
from random import Random
from typing import Any

codes: Any = import_module("re._constants")  # the parser has no public door
parser: Any = import_module("re._parser")

_REPEATS = 6
"""What has no upper bound is repeated so many times more than it must, at most."""

_LETTERS = string.ascii_lowercase
_WORD = string.ascii_letters + string.digits
_PRINTABLE = "".join(chr(code) for code in range(32, 127))
_CLASSES = {
    codes.CATEGORY_DIGIT: string.digits,
    codes.CATEGORY_WORD: _WORD + "_",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_DIGIT: _LETTERS,
    codes.CATEGORY_NOT_WORD: "-",
    codes.CATEGORY_NOT_SPACE: _WORD,
}


def matching(pattern: str, random: Random) -> str | None:
    """A text the pattern probably matches, None when it cannot be turned into one. Equal randomness,
    equal text."""
    try:
        parsed = parser.parse(_as_python(pattern))
        return _Walk(random).text(parsed)
    except (re.error, RecursionError, KeyError, IndexError, OverflowError):
        return None


def _as_python(pattern: str) -> str:
    """ECMA 262's expressions in Python's words: named groups, and classes by Unicode property taken
    for letters."""
    pattern = re.sub(r"\\p\{[^}]*\}", "a-z", re.sub(r"(?<!\[)\\p\{[^}]*\}(?![^\[]*\])", "[a-z]", pattern))
    return re.sub(r"\(\?<([A-Za-z_])", r"(?P<\1", pattern).replace(r"\/", "/")


class _Walk:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._groups: dict[int, str] = {}

    def text(self, parsed: Any) -> str:
        """One text for a sequence of parsed parts. Raises KeyError for a part that cannot be made."""
        return "".join(self._part(code, value) for code, value in parsed)

    def _part(self, code: Any, value: Any) -> str:
        if code is codes.LITERAL:
            return chr(value)
        if code in {codes.AT, codes.ASSERT_NOT, codes.ASSERT}:
            return ""
        if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
            low, high, inner = value
            times = self._random.randint(low, min(int(high), low + _REPEATS))
            return "".join(self.text(inner) for _ in range(times))
        if code is codes.SUBPATTERN:
            number, _, _, inner = value
            made = self.text(inner)
            self._groups[number] = made
            return made
        return self._chosen(code, value)

    def _chosen(self, code: Any, value: Any) -> str:
        if code is codes.BRANCH:
            return self.text(self._random.choice(value[1]))
        if code is codes.IN:
            return self._random.choice(_members(value))
        if code is codes.ANY:
            return self._random.choice(_LETTERS)
        if code is codes.NOT_LITERAL:
            return self._random.choice(_LETTERS.replace(chr(value), ""))
        if code is codes.GROUPREF:
            return self._groups[value]
        raise KeyError(code)


def _members(parts: list[Any]) -> str:
    """The characters of a class: those it names, or friendly ones among those it does not exclude."""
    characters = ""
    for code, value in parts:
        if code is codes.LITERAL:
            characters += chr(value)
        elif code is codes.RANGE:
            low, high = value
            characters += "".join(map(chr, range(low, min(high, low + 300) + 1)))
        elif code is codes.CATEGORY:
            characters += _CLASSES[value]
    if parts[0][0] is not codes.NEGATE:
        return characters
    return "".join(letter for letter in _LETTERS if letter not in characters) or "".join(
        letter for letter in _PRINTABLE if letter not in characters
    )
