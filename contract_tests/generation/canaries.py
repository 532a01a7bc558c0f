"""Canaries: secrets made for one request each, so that a leak shows wherever it comes out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass


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
        """Those whose value stands in the text."""
        if "canary" in text:
            yield from (canary for canary in self if canary.value in text)
