"""Where in a TOML file a key is set, for messages about its value."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def place(source: str, keys: Sequence[str]) -> str:
    """`file:line: a.b.c` for a key that is set in the file; without the line or the file where it is not.

    source: the file's name; empty for a target that was not read from a file.
    """
    dotted = ".".join(keys)
    if not source:
        return dotted
    line = line_in(source, keys)
    return f"{source}: {dotted}" if line is None else f"{source}:{line}: {dotted}"


def line_in(source: str, keys: Sequence[str]) -> int | None:
    """The line of a file on which a key is set, as `line_of` finds it; None where it cannot be read."""
    try:
        return line_of(Path(source).read_text(encoding="utf-8"), keys) if source else None
    except (OSError, UnicodeDecodeError):
        return None


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """The line, counted from 1, on which the statement begins that sets a key; None where none sets it.

    tomllib keeps no positions, but each beginning of a file that ends with a whole statement can be read: the
    first that has the key ends with the statement looked for.
    """
    lines = text.splitlines(keepends=True)
    begins = 1
    for number in range(1, len(lines) + 1):
        try:
            content = tomllib.loads("".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue  # in the midst of a statement of several lines
        if _has(content, keys):
            return begins
        begins = number + 1
    return None


def _has(content: Any, keys: Sequence[str]) -> bool:
    for key in keys:
        if not isinstance(content, dict) or key not in content:
            return False
        content = content[key]
    return True
