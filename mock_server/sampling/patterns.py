"""Generate text that matches a regular expression.

The standard library parses the expression; this module walks the parse tree. Look-behind and conditions are
not supported. Look-ahead is ignored, so the text may not match: callers must check it.
"""

from __future__ import annotations

import re
import string
from importlib import import_module
from random import Random
from typing import Any

# The parser of `re` has no public interface; its type stubs have none either, hence import_module.
codes: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

_REPEATS = 6
"""Maximum number of repetitions beyond the required ones, where an expression allows more."""

_LONGEST_PATTERN = 2000
"""Characters of an expression for which a text is generated."""

_STEPS = 100_000
"""Maximum number of parts and repetitions of one text."""

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
    """Return a text that the pattern probably matches, or None when the pattern is not supported.

    The text depends only on the pattern and the state of `random`.
    """
    if len(pattern) > _LONGEST_PATTERN:
        return None
    try:
        parsed = parser.parse(_as_python(pattern))
        return _Walk(random).text(parsed)
    except (re.error, RecursionError, KeyError, IndexError, OverflowError):
        return None


def _as_python(pattern: str) -> str:
    """Translate an ECMA 262 expression, JSON Schema's dialect, into Python's."""
    # Unicode properties, which `re` lacks, are replaced by letters: outside a class and inside one.
    pattern = re.sub(r"(?<!\[)\\p\{[^}]*\}(?![^\[]*\])", "[a-z]", pattern)
    pattern = re.sub(r"\\p\{[^}]*\}", "a-z", pattern)
    pattern = re.sub(r"\(\?<([A-Za-z_])", r"(?P<\1", pattern)
    return pattern.replace(r"\/", "/")


class _Walk:
    """One walk over a parse tree. Remembers the text of each group for back-references."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._groups: dict[int, str] = {}
        self._steps = 0

    def text(self, parsed: Any) -> str:
        """Return the text for a sequence of parsed parts.

        Raises KeyError for an unsupported part, and OverflowError for an expression whose text is too long.
        """
        self._count(len(parsed))
        return "".join(self._part(code, value) for code, value in parsed)

    def _part(self, code: Any, value: Any) -> str:
        if code is codes.LITERAL:
            return chr(value)
        if code in {codes.AT, codes.ASSERT_NOT, codes.ASSERT}:
            return ""
        if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
            low, high, inner = value
            times = self._random.randint(low, min(int(high), low + _REPEATS))
            self._count(times)
            return "".join(self.text(inner) for _ in range(times))
        if code is codes.SUBPATTERN:
            number, _add_flags, _remove_flags, inner = value
            group_text = self.text(inner)
            self._groups[number] = group_text
            return group_text
        return self._choose(code, value)

    def _count(self, steps: int) -> None:
        # Repeated repetitions multiply: without a bound, a few dozen characters would ask for gigabytes.
        self._steps += steps
        if self._steps > _STEPS:
            raise OverflowError("the text is too long")

    def _choose(self, code: Any, value: Any) -> str:
        if code is codes.BRANCH:
            return self.text(self._random.choice(value[1]))
        if code is codes.IN:
            return self._random.choice(_members(value))
        if code is codes.ANY:
            return self._random.choice(_LETTERS)
        if code is codes.NOT_LITERAL:
            return self._random.choice(_LETTERS.replace(chr(value), ""))
        if code is codes.GROUPREF:
            text = self._groups[value]
            self._count(len(text))
            return text
        raise KeyError(code)


def _members(parts: list[Any]) -> str:
    """The characters of a class: those it lists, or for a negated one letters that it does not list."""
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
