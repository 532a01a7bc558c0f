"""Files that a later start may use again, in the user's folder for caches."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path


def cache_folder(name: str) -> Path:
    """The folder for one type of files; it need not exist. Raises RuntimeError where the user has no home.

    It lies in $XDG_CACHE_HOME, else in ~/.cache (XDG Base Directory Specification).
    """
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "connector-contracts" / name


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, whose folder is created, so that other processes see all of it or nothing. Raises
    OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def remove_oldest(folder: Path, *, files: int, size: int) -> None:
    """Remove the files that were written first until at most this many are left, of at most this many bytes.

    Raises OSError.
    """
    with os.scandir(folder) as entries:  # closed also where another process removes a file meanwhile
        found = [(entry.stat(), entry.path) for entry in entries if entry.is_file()]
    found.sort(key=lambda each: each[0].st_mtime_ns)
    total = sum(status.st_size for status, _ in found)
    while len(found) > files or total > size:
        status, path = found.pop(0)
        total -= status.st_size
        Path(path).unlink(missing_ok=True)
