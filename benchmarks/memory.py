"""The memory of one engine after many requests of all kinds, what they create being deleted again.

    python -m benchmarks.memory [--requests 1000000]

Prints the resident memory ten times on the way. The journal is on and full after the first tenth, so that what grows
afterwards would grow without end. The world is reset from time to time: the answers that idempotency keys stand for are
its state, and kept as long as it is.
"""

from __future__ import annotations

import argparse
import json
import os
from itertools import cycle, islice
from pathlib import Path

from benchmarks.engine import kinds, started
from mock_server.engine import Engine
from mock_server.messages import Request, Response

RESET_EVERY = 50_000
"""Requests."""


def resident() -> float:
    """The resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def delete(engine: Engine, request: Request, response: Response) -> int:
    """Delete the record that a request created. Returns the number of requests that takes. Raises RuntimeError
    where the record is not deleted."""
    document = json.loads(response.body)
    record = document.get("data", document)
    headers = {name: value for name, value in request.headers.items() if name != "content-type"}
    answer = engine.handle(Request("DELETE", f"{request.path}/{record['id']}", "", headers))
    if answer.status >= 300:
        raise RuntimeError(f"DELETE {request.path} answered {answer.status}: {answer.body!r}")
    return 1


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=1_000_000)
    most = parser.parse_args().requests
    engine = started()
    sent, reported = 0, 0
    numbered = enumerate(cycle(kinds(engine).items()))
    for number, (kind, make) in islice(numbered, most):
        if number % RESET_EVERY == 0:
            engine.world().store.reset()
        request = make(number)
        response = engine.handle(request)
        sent += 1
        if kind.endswith(".create"):
            sent += delete(engine, request, response)
        if sent >= most or sent * 10 // most > reported:
            reported = sent * 10 // most
            print(f"{sent:,} requests: {resident():.1f} MiB", flush=True)
        if sent >= most:
            return


if __name__ == "__main__":
    main()
