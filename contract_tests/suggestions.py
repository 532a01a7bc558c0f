"""Refusals of a name that does not exist, with the names that may be meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

_FEW = 40
"""Up to this many known names, a refusal lists all of them; of more, the nearest."""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Up to five known names like this one, the most similar first."""
    return get_close_matches(name, list(dict.fromkeys(known)), n=5, cutoff=0.4)


def unknown(what: str, name: str, known: Collection[str], *, hint: str) -> str:
    """The message for an unknown name; hint: where all names are shown, when they are too many to list."""
    names = list(dict.fromkeys(known))
    if len(names) <= _FEW:
        return f"unknown {what} {name!r}; {_known(names)}"
    near = nearest(name, names) or names[:5]
    return f"unknown {what} {name!r}; the nearest are {', '.join(near)}; {hint}"


def _known(names: list[str]) -> str:
    return f"known are {', '.join(names)}" if names else "none is known"
