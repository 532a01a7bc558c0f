"""Measures how runs end whose target is slow or refuses many requests, and those whose target, network or own
process fails at many instants.

    python -m tests.contract_tests.interruptions --instants 20

Each run is a process of its own that judges the mock server, in a world of its own, through a proxy that
loses requests. The table says for each case how the runs ended, how long the slowest took, how many records
they deleted although they were there before, and how many they left behind, before and after
`contract-tests cleanup`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import httpx

from contract_tests.engine.exit_codes import Exit
from tests.contract_tests.fault_proxy import Alter, Fault, Passed, Plan, limited, proxied, share

CONTRACTS = ("hydracore", "aimable", "patchworks")
"""Whose turn it is changes from instant to instant."""

PLANTED = ("hydracore", "aimable")
"""Contracts whose documents say that credentials are not shown."""

SHARE = 0.01
"""The share of requests that is lost where some are."""

TIMEOUT = 1.0
"""The time-out of the target in seconds where it hangs."""

SHORT = ("--max-time", "240")
"""What a run is given where each answer takes two seconds."""

RATE = 20
"""The requests that a target accepts in a second where it answers 429 to others."""

LONGEST = 600
"""Seconds after which a run counts as one that never ends."""


@dataclass(frozen=True)
class Case:
    """What goes wrong, and the exit codes that are right.

    plan: made for an instant, the number of a request; for cases without an instant that number seeds it.
    sends: a signal that the harness gets at the instant. alters: makes the target break a promise. delay: the
    seconds that each answer takes longer. arguments: of the command line.
    """

    name: str
    expected: frozenset[int]
    plan: Callable[[int], Plan] = lambda _: lambda *_: None
    sends: signal.Signals | None = None
    alters: Alter | None = None
    contracts: tuple[str, ...] = CONTRACTS
    timeout: float | None = None
    delay: float = 0.0
    arguments: tuple[str, ...] = ()


@dataclass
class Tally:
    """How the runs of a case ended."""

    codes: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    added: int = 0
    removed: int = 0
    after_cleanup: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, case: Case, contract: str, instant: int, ended: Ended) -> None:
        """Count a run."""
        self.codes[ended.code] += 1
        self.slowest = max(self.slowest, ended.seconds)
        self.added += ended.added
        self.removed += ended.removed
        self.after_cleanup += ended.after_cleanup
        if ended.code not in case.expected:
            self.wrong.append(f"{case.name}, {contract}, request {instant}: {ended.code}\n{ended.out}")


def from_request(instant: int, fault: Fault) -> Plan:
    """From that request on, all are lost."""
    return lambda number, *_: fault if number >= instant else None


def shows_credentials(body: bytes, passed: Passed) -> Passed:
    """A server that shows the credentials it was sent, which the documents say are stored encrypted."""
    try:
        sent, value = json.loads(body), json.loads(passed.content)
    except ValueError:
        return passed
    if not isinstance(sent, dict) or not isinstance(value, dict):
        return passed
    secrets = {name: sent[name] for name in ("credential", "credentials") if name in sent}
    return replace(passed, content=json.dumps({**value, **secrets}).encode())


def broken(name: str, **trouble: Any) -> Case:
    """A case in which the target breaks a *must* besides."""
    exits = frozenset({Exit.BROKEN})
    return Case(f"a broken must, {name}", exits, alters=shows_credentials, contracts=PLANTED, **trouble)


CASES = (
    Case("1 % answered 502 by a proxy", frozenset({0}), lambda n: share(SHARE, "502", seed=n)),
    Case("1 % of connections reset", frozenset({0}), lambda n: share(SHARE, "reset", seed=n)),
    Case("1 % reset after the effect", frozenset({0, 6}), lambda n: share(SHARE, "reset-after", seed=n)),
    Case("answers take 0.2 s", frozenset({0}), delay=0.2),
    Case("answers take 2 s", frozenset({0}), delay=2.0, arguments=SHORT),
    Case("20 requests a second", frozenset({0}), lambda _: limited(RATE)),
    broken("1 % answered 502", plan=lambda n: share(SHARE, "502", seed=n)),
    broken("1 % of connections reset", plan=lambda n: share(SHARE, "reset", seed=n)),
    broken("answers take 0.2 s", delay=0.2),
    broken("answers take 2 s", delay=2.0, arguments=SHORT),
    broken("20 requests a second", plan=lambda _: limited(RATE)),
    Case("all answered 502", frozenset({3}), lambda _: from_request(1, "502")),
    Case("target killed", frozenset({3}), lambda n: from_request(n, "dead")),
    Case("target hangs", frozenset({3}), lambda n: from_request(n, "hang"), timeout=TIMEOUT),
    Case("harness gets SIGINT", frozenset({130}), sends=signal.SIGINT),
    Case("harness gets SIGTERM", frozenset({143}), sends=signal.SIGTERM),
    Case("harness killed", frozenset({-9}), sends=signal.SIGKILL),
)


class Mock:
    """A mock server; each run gets a world of its own in it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._admin = httpx.Client(base_url=f"{url}/__admin", trust_env=False)
        self._worlds = 0

    def world(self) -> str:
        """A new world, whose beginning is kept for comparison."""
        self._worlds += 1
        name = f"run{self._worlds}"
        self._admin.post("/worlds", json={"name": name}).raise_for_status()
        self._admin.post("/snapshots", json={"name": f"before-{name}", "world": name}).raise_for_status()
        return name

    def difference(self, world: str) -> tuple[int, int]:
        """How many records a world has that it did not begin with, and how many of the first it lacks.

        Keys against repeated requests stay in any case: no client can delete them.
        """
        sides = {"left": f"snapshot:before-{world}", "right": f"world:{world}"}
        compared = self._admin.get("/compare", params=sides).raise_for_status().json()
        collections = [each for each in compared["collections"] if each["collection"] != "idempotency"]
        added = sum(len(collection["added"]) for collection in collections)
        return added, sum(len(collection["removed"]) for collection in collections)

    def forget(self, world: str) -> None:
        """Free the place of a world and of its beginning: a server holds a limited number of both."""
        self._admin.delete(f"/snapshots/before-{world}").raise_for_status()
        self._admin.delete(f"/worlds/{world}").raise_for_status()


@contextmanager
def serving() -> Iterator[Mock]:
    """A mock server, while the block runs."""
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        first = next(line for line in process.stdout if "http://" in line)
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield Mock("http" + first.partition("http")[2].split()[0].rstrip("/."))
    finally:
        process.terminate()
        process.wait(timeout=30)


def target_text(base_url: str, contract: str, timeout: float | None) -> str:
    """The target file of one contract of the mock."""
    command = [sys.executable, "-m", "mock_server", "target", "--base-url", base_url, "--contract", contract]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    table = f"[contracts.{contract}]"
    return text if timeout is None else text.replace(table, f"{table}\ntimeout = {timeout}", 1)


@dataclass(frozen=True)
class Ended:
    """How one run ended.

    requests: how many it sent. added, removed: the records it left behind, and those it deleted although they
    were there before. after_cleanup: the records left once `contract-tests cleanup` had run where the run
    left a cleanup file.
    """

    code: int
    seconds: float
    requests: int
    added: int
    removed: int
    after_cleanup: int
    out: str


def run_once(mock: Mock, case: Case, contract: str, instant: int) -> Ended:
    """One run of a case, and the command that finishes what it left."""
    world, folder, reached = mock.world(), Path(tempfile.mkdtemp(prefix="interruptions-")), threading.Event()
    plan = case.plan(instant)

    def watched(number: int, method: str, path: str) -> Fault | None:
        if number == instant and case.sends is not None:
            reached.set()
        return plan(number, method, path)

    with proxied(mock.url, watched, alter=case.alters, delay=case.delay) as proxy:
        text = target_text(f"{proxy.url}/~{world}", contract, case.timeout)
        (folder / "target.toml").write_text(text, encoding="utf-8")
        started = time.perf_counter()
        process = _start(folder, "run", *case.arguments)
        if case.sends is not None and reached.wait(LONGEST):
            os.kill(process.pid, case.sends)
        out, _ = process.communicate(timeout=LONGEST)
        seconds = time.perf_counter() - started
        requests = len(proxy.seen)
    added, removed = mock.difference(world)
    reachable = text.replace(proxy.url, mock.url)
    (folder / "target.toml").write_text(reachable, encoding="utf-8")
    out += _cleaned_up(folder)
    after_cleanup, _ = mock.difference(world)
    mock.forget(world)
    shutil.rmtree(folder)
    return Ended(process.returncode, seconds, requests, added, removed, after_cleanup, out)


def _start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "contract_tests", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _cleaned_up(folder: Path) -> str:
    """Finish what a run left, from the cleanup file that it left beside the target file, if it left one."""
    files = [path for path in folder.iterdir() if path.is_file() and path.name != "target.toml"]
    return "".join(_start(folder, "cleanup", path.name).communicate(timeout=LONGEST)[0] for path in files)


def measure(mock: Mock, case: Case, instants: int, totals: dict[str, int]) -> Tally:
    """Runs of a case at instants that are spread evenly over a whole run."""
    tally = Tally()
    for number in range(instants):
        contract = case.contracts[number % len(case.contracts)]
        last = totals[contract] - 1
        instant = 1 + number * last // max(1, instants - 1)
        tally.add(case, contract, instant, run_once(mock, case, contract, instant))
    return tally


def control(mock: Mock, case: Case) -> Tally:
    """Runs of a case that alters answers, in which nothing is lost: they have to end as the others do."""
    tally = Tally()
    undisturbed = replace(case, plan=lambda _: lambda *_: None, delay=0.0)
    for contract in case.contracts if case.alters else ():
        tally.add(case, contract, 0, run_once(mock, undisturbed, contract, 0))
    return tally


@click.command()
@click.option("--instants", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--case", "names", multiple=True, metavar="TEXT", help="Only cases whose names contain this.")
def main(instants: int, names: tuple[str, ...]) -> None:
    """Measure and print the table; exits with 1 when a run ended with a wrong exit code."""
    chosen = [case for case in CASES if not names or any(name in case.name for name in names)]
    wrong: list[str] = []
    with serving() as mock:
        undisturbed = Case("nothing goes wrong", frozenset({0}))
        first = {contract: run_once(mock, undisturbed, contract, 0) for contract in CONTRACTS}
        totals = {contract: ended.requests for contract, ended in first.items()}
        for contract, ended in first.items():
            state = f"{ended.added} records left, {ended.removed} lost"
            click.echo(f"{contract}: {ended.requests} requests, exit {ended.code}, {state}")
        click.echo("| case | runs | exit codes | slowest (s) | records lost | left | left after cleanup |")
        click.echo("|---|---|---|---|---|---|---|")
        for case in chosen:
            tally = measure(mock, case, instants, totals)
            codes = ", ".join(f"{code}: {number}" for code, number in sorted(tally.codes.items()))
            seconds, left = f"{tally.slowest:.1f}", (tally.removed, tally.added, tally.after_cleanup)
            click.echo(f"| {' | '.join(map(str, (case.name, instants, codes, seconds, *left)))} |")
            wrong += [*control(mock, case).wrong, *tally.wrong]
    for text in wrong:
        click.echo(f"\n{text}", err=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
