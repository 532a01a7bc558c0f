"""Canaries: secrets made for one request each, so that a leak shows wherever it comes out."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret we sent.

    members: the names on the way to it in the body, empty where a check placed it by hand.
    """

    value: str
    members: tuple[str, ...]


class Canaries:
    """Every canary of a run."""

    def __init__(self) -> None:
        self._all: list[Canary] = []

    def make(self, members: tuple[str, ...] = ()) -> str:
        """A new canary's value: letters and digits, so that no encoding hides it."""
        canary = Canary(f"canary{secrets.token_hex(12)}", members)
        self._all.append(canary)
        return canary.value

    def __iter__(self) -> Iterator[Canary]:
        return iter(tuple(self._all))

    def found_in(self, text: str) -> Iterator[Canary]:
        """Those whose value stands in the text: plain, in hexadecimal digits or in Base64."""
        if any(mark in text for mark in _MARKS):
            yield from (canary for canary in self if any(form in text for form in encoded(canary.value)))


@lru_cache(maxsize=1024)
def encoded(value: str) -> tuple[str, ...]:
    """A text as it is and in a URL, and what it becomes inside hexadecimal digits or Base64, wherever it
    begins there."""
    return tuple(dict.fromkeys(_forms(value)))


def _forms(value: str) -> Iterator[str]:
    raw = value.encode("utf-8", "surrogatepass")
    yield value
    yield quote(raw, safe="")
    yield raw.hex()
    yield raw.hex().upper()
    for before in range(3):
        encoded = b64encode(b"\0" * before + raw).decode()
        # The first and the last digits depend on the bytes around the text.
        first, last = (0, 2, 3)[before], -4 if (before + len(raw)) % 3 else None
        yield encoded[first:last]


_MARKS = tuple(encoded("canary"))
"""What every canary begins with, in each form."""
