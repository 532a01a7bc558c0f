"""Bodies as a person reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass

LONGEST = 20_000
"""Characters of a body that a report shows."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The text of a body; left_out: the characters that are not shown."""

    text: str
    left_out: int = 0


def shown(content: bytes) -> Shown:
    """JSON indented, text as it is, other bytes as escapes; the end of a long one left out."""
    text = content.decode("utf-8", "backslashreplace")
    if len(text) > LONGEST:
        return Shown(text[:LONGEST], len(text) - LONGEST)
    try:
        return Shown(json.dumps(json.loads(text), ensure_ascii=False, indent=2))
    except (ValueError, RecursionError):
        return Shown(text)
