"""Similar names, for suggestions such as "did you mean".

difflib is enough: texts are short, the names are those of one server, and it is asked for only after an
error, and loaded then.
"""

from __future__ import annotations

from collections.abc import Iterable

_CUTOFF = 0.6
"""The minimum similarity, from 0 (nothing in common) to 1 (equal)."""


def is_similar(text: str, other: str) -> bool:
    """Whether two texts are similar, apart from upper and lower case."""
    shorter, longer = sorted((len(text), len(other)))
    # Texts of such different lengths cannot be similar; to compare them would take longer the longer one is.
    if shorter * 2 < _CUTOFF * (shorter + longer):
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, text.lower(), other.lower()).ratio() >= _CUTOFF


def closest(name: str, known: Iterable[str]) -> list[str]:
    """Up to three similar names, the most similar first. Upper and lower case do not matter."""
    from difflib import get_close_matches

    by_lowered = {candidate.lower(): candidate for candidate in known}
    return [by_lowered[match] for match in get_close_matches(name.lower(), by_lowered, cutoff=_CUTOFF)]
