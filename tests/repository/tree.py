"""The files of the repository."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def names() -> tuple[str, ...]:
    """Every file that belongs to the repository, by its path from the top."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def texts(*folders: str) -> Iterator[tuple[str, str]]:
    """Name and text of every file, or of those below some folders."""
    for name in names():
        if not folders or name.startswith(tuple(f"{folder}/" for folder in folders)):
            yield name, (ROOT / name).read_text(encoding="utf-8", errors="replace")
