"""The file with which `contract-tests cleanup` finishes what a killed run left: JSON lines, no secrets."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO


class CleanupFile:
    """Written before each creating request and completed after it, so that it is true at any moment.

    Opened with the first entry. Safe to use from several threads.
    """

    def __init__(self, path: Path, *, target: str) -> None:
        self.path = path
        self._target = target
        self._lock = threading.Lock()
        self._stream: TextIO | None = None
        self._is_new = not path.exists()

    def write(self, event: str, run: str, **members: Any) -> None:
        """Append an entry. run: the nonce of the run. Raises OSError when the file cannot be written."""
        with self._lock:
            if self._stream is None:
                self._stream = self.path.open("a", encoding="utf-8")
                self._append({"event": "target", "file": self._target})
            self._append({"event": event, "run": run, **members})

    def close(self, *, is_done: bool) -> None:
        """Close the file; one that this run began is removed when nothing is left to do."""
        with self._lock:
            if self._stream is None:
                return
            self._stream.close()
            self._stream = None
            if is_done and self._is_new:
                self.path.unlink(missing_ok=True)

    def _append(self, entry: Mapping[str, Any]) -> None:
        assert self._stream is not None  # noqa: S101 - `write` has opened it
        self._stream.write(json.dumps(entry, default=str) + "\n")
        self._stream.flush()


def default_path(target: Path) -> Path:
    """A new cleanup file next to a target file."""
    return target.with_name(f"{target.stem}.cleanup-{secrets.token_hex(4)}.jsonl")


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """The entries of a cleanup file. A last line that was not written to its end is left out.

    Raises OSError, and ValueError for a file that is not a cleanup file.
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        if not line.endswith("\n"):
            return
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise ValueError(f"{path}:{number}: not a line of a cleanup file") from error
        if not isinstance(entry, dict) or "event" not in entry:
            raise ValueError(f"{path}:{number}: not a line of a cleanup file")
        yield entry
