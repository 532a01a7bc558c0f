"""Start-up time and memory of the mock, and the time of a request compared to an empty Flask route.

    python benchmarks/serving.py [--requests 10000]

Both servers run at the same time and get requests in turn, so that the ratio does not depend on the speed of the machine at
one moment.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROUND = 500
AIMABLE = "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
HEADERS = {"Authorization": "Bearer mock-aimable-member", "Content-Type": "application/json"}
CONNECTOR = json.dumps({"provider_slug": "slack", "credential": {"access_token": "x"}})
BARE_FLASK = """
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server
class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    def log(self, *arguments):
        pass
app = Flask("bare")
app.add_url_rule("/", view_func=lambda: {"ok": True})
server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
print(f"http://127.0.0.1:{server.port}", flush=True)
server.serve_forever()
"""
MOCK = [sys.executable, "-m", "mock_server", "--port", "0"]


@contextmanager
def server(command: list[str], path: str) -> Iterator[tuple[str, float, int]]:
    """Start a server. Yields its URL, the seconds until its first response, and its process id."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        ask(connect(address), "GET", path)
        yield address, time.perf_counter() - began, process.pid
        process.terminate()


def connect(address: str) -> http.client.HTTPConnection:
    """A persistent connection."""
    return http.client.HTTPConnection(urlsplit(address).netloc)


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | None = None, **more: str
) -> bytes:
    """Send one request. Exits for an error response."""
    connection.request(method, path, body=body, headers={**HEADERS, **more})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path} answered {answer.status}: {content[:200]!r}")
    return content


def megabytes(process: int) -> float:
    """The resident memory of the process."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the memory of a process cannot be read on this system")


def seconds(connection: http.client.HTTPConnection, path: str) -> float:
    """The duration of one round of reads."""
    began = time.perf_counter()
    for _ in range(ROUND):
        ask(connection, "GET", path)
    return time.perf_counter() - began


def main() -> None:
    """Print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    wanted = parser.parse_args().requests
    with (
        server(MOCK, "/__admin/health") as (mock, mock_start, process),
        server([sys.executable, "-c", BARE_FLASK], "/") as (bare, bare_start, _),
    ):
        before = megabytes(process)
        mine, other = connect(mock), connect(bare)
        ratios = [seconds(mine, f"{AIMABLE}?limit=5") / seconds(other, "/") for _ in range(5)]
        for number in range(wanted // 4):
            made = json.loads(ask(mine, "POST", AIMABLE, CONNECTOR, **{"Idempotency-Key": f"bench-{number}"}))
            one = f"{AIMABLE}/{made['data']['id']}"
            ask(mine, "GET", one)
            ask(mine, "GET", AIMABLE)
            ask(mine, "DELETE", one)
        after = megabytes(process)
    print(
        f"start to first 200: {mock_start:.2f} s, an empty Flask application {bare_start:.2f} s, ratio {mock_start / bare_start:.1f}"
    )
    print(
        f"a page of five connectors costs {statistics.median(ratios):.2f} times an empty Flask route ({min(ratios):.2f} to {max(ratios):.2f})"
    )
    print(
        f"memory: {before:.0f} MB at start, {after:.0f} MB after {wanted} requests more (create, read, list, delete)"
    )


if __name__ == "__main__":
    main()
