"""Sends many hostile requests to a mock server and prints what came of them: `python -m tests.hostile`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from tests.hostile.material import Material
from tests.hostile.siege import Besieged, Findings, besieged, send_broken, send_permitted

_ROUND = 2000
"""Requests of each thread between two lines of progress."""


def main() -> None:
    """Run until the number of requests is reached or the time is up."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, help="Number of requests.")
    parser.add_argument("--seconds", type=float, default=86_400, help="Maximum duration.")
    parser.add_argument("--threads", type=int, default=2, help="Number of connections at a time.")
    parser.add_argument("--seed", type=int, default=0, help="Seed of the requests.")
    arguments = parser.parse_args()
    findings, end = Findings(), monotonic() + arguments.seconds
    with besieged() as server, ThreadPoolExecutor(arguments.threads) as pool:
        before = server.memory
        materials = [Material(arguments.seed + number) for number in range(arguments.threads)]
        while findings.sent < arguments.requests and monotonic() < end and server.is_alive:
            list(pool.map(lambda material: _send_round(server, material, findings), materials))
            sys.stdout.write(json.dumps(_figures(server, findings, before)) + "\n")
            sys.stdout.flush()


def _send_round(server: Besieged, material: Material, findings: Findings) -> None:
    send_permitted(server.port, material, _ROUND * 9 // 10, findings)
    send_broken(server.port, material, _ROUND // 10, findings)


def _figures(server: Besieged, findings: Findings, before: float) -> dict[str, object]:
    return {
        "requests": findings.sent,
        "5xx": len(findings.failures),
        "hangs": len(findings.hangs),
        "tracebacks": server.tracebacks,
        "deaths": 0 if server.is_alive else 1,
        "memory_mib": [round(before, 1), round(server.memory, 1)],
        "statuses": dict(sorted(findings.statuses.items())),
        "first": [*findings.failures[:3], *findings.hangs[:3]],
    }


if __name__ == "__main__":
    main()
