"""Texts a pattern allows: all of them where these are few, as a document lists the values of a parameter in
one expression, or one drawn at random.
"""

from __future__ import annotations

import random
import re
from functools import lru_cache
from typing import Final

MOST: Final = 200
"""With more texts than this a pattern lists nothing."""

_SPECIAL: Final = set("[]{}+.^$")


class _EndlessError(Exception):
    """The pattern says more than a list of texts."""


def texts_of(pattern: str) -> list[str]:
    """The texts a pattern of letters, groups, alternatives, `?` and `*` allows, what may be
    repeated left out.

    Empty when the pattern holds anything else, or allows more than MOST texts.
    """
    return list(_texts(pattern))


@lru_cache(maxsize=256)
def _texts(pattern: str) -> tuple[str, ...]:
    reader = _Reader(pattern.removeprefix("^").removesuffix("$"))
    try:
        found = reader.alternatives()
    except _EndlessError:
        return ()
    whole = reader.place == len(reader.pattern)
    return tuple(dict.fromkeys(text for text in found if text)) if whole else ()


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0

    def alternatives(self) -> list[str]:
        """Texts up to the end of the group."""
        found = self._sequence()
        while self._next() == "|":
            self.place += 1
            found += self._sequence()
        return found

    def _sequence(self) -> list[str]:
        found = [""]
        while self._next() not in ("", "|", ")"):
            part = self._part()
            found = [before + after for before in found for after in part]
            if len(found) > MOST:
                raise _EndlessError
        return found

    def _part(self) -> list[str]:
        letter = self._next()
        self.place += 1
        if letter == "(":
            if self.pattern.startswith("?:", self.place):
                self.place += 2
            part = self.alternatives()
            if self._next() != ")":
                raise _EndlessError
            self.place += 1
        elif letter == "\\":
            part = [self._next()]
            self.place += 1
            if part[0].isalnum():
                raise _EndlessError
        elif letter in _SPECIAL:
            raise _EndlessError
        else:
            part = [letter]
        return self._repeated(part)

    def _repeated(self, part: list[str]) -> list[str]:
        if self._next() == "*":
            self.place += 1
            return [""]
        if self._next() == "?":
            self.place += 1
            return ["", *part]
        if self._next() in ("+", "{"):
            raise _EndlessError
        return part

    def _next(self) -> str:
        return self.pattern[self.place : self.place + 1]


_ATOM: Final = re.compile(
    r"(?P<set>\[(?P<members>[^\^\]\\\[]+)\]|\\d|[A-Za-z0-9 _:/@#-]|\\[.\-/+])"
    r"(\{(?P<least>\d+)(,\d*)?\}|(?P<often>[+*?]))?"
)
"""A letter or a set of letters of a plain pattern, and how often it stands there."""

_RANGE: Final = re.compile(r"(.)-(.)|(.)")


def drawn_text(pattern: str, rng: random.Random) -> str | None:
    """A text drawn at random that a pattern of letters and sets of them, each so or so often, allows; None
    where the pattern says more."""
    rest, text = pattern.removeprefix("^").removesuffix("$"), ""
    while rest:
        atom = _ATOM.match(rest)
        if atom is None:
            return None
        count = int(atom["least"] or 1) if atom["often"] not in ("*", "?") else 0
        letters = _letters_of(atom["set"], atom["members"])
        text += "".join(rng.choice(letters) for _ in range(count))
        rest = rest[atom.end() :]
    return text


def _letters_of(atom: str, members: str | None) -> str:
    if members is None:
        return "0123456789" if atom == "\\d" else atom[-1]
    ranges = [(found[1] or found[3], found[2] or found[3]) for found in _RANGE.finditer(members)]
    return "".join(chr(code) for first, last in ranges for code in range(ord(first), ord(last) + 1))
