"""Isolation of worlds under load, and the time they take.

    python -m benchmarks.worlds [--seconds 60] [--worlds 200] [--threads 16] [--idle 10000] [--json FILE]

Starts a server and sends requests over HTTP. Each response is compared with a model of its world. Some worlds are shared by
two threads, whose operations commute. Worlds and snapshots of the large and the default scenario are measured.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.crowd import Line, crowd, megabytes
from benchmarks.world_model import CONNECTIONS, CONNECTORS, CREDENTIALS, SCENARIO


def in_process(rounds: int = 200) -> dict[str, Any]:
    """The time to create and to reset a world, without HTTP, in microseconds."""
    from mock_server.app import build_engine
    from mock_server.settings import Settings

    worlds = build_engine(Settings()).worlds
    began = time.perf_counter()
    worlds.scenarios.get("large")
    built = time.perf_counter() - began
    figures: dict[str, Any] = {"built_once_ms": round(built * 1000)}
    samples: dict[str, list[float]] = {}
    for _ in range(rounds):
        for scenario in ("default", "large"):
            samples.setdefault(f"create_{scenario}", []).append(
                seconds_of(partial(worlds.create, "x", scenario=scenario))
            )
            samples.setdefault(f"reset_{scenario}", []).append(seconds_of(lambda: worlds.reset("x")))
            worlds.remove("x")
    return {
        **figures,
        **ratios({name: statistics.median(found) * 1e6 for name, found in samples.items()}, "us"),
    }


def idle(count: int) -> dict[str, Any]:
    """The memory of many worlds that are not used, in a process of their own: new ones, and as many more that answered one list."""
    from mock_server.app import build_engine
    from mock_server.messages import Request
    from mock_server.settings import Settings

    engine = build_engine(Settings(max_worlds=2 * count + 2))
    headers = CREDENTIALS[CONNECTORS]
    asked = {name.lower(): value for name, value in headers.items()}

    def list_in(world: str) -> None:
        assert engine.handle(Request("GET", CONNECTORS, headers=asked, world=world)).status == 200

    list_in("default")
    resident = [megabytes(os.getpid())]
    for name in ("new", "used"):
        for number in range(count):
            engine.worlds.create(f"{name}-{number}")
            if name == "used":
                list_in(f"{name}-{number}")
        resident.append(megabytes(os.getpid()))
    new, used = (after - before for before, after in pairwise(resident))
    return {
        "worlds": len(engine.worlds),
        "kilobytes_a_new_world": round(new * 1024 / count, 1),
        "kilobytes_a_world_that_answered_once": round(used * 1024 / count, 1),
        "megabytes": resident[-1],
    }


def over_http(line: Line, rounds: int = 50) -> dict[str, Any]:
    """The time to create and to reset a world with the admin API, in milliseconds."""
    samples: dict[str, list[float]] = {}
    line.admin("POST", "/worlds", {"name": "warm", "scenario": "large"})
    line.admin("DELETE", "/worlds/warm")
    for _ in range(rounds):
        for scenario in ("default", "large"):
            body = {"name": "x", "scenario": scenario}
            samples.setdefault(f"create_{scenario}", []).append(
                seconds_of(partial(line.admin, "POST", "/worlds", body))
            )
            samples.setdefault(f"reset_{scenario}", []).append(
                seconds_of(lambda: line.admin("POST", "/worlds/x/reset"))
            )
            line.admin("DELETE", "/worlds/x")
    return ratios({name: statistics.median(found) * 1e3 for name, found in samples.items()}, "ms")


def ratios(medians: Mapping[str, float], unit: str) -> dict[str, Any]:
    """The medians, and the ratio of the large to the small scenario."""
    told: dict[str, Any] = {f"{name}_{unit}": round(value, 2) for name, value in medians.items()}
    for act in ("create", "reset"):
        told[f"{act}_large_to_default"] = round(medians[f"{act}_large"] / medians[f"{act}_default"], 2)
    return told


def snapshots(line: Line) -> dict[str, Any]:
    """Milliseconds for what is done with snapshots of the large scenario, and what a comparison finds."""
    line.admin("POST", "/worlds", {"name": "big", "scenario": "large"})
    told: dict[str, Any] = {}

    def timed(name: str, method: str, path: str, body: Any = None) -> Any:
        began = time.perf_counter()
        said = line.admin(method, path, body)
        told[f"{name}_ms"] = round((time.perf_counter() - began) * 1000, 2)
        return said

    timed("save", "POST", "/snapshots", {"name": "first", "world": "big"})
    timed("restore", "POST", "/worlds/big/restore", {"snapshot": "first"})
    timed("fork", "POST", "/worlds/big/fork", {"name": "forked"})
    written = three_writes(line, "forked")
    found = timed("compare_fork", "GET", "/compare?left=world:big&right=world:forked")
    told["compare_found"] = [
        f"{one['contract']}/{one['collection']} +{one['added']} -{one['removed']} ~{[c['key'] for c in one['changed']]}"
        for one in found["collections"]
    ]
    told["compare_shows_exactly_the_three_writes"] = exactly(found, written)
    exported = timed("export", "GET", "/snapshots/first/file?secrets=true")
    told["export_megabytes"] = round(len(json.dumps(exported)) / 1e6, 1)
    told["records"] = sum(map(len, exported["collections"].values()))
    timed("import", "PUT", "/snapshots/second/file", exported)
    same = timed("compare_import", "GET", "/compare?left=snapshot:first&right=snapshot:second")
    told["import_is_the_same"] = same["same"]
    timed("restore_import", "POST", "/worlds/forked/restore", {"snapshot": "second"})
    return told


def three_writes(line: Line, world: str) -> dict[str, str]:
    """Create, delete and change one record each; returns their ids."""
    ask = line.ask(world, by_path=False)
    caller = CREDENTIALS[CONNECTORS]
    listed = ask("GET", f"{CONNECTORS}?limit=1", None, caller).body["data"]
    changed = listed[0]["id"]
    ask(
        "PATCH",
        f"{CONNECTORS}/{changed}",
        {"scope_config": {**listed[0]["scope_config"], "written": True}},
        caller,
    )
    caller = CREDENTIALS[CONNECTIONS]
    listed = ask("GET", CONNECTIONS, None, caller).body["connections"]
    removed = next(
        one["id"] for one in listed if not one["grants"]
    )  # deleting it would delete its grants too
    ask("DELETE", f"{CONNECTIONS}/{removed}", None, caller)
    body = {"provider": "gmail", "name": "benchmark", "credentials": {}}
    return {
        "added": ask("POST", CONNECTIONS, body, caller).body["id"],
        "removed": removed,
        "changed": changed,
    }


def exactly(found: Mapping[str, Any], written: Mapping[str, str]) -> bool:
    """Whether a comparison contains exactly these three writes."""
    shown = {
        f"{one['contract']}/{one['collection']}": (
            one["added"],
            one["removed"],
            [(changed["key"], {field["field"] for field in changed["fields"]}) for changed in one["changed"]],
        )
        for one in found["collections"]
    }
    fields = {"/scope_config/written", "/updated_at"}
    return found["settings"] == [] and shown == {
        "aimable/connectors": ([], [], [(written["changed"], fields)]),
        "hydracore/connections": ([written["added"]], [written["removed"]], []),
    }


def seconds_of(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """Start a server with frozen clocks. Yields its URL and process id."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "at-noon.yaml"
        scenario.write_text(SCENARIO)
        command = [sys.executable, "-m", "mock_server", "--port", "0", "--scenario", str(scenario)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                words = (word for line in process.stdout for word in line.split())
                address = next(word for word in words if word.startswith("http://"))
                yield address.removeprefix("http://"), process.pid
            finally:
                with suppress(ProcessLookupError):
                    process.terminate()


def main() -> None:
    """Print the results. Exits with 1 if a world differs from its model or a comparison is not exact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--json", type=Path, help="where the figures are written as well")
    parser.add_argument(
        "--idle", type=int, default=10_000, help="the number of worlds whose memory is measured"
    )
    wanted = parser.parse_args()
    with ProcessPoolExecutor(1) as apart:
        memory = apart.submit(idle, wanted.idle).result()
    with server() as (address, process):
        many = {"worlds": wanted.worlds, "threads": wanted.threads}
        load = crowd(address, process, seconds=wanted.seconds, **many)
        again = crowd(address, process, seconds=wanted.seconds / 4, **many)
        load["megabytes"]["after_a_quarter_of_it_again"] = again["megabytes"]["after"]
        line = Line(address, Counter())
        figures = {
            "crowd": load,
            "idle_worlds": memory,
            "worlds_in_process": in_process(),
            "worlds_over_http": over_http(line),
            "snapshots_of_large": snapshots(line),
        }
    text = json.dumps(figures, indent=2)
    print(text)
    if wanted.json:
        wanted.json.write_text(text + "\n")
    saved = figures["snapshots_of_large"]
    exact = saved["compare_shows_exactly_the_three_writes"] and saved["import_is_the_same"]
    raise SystemExit(not exact or any(one["cross_talk"] or one["status_5xx"] for one in (load, again)))


if __name__ == "__main__":
    main()
