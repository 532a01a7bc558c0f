"""How a promise is broken, in words that are the same in every run."""

from __future__ import annotations

import re

_VARYING = re.compile(
    r"'[^']*'|\"[^\"]*\""  # quoted values
    r"|\b(?![1-5]\d\d\b)[\w.:+-]*\d[\w.:+-]*"  # ids, times and counts, but no status
)
"""What differs from run to run."""


def cause(expected: str, received: str) -> str:
    """One line without the values that a run makes up or a target gives."""
    return _VARYING.sub("…", f"expected {expected}, received {received}".partition("\n")[0])
