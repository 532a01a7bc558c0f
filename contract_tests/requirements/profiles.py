"""How much a run examines. Apart from requirements, because every pytest run of a user imports this."""

from __future__ import annotations

from typing import Final

PROFILES: Final = ("quick", "default", "thorough")
"""From the smallest to the largest; each runs what the ones before it run."""
