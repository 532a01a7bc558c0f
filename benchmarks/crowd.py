"""Many clients in separate worlds. Each response is compared with a model of its world."""

# ruff: noqa: S311 - random numbers of a benchmark need not be secure

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.world_model import (
    CONNECTORS,
    CREDENTIALS,
    Answer,
    Disagreement,
    Model,
    Visitor,
    learn,
)

SHARED = 8
"""The number of worlds that two threads share."""
TOLD = 5
"""The maximum number of disagreements that are printed."""


class Line:
    """A persistent connection, for one thread."""

    def __init__(self, address: str, statuses: Counter[int]) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=60)
        self._statuses = statuses

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, Any]:
        """Send one request; returns the response and the JSON of its body."""
        sent = None if body is None else json.dumps(body)
        named = {"Content-Type": "application/json"} if sent else {}
        self._connection.request(method, path, sent, {**(headers or {}), **named})
        answer = self._connection.getresponse()
        content = answer.read()
        self._statuses[answer.status] += 1
        return answer, json.loads(content) if content else None

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Call the admin API. Raises RuntimeError for an error response."""
        answer, said = self.send(method, f"/__admin{path}", body)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {said}")
        return said

    def ask(self, world: str, *, by_path: bool) -> Callable[[str, str, Any, Mapping[str, str]], Answer]:
        """A function that sends requests to a world, which is selected by path or by header."""
        prefix, chosen = (f"/~{world}", {}) if by_path else ("", {"X-Mock-World": world})

        def ask(method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
            answer, said = self.send(method, prefix + path, body, {**headers, **chosen})
            answered, _, number = (answer.headers["X-Mock-Request-Id"] or "?.0").rpartition(".")
            return Answer(answer.status, answered, int(number), said)

        return ask


@dataclass
class Tally:
    """The results."""

    statuses: Counter[int] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)
    resets: int = 0
    numbers: Counter[tuple[str, int]] = field(default_factory=Counter)


class Sharer:
    """One of two threads in a world. It creates, changes and deletes its own records, and must not see records of
    other worlds."""

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
    turns: Iterator[object],
    tally: Tally,
) -> None:
    """The work of one thread: a random operation for each turn, and at the end a check of each world. A disagreement is
    counted and ends the visits to its world."""
    failed: set[str] = set()

    def tried(name: str, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            failed.add(name)
            tally.disagreements.append(f"{name}: {type(error).__name__}: {error}"[:500])

    for _ in turns:
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
    """A random operation, a reset, or an advance of the clock."""
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


def shares(
    address: str,
    names: list[str],
    shared: list[str],
    beginning: Model,
    tally: Tally,
    *,
    threads: int,
    turns: Callable[[], Iterator[object]],
) -> Iterator[dict[str, Any]]:
    """The worlds of each thread: separate ones, selected by header and by path in turn, and one that it shares with
    another thread."""
    for number in range(threads):
        line = Line(address, tally.statuses)
        yield {
            "line": line,
            "visitors": [
                Visitor(name, line.ask(name, by_path=at % 2 == 1), beginning.copy(asked=0))
                for at, name in enumerate(names)
                if at % threads == number
            ],
            "sharers": [
                Sharer(name, f"t{number}", tally)
                for at, name in enumerate(shared)
                if number % SHARED == at and threads > 1
            ],
            "beginning": beginning,
            "chance": Random(number),
            "turns": turns(),
            "tally": tally,
        }


def until(ends: float) -> Iterator[None]:
    """Yield until the monotonic clock reaches a time, in seconds."""
    while time.monotonic() < ends:
        yield


def crowd(
    address: str, process: int, *, worlds: int, threads: int, seconds: float = 0.0, turns: int | None = None
) -> dict[str, Any]:
    """Run many worlds at once, which are created before and deleted afterwards.

    process: whose memory is measured. seconds: the duration of each thread. turns: its number of operations instead.
    """
    tally = Tally()
    line = Line(address, tally.statuses)
    beginning = learn(line.ask("default", by_path=False))
    # The admin API is loaded by its first call.
    line.admin("POST", "/worlds", {"name": "warm"})
    line.admin("DELETE", "/worlds/warm")
    before = megabytes(process)
    names = [f"w{number}" for number in range(worlds)]
    shared = [f"shared{number}" for number in range(SHARED)]
    for name in (*names, *shared):
        line.admin("POST", "/worlds", {"name": name})
    made = megabytes(process)
    line.close()  # it is idle for as long as the server keeps idle connections; the next call opens it again
    began = time.monotonic()
    each = partial(until, began + seconds) if turns is None else partial(iter, range(turns))
    everybody = shares(address, names, shared, beginning, tally, threads=threads, turns=each)
    running = [threading.Thread(target=drive, kwargs=one) for one in everybody]
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
    memory = {
        "before": before,
        "worlds_made": made,
        "after": busy,
        "worlds_deleted": megabytes(process),
        "kilobytes_a_fresh_world": round((made - before) * 1024 / (worlds + SHARED), 1),
    }
    return {
        "worlds": worlds + SHARED,
        "threads": threads,
        **told(tally, lasted, answered),
        "megabytes": memory,
    }


def told(tally: Tally, lasted: float, answered: int) -> dict[str, Any]:
    """The results as JSON. lasted: seconds. answered: the number of requests before the end of that time."""
    return {
        "seconds": round(lasted, 1),
        "requests": answered,
        "requests_per_second": round(answered / lasted),
        "resets": tally.resets,
        "cross_talk": len(tally.disagreements),
        "told": tally.disagreements[:TOLD],
        "statuses": {str(status): count for status, count in sorted(tally.statuses.items())},
        "status_5xx": sum(count for status, count in tally.statuses.items() if status >= 500),
    }


def megabytes(process: int) -> float:
    """The resident memory of a process, in MiB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise SystemExit("the memory of a process cannot be read on this system")
