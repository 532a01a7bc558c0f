"""Random values that depend only on a seed and a place: equal seeds and places give equal values, in any
order of calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from json.encoder import encode_basestring_ascii
from typing import TypeVar

Choice = TypeVar("Choice")

_VARIANTS = "89ab"
"""The digits of a UUID that say its variant (RFC 9562, section 4.1)."""


@dataclass(frozen=True, slots=True)
class SeededRandom:
    """The source of all generated values. A place identifies a value, usually by collection, key and
    field."""

    seed: int = 0

    def bits(self, *place: str | int) -> int:
        """128 random bits for a place."""
        return int.from_bytes(self._digest(*place), "big")

    def _digest(self, *place: str | int) -> bytes:
        parts = [encode_basestring_ascii(part) if isinstance(part, str) else str(part) for part in place]
        named = f"[{', '.join((str(self.seed), *parts))}]".encode("ascii")
        return blake2b(named, digest_size=16).digest()

    def uuid(self, *place: str | int) -> str:
        """A version 4 UUID, with hyphens, in lower case."""
        digits = self._digest("uuid", *place).hex()
        # Of the digit with the variant two bits are random.
        variant = _VARIANTS[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    def integer(self, low: int, high: int, *place: str | int) -> int:
        """An integer from low to high, both included."""
        return low + self.bits("integer", *place) % (high - low + 1)

    def fraction(self, *place: str | int) -> float:
        """A number from 0 (included) to 1 (excluded)."""
        # The upper 53 of 128 bits: as many as a double has.
        return (self.bits("fraction", *place) >> 75) / 2**53

    def choice(self, options: Sequence[Choice], *place: str | int) -> Choice:
        """One of the options, each equally likely."""
        return options[self.bits("choice", *place) % len(options)]
