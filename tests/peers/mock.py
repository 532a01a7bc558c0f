"""A mock in a separate process, started as a user would start it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_READY = " is ready at "


@contextmanager
def running_mock(*options: str) -> Iterator[str]:
    """A fresh mock of all contracts on a free port; yields its address, without a trailing slash.

    options: further ones of its command line. Raises RuntimeError when it does not start.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "mock_server", "--port", "0", *options], stdout=subprocess.PIPE, text=True
    )
    try:
        yield _address(process)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if _READY in line:
            return line.partition(_READY)[2].strip()
    raise RuntimeError(f"mock_server ended with {process.wait()} before it was ready")
