"""A command that runs beside the server: a test run, a frontend, whatever needs the mock while it lives."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Sequence

from mock_server.errors.startup import StartupError

NOT_FINISHED = 130
"""The exit code when the server was stopped before the command had ended."""


class Companion:
    """One command, started once the server answers; when it ends the server stops, unless told to keep on."""

    def __init__(self, command: Sequence[str], *, keep: bool) -> None:
        self._command = list(command)
        self._keep = keep
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, base_url: str) -> None:
        """Start it with the address of the server in MOCK_SERVER_URL. Raises StartupError when it cannot
        be."""
        if not self._command:
            return
        try:
            self._process = subprocess.Popen(self._command, env={**os.environ, "MOCK_SERVER_URL": base_url})  # noqa: S603
        except OSError as error:
            raise StartupError(f"-- {self._command[0]}: cannot be started ({error.strerror})") from None
        if not self._keep:
            threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()

    def end(self) -> int:
        """Stop it if it still runs. Returns its exit code, 0 when there was none."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
            return NOT_FINISHED
        return self._process.returncode

    @staticmethod
    def _watch(process: subprocess.Popen[bytes]) -> None:
        process.wait()
        signal.raise_signal(signal.SIGTERM)
