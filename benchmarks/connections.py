"""Answers while very many connections are idle and very many responses are awaited, and how long the end takes.

    python benchmarks/connections.py [--idle 10000] [--waits 1000]

Starts the mock, opens the connections, and has as many responses delayed by `Prefer: wait`, half of them, and waits for the journal, the other half.
Meanwhile the health of the server and a list of another world are asked for. At the end the server gets SIGTERM.
"""

from __future__ import annotations

import argparse
import resource
import signal
import socket
import statistics
import subprocess
import sys
import time
from urllib.parse import urlsplit

PROVIDERS = "/v1/admin/connector-providers"
DELAYED = f"GET {PROVIDERS} HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=30\r\n\r\n".encode()
JOURNAL = b"GET /__admin/worlds/default/requests/wait?count=9999999&timeout_seconds=5 HTTP/1.1\r\nHost: localhost\r\n\r\n"
ASKED = ("/__admin/health", f"/~other{PROVIDERS}")
TIMES = 500


def connect(address: str) -> socket.socket:
    """A connection."""
    where = urlsplit(address)
    return socket.create_connection((where.hostname, where.port), timeout=30)


def milliseconds(connection: socket.socket, path: str) -> list[float]:
    """The times of many answers."""
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(1 << 16)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(1 << 16)
        assert head.startswith(b"HTTP/1.1 200 "), head
        times.append((time.perf_counter() - began) * 1000)
    return times


def show(connection: socket.socket, what: str) -> None:
    """Ask, and print the times."""
    for path in ASKED:
        times = milliseconds(connection, path)
        p99 = statistics.quantiles(times, n=100)[-1]
        print(
            f"{what:<32} {path:<40} median {statistics.median(times):6.2f} ms   99% {p99:6.2f} ms   worst {max(times):6.2f} ms"
        )


def main() -> None:
    """Print the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--waits", type=int, default=1000)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    command = [sys.executable, "-m", "mock_server", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        asking = connect(address)
        milliseconds(asking, ASKED[0])
        show(asking, "nothing else")
        idle = [connect(address) for _ in range(options.idle)]
        show(asking, f"{options.idle} idle")
        waiting = [connect(address) for _ in range(options.waits)]
        for number, connection in enumerate(waiting):
            connection.sendall(JOURNAL if number % 2 else DELAYED)
        show(asking, f"{options.idle} idle, {options.waits} waits")
        began = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        process.wait()
        print(f"ended {time.perf_counter() - began:.2f} s after SIGTERM, exit code {process.returncode}")
        del idle, waiting


if __name__ == "__main__":
    main()
