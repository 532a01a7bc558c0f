"""Ids that the run made up: nothing on the target can have them yet."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import uuid4

_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_DISTINCT_DIGITS = 8
"""Fewer different digits than this are a UUID that was written by hand or counted up."""

_TOKEN_LENGTH = 20
"""From this length on a text of many different letters and digits is taken for drawn at random."""


class MadeUpIds:
    """Texts and ids of one run.

    nonce: 8 hexadecimal digits drawn at random; they stand in every text that `unique` returns.
    """

    def __init__(self) -> None:
        self.nonce = secrets.token_hex(4)
        self._numbers: Iterator[int] = count()
        self._ids: set[str] = set()

    def __contains__(self, value: Any) -> bool:
        """Whether the run made the value up."""
        return self.nonce in str(value) or canonical(value) in self._ids

    def unique(self, prefix: str) -> str:
        """A text that was not used before: the prefix, the nonce and a number."""
        return f"{prefix}-{self.nonce}-{next(self._numbers)}"

    def like(self, example: Any, *, uuid: bool = False) -> str:
        """An id in the form of an existing one. uuid: the document asks for a UUID."""
        text = str(example)
        if uuid or _UUID.fullmatch(text):
            made = str(uuid4())
        elif text.isdecimal():
            made = str(900_000_000 + secrets.randbelow(1_000_000_000))
        else:
            made = self.unique("no-such")
        self._ids.add(made)
        return made


def canonical(value: Any) -> str:
    """An id as text; a UUID in lower case, since servers compare it without regard to case."""
    text = str(value)
    return text.lower() if _UUID.fullmatch(text) else text


def is_unguessable(value: Any) -> bool:
    """Whether an id was drawn at random from so many that no two objects share it, whatever they are below:
    a UUID or a long token, no number and no name."""
    text = str(value)
    different = len(set(text.lower()) - {"-"})
    if _UUID.fullmatch(text):
        return different >= _DISTINCT_DIGITS
    has_both = any(letter.isdigit() for letter in text) and any(letter.isalpha() for letter in text)
    return text.isalnum() and len(text) >= _TOKEN_LENGTH and has_both and different >= _DISTINCT_DIGITS
