"""The time from the start of the command to its first answer, and the memory then.

    python benchmarks/start.py [--rounds 7]

first: with no module compiled, as after an installation that compiles none, and no file parsed before. later: from the second start on. CPU time counts besides, because it
depends less on what else the machine does.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROVIDERS = b"GET /v1/admin/connector-providers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
COMMANDS = {
    "one contract": ("--contract", "fastapi_platform"),
    "all contracts": (),
}


def start(arguments: tuple[str, ...], environment: dict[str, str]) -> tuple[float, float, float]:
    """Seconds until the first answer, CPU seconds until the end, MiB of memory."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mock_server", "--port", str(port), *arguments]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **environment}) as process:
        while not answers(port):
            time.sleep(0.002)
        taken = time.perf_counter() - began
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        process.terminate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return taken, used, pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def answers(port: int) -> bool:
    """Whether the server answers a list."""
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(PROVIDERS)
            return connection.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False


def main() -> None:
    """Print the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    for name, arguments in COMMANDS.items():
        figures: dict[str, list[tuple[float, float, float]]] = {"first": [], "later": []}
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                environment = {
                    "PYTHONPYCACHEPREFIX": f"{folder}/modules",
                    "XDG_CACHE_HOME": f"{folder}/cache",
                    "PYTHONDONTWRITEBYTECODE": "",
                }
                figures["first"].append(start(arguments, environment))
                figures["later"].append(start(arguments, environment))
        for state, values in figures.items():
            taken, used, memory = (statistics.median(column) for column in zip(*values, strict=True))
            print(f"{name}, {state}: {taken:.2f} s, of which CPU {used:.2f} s; {memory:.0f} MiB")


if __name__ == "__main__":
    main()
