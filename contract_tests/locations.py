"""How paths of files are shown."""

from __future__ import annotations

from pathlib import Path


def from_here(path: Path) -> Path:
    """A path relative to the working directory where the file lies below it, else the absolute one."""
    here = Path.cwd()
    whole = here / path
    return whole.relative_to(here) if whole.is_relative_to(here) else whole
