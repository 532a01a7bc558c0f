"""The regular expressions of a user's files: bounded in time and memory for every text."""

from __future__ import annotations

from typing import Final

from jsonschema_rs import FancyRegexOptions

BOUNDED: Final = FancyRegexOptions(backtrack_limit=50_000, size_limit=10_000_000)
"""The options of every validator that is given a user's schema. Expressions are linear in the text, except
for those with look-around or back-references: a text on which these take more steps does not match."""
