"""Whether worlds keep to themselves under load, and what they cost.

    python -m benchmarks.worlds [--seconds 60] [--worlds 200] [--threads 16] [--json FILE]

A server of its own is asked over HTTP. Each world is compared with a model of its own, answer by answer; some are shared
by two threads, whose operations commute. Worlds and snapshots of the large scenario are measured beside the default one.
"""

# ruff: noqa: S311 - what is drawn here guards nothing

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.world_model import (
    CONNECTIONS,
    CONNECTORS,
    CREDENTIALS,
    SCENARIO,
    Answer,
    Disagreement,
    Model,
    Visitor,
    learn,
)

SHARED = 8
"""Worlds that two threads share."""
TOLD = 5
"""Disagreements told in full."""


class Line:
    """A connection that is kept open, for one thread."""

    def __init__(self, address: str, statuses: Counter[int]) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=60)
        self._statuses = statuses

    def close(self) -> None:
        """Nothing more will be sent."""
        self._connection.close()

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, Any]:
        """One request: its answer and the JSON of its body."""
        sent = None if body is None else json.dumps(body)
        named = {"Content-Type": "application/json"} if sent else {}
        self._connection.request(method, path, sent, {**(headers or {}), **named})
        answer = self._connection.getresponse()
        content = answer.read()
        self._statuses[answer.status] += 1
        return answer, json.loads(content) if content else None

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """An admin call, which has to succeed."""
        answer, said = self.send(method, f"/__admin{path}", body)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {said}")
        return said

    def ask(self, world: str, *, by_path: bool) -> Callable[[str, str, Any, Mapping[str, str]], Answer]:
        """How this world is asked, chosen by path or by header."""
        prefix, chosen = (f"/~{world}", {}) if by_path else ("", {"X-Mock-World": world})

        def ask(method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
            answer, said = self.send(method, prefix + path, body, {**headers, **chosen})
            answered, _, number = (answer.headers["X-Mock-Request-Id"] or "?.0").rpartition(".")
            return Answer(answer.status, answered, int(number), said)

        return ask


@dataclass
class Tally:
    """What came of it."""

    statuses: Counter[int] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)
    resets: int = 0
    numbers: Counter[tuple[str, int]] = field(default_factory=Counter)


class Sharer:
    """One of two threads in a world: makes, changes and removes records of its own, and sees those of nobody else's
    world."""

    def __init__(self, name: str, tag: str, tally: Tally) -> None:
        self.name = name
        self._tag = tag
        self._tally = tally
        self._own: dict[str, dict[str, Any]] = {}
        self._marks = 0

    def anything(self, line: Line, chance: Random) -> None:
        """One operation that commutes with all of the other thread's. Raises Disagreement."""
        act = chance.choice([self._add, self._change, self._read, self._list, self._remove])
        act(line, chance)

    def _ask(self, line: Line, method: str, path: str, body: Any = None) -> Answer:
        headers = {**CREDENTIALS[CONNECTORS], "Idempotency-Key": f"{self._tag}-{self._marks}"}
        answer = line.ask(self.name, by_path=False)(method, CONNECTORS + path, body, headers)
        self._tally.numbers[self.name, answer.number] += 1
        self._same(answer.world, self.name)
        return answer

    def _add(self, line: Line, _chance: Random) -> None:
        if len(self._own) < 10:
            sent = {"provider_slug": "slack", "credential": {"x": "y"}, "scope_config": self._mark()}
            answer = self._ask(line, "POST", "", sent)
            self._same((answer.status, answer.body["data"]["scope_config"]), (201, sent["scope_config"]))
            self._own[answer.body["data"]["id"]] = answer.body["data"]

    def _change(self, line: Line, chance: Random) -> None:
        if self._own:
            key, sent = chance.choice(sorted(self._own)), {"scope_config": self._mark()}
            changed = self._ask(line, "PATCH", f"/{key}", sent).body["data"]
            self._same(changed, {**self._own[key], **sent, "updated_at": changed["updated_at"]})
            self._own[key] = changed

    def _read(self, line: Line, chance: Random) -> None:
        if self._own:
            key = chance.choice(sorted(self._own))
            self._same(self._ask(line, "GET", f"/{key}").body["data"], self._own[key])

    def _list(self, line: Line, _chance: Random) -> None:
        listed = {one["id"]: one for one in self._ask(line, "GET", "?limit=100").body["data"]}
        mine = {key: one for key, one in listed.items() if one["scope_config"].get("tag") == self._tag}
        self._same(mine, self._own)
        self._same({one["scope_config"].get("world", self.name) for one in listed.values()}, {self.name})

    def _remove(self, line: Line, chance: Random) -> None:
        if self._own:
            key = chance.choice(sorted(self._own))
            self._same(self._ask(line, "DELETE", f"/{key}").status, 204)
            del self._own[key]

    def _mark(self) -> dict[str, Any]:
        self._marks += 1
        return {"world": self.name, "tag": self._tag, "mark": self._marks}

    def _same(self, found: Any, expected: Any) -> None:
        if found != expected:
            raise Disagreement(f"shared world {self.name}: {found!r} instead of {expected!r}")


def drive(
    line: Line,
    *,
    visitors: list[Visitor],
    sharers: list[Sharer],
    beginning: Model,
    chance: Random,
    ends: float,
    tally: Tally,
) -> None:
    """One thread: random operations in its worlds until the time is up, then all of each world once more. Whatever goes
    wrong in a world counts, and ends the visits to it."""
    failed: set[str] = set()

    def tried(name: str, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            failed.add(name)
            tally.disagreements.append(f"{name}: {type(error).__name__}: {error}"[:500])

    while time.monotonic() < ends:
        well = [one for one in visitors if one.name not in failed]
        if sharers and (not well or chance.random() < 0.1):
            sharer = chance.choice(sharers)
            tried(sharer.name, partial(sharer.anything, line, chance))
            sharers = [one for one in sharers if one.name not in failed]
        elif well:
            visitor = chance.choice(well)
            tried(visitor.name, partial(visit, line, visitor, beginning, chance, tally))
        else:
            break
    for visitor in visitors:
        if visitor.name not in failed:
            tried(visitor.name, visitor.everything)
    line.close()


def visit(line: Line, visitor: Visitor, beginning: Model, chance: Random, tally: Tally) -> None:
    """An operation, a reset or some time."""
    drawn = chance.random()
    if drawn < 0.02:
        line.admin("POST", f"/worlds/{visitor.name}/reset")
        visitor.model = beginning.copy(asked=0)
        tally.resets += 1
    elif drawn < 0.06:
        seconds = chance.choice([1, 3, 60])
        line.admin("POST", f"/worlds/{visitor.name}/clock/advance", {"seconds": seconds})
        visitor.model.elapsed += seconds
    else:
        visitor.anything(chance)


def crowd(address: str, process: int, *, worlds: int, threads: int, seconds: float) -> dict[str, Any]:
    """Many worlds at once, made before and deleted after. process: whose memory is told."""
    tally = Tally()
    line = Line(address, tally.statuses)
    beginning = learn(line.ask("default", by_path=False))
    before = megabytes(process)
    names = [f"w{number}" for number in range(worlds)]
    shared = [f"shared{number}" for number in range(SHARED)]
    for name in (*names, *shared):
        line.admin("POST", "/worlds", {"name": name})
    made = megabytes(process)
    ends, began = time.monotonic() + seconds, time.monotonic()
    running = []
    for number in range(threads):
        own = Line(address, tally.statuses)
        visitors = [
            Visitor(name, own.ask(name, by_path=at % 2 == 1), beginning.copy(asked=0))
            for at, name in enumerate(names)
            if at % threads == number
        ]
        sharers = [
            Sharer(name, f"t{number}", tally)
            for at, name in enumerate(shared)
            if number % SHARED == at and threads > 1
        ]
        chance = Random(number)
        more = {"visitors": visitors, "sharers": sharers, "beginning": beginning}
        more |= {"chance": chance, "ends": ends, "tally": tally}
        running.append(threading.Thread(target=drive, args=(own,), kwargs=more))
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    lasted = time.monotonic() - began
    busy = megabytes(process)
    answered = sum(tally.statuses.values())
    for name in (*names, *shared):
        line.admin("DELETE", f"/worlds/{name}")
    line.close()
    twice = [key for key, count in tally.numbers.items() if count > 1]
    tally.disagreements += [f"an exchange's number was given twice: {key}" for key in twice]
    return {
        "worlds": worlds + SHARED,
        "threads": threads,
        "seconds": round(lasted, 1),
        "requests": answered,
        "requests_per_second": round(answered / lasted),
        "resets": tally.resets,
        "cross_talk": len(tally.disagreements),
        "told": tally.disagreements[:TOLD],
        "statuses": {str(status): count for status, count in sorted(tally.statuses.items())},
        "status_5xx": sum(count for status, count in tally.statuses.items() if status >= 500),
        "megabytes": {
            "before": before,
            "worlds_made": made,
            "after": busy,
            "worlds_deleted": megabytes(process),
            "kilobytes_a_fresh_world": round((made - before) * 1024 / (worlds + SHARED), 1),
        },
    }


def in_process(rounds: int = 200) -> dict[str, Any]:
    """Microseconds to make and to reset a world, without HTTP."""
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


def over_http(line: Line, rounds: int = 50) -> dict[str, Any]:
    """Milliseconds to make and to reset a world by admin call."""
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
    """The medians, and how much more the large scenario costs."""
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
    """One record more, one less, one changed: their ids."""
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
    removed = next(one["id"] for one in listed if not one["grants"])  # grants would go with it
    ask("DELETE", f"{CONNECTIONS}/{removed}", None, caller)
    body = {"provider": "gmail", "name": "benchmark", "credentials": {}}
    return {
        "added": ask("POST", CONNECTIONS, body, caller).body["id"],
        "removed": removed,
        "changed": changed,
    }


def exactly(found: Mapping[str, Any], written: Mapping[str, str]) -> bool:
    """Whether a comparison shows these three writes and nothing else."""
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


def megabytes(process: int) -> float:
    """What a process holds in memory."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise SystemExit("the system does not tell memory")


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """A server whose worlds begin at a moment that stays: its address and process id."""
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
    """Print the figures; exit with 1 where a world was not as its model had it, or a comparison not exact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--json", type=Path, help="where the figures are written as well")
    wanted = parser.parse_args()
    with server() as (address, process):
        many = {"worlds": wanted.worlds, "threads": wanted.threads}
        load = crowd(address, process, seconds=wanted.seconds, **many)
        again = crowd(address, process, seconds=wanted.seconds / 4, **many)
        load["megabytes"]["after_a_quarter_of_it_again"] = again["megabytes"]["after"]
        line = Line(address, Counter())
        figures = {
            "crowd": load,
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
