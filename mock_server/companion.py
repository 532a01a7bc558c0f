"""A command that runs together with the server, such as a test run or a frontend."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from mock_server.errors.startup import StartupError

NOT_FINISHED = 130
"""The exit code if the server is stopped before the command has ended."""


class Companion:
    """One command. The server stops when it ends, unless it was started with `keep`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        keep: bool,
        serve_on: Callable[[int], None] = lambda _code: None,
        ca: Path | None = None,
    ) -> None:
        """command: program and arguments; empty for none. serve_on: called with the exit code of a command
        after which the server goes on. ca: file with the authority of the server's certificate."""
        self._command = list(command)
        self._keep = keep
        self._serve_on = serve_on
        self._ca = ca
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, base_url: str) -> None:
        """Start the command with the URL of the server in MOCK_SERVER_URL, and the file with the authority of
        its certificate in MOCK_SERVER_CA. Raises StartupError."""
        if not self._command:
            return
        environment = {**os.environ, "MOCK_SERVER_URL": base_url}
        if self._ca is not None:
            environment["MOCK_SERVER_CA"] = str(self._ca)
        try:
            self._process = subprocess.Popen(self._command, env=environment)  # noqa: S603
        except OSError as error:
            raise StartupError(f"-- {self._command[0]}: cannot be started ({error.strerror})") from None
        then = self._serve_on if self._keep else self._stop
        threading.Thread(target=self._wait, args=(self._process, then), daemon=True).start()

    def end(self) -> int:
        """Stop the command if it is running; returns its exit code, 0 without a command."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
            return NOT_FINISHED
        return self._process.returncode

    @staticmethod
    def _wait(process: subprocess.Popen[bytes], then: Callable[[int], None]) -> None:
        then(process.wait())

    @staticmethod
    def _stop(_code: int) -> None:
        # The same path as for a signal from outside, so that requests in progress are finished.
        signal.raise_signal(signal.SIGTERM)
