"""A real server process for tests of what only a process shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Server:
    """A running server and its start page."""

    process: subprocess.Popen[str]
    port: int
    page: str

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, signal: int) -> tuple[int, str]:
        """Exit code and standard error."""
        self.process.send_signal(signal)
        _out, err = self.process.communicate(timeout=20)
        return self.process.returncode, err


Start = Callable[..., Server]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start `python -m mock_server --port 0` with further arguments; ended after the test at the latest."""
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> Server:
        process = subprocess.Popen(
            [sys.executable, "-m", "mock_server", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("MOCK_SERVER_")},
        )
        running.append(process)
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        while lines[-1] and not lines[-1].startswith("Stop with"):
            lines.append(process.stdout.readline())
        page = "".join(lines)
        found = re.search(r"http://127\.0\.0\.1:(\d+)", page)
        assert found, page + process.communicate(timeout=20)[1]
        return Server(process, int(found[1]), page)

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()
