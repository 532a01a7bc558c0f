"""Runs the harness against a server that other people wrote: `python -m tests.third_party.run kinto`.

Ends with 0 when the server's state is as before but for what the run reports as left behind, and no *must* is
false or unjudged; with 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx

from tests.third_party.environment import prepare
from tests.third_party.judging import Judged, differences, judge
from tests.third_party.servers import SERVERS
from tests.third_party.servers.base import CLOSED_PORT, Deployment, Server, Target

START_SECONDS = 120
SHOWN = 4
"""Differences of a kind that are printed."""

SWEEP_SECONDS = 300
"""What a run that was stopped may take to delete what it created."""

SETTLE_SECONDS = 2
"""What a server may take to write its files after its last answer."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the servers that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.third_party.run", description=__doc__)
    parser.add_argument("server", nargs="+", choices=[*SERVERS, "all"])
    parser.add_argument("--profile", default="quick", choices=["quick", "default", "thorough"])
    parser.add_argument("--seed", default="0")
    parser.add_argument("--timeout", default=600, type=float, help="seconds that the harness may take")
    parser.add_argument("--whole", action="store_true", help="every operation, not those of chosen tags")
    parser.add_argument("--keep", type=Path, help="a folder for document, target file, report and logs")
    options = parser.parse_args(arguments)
    names = list(SERVERS) if "all" in options.server else options.server
    return max(_run(name, options) for name in names)


def _run(name: str, options: argparse.Namespace) -> int:
    server = SERVERS[name]
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary) if options.keep is None else options.keep / name
        data = Path(temporary) / "data"
        work.mkdir(parents=True, exist_ok=True)
        data.mkdir()
        deployment = Deployment(data, free_port(), prepare(name))
        with running(server, deployment, work / "server.log"):
            target = server.seed(deployment)
            file, content = server.document(deployment)
            (work / file).write_bytes(content)
            contract = Path(file).stem
            (work / "target.toml").write_text(target_file(contract, file, target), encoding="utf-8")
            time.sleep(SETTLE_SECONDS)
            before = server.snapshot(deployment)
            code = _harness(work, target, options)
            time.sleep(SETTLE_SECONDS)
            after = server.snapshot(deployment)
        report = _report(work / "report.json")
    judged = judge(name, report)
    changes = differences(before, after, report["leftovers"])
    _print(name, code, report, judged, changes=changes, objects=len(before))
    allowed = all(entry.allowed for entry in judged)
    return 0 if allowed and not changes and report["outcomes"] else 1


@contextmanager
def running(server: Server, deployment: Deployment, log: Path) -> Iterator[None]:
    """The server, started and answering; it is stopped at the end."""
    proxy = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), CLOSED_PORT)
    common = {"HOME": str(deployment.folder), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    env = os.environ | proxy | common | server.env(deployment)
    command = server.command(deployment)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=deployment.folder, env=env, stdout=output, stderr=output, start_new_session=True
        )
        try:
            _await(f"{deployment.url}{server.ready}", process, log)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise SystemExit(f"the server does not answer at {url}:\n{log.read_text(errors='replace')[-2000:]}")


def target_file(contract: str, document: str, target: Target) -> str:
    """The text of the target file. document: the name of the file beside it."""
    head = f'[contracts.{contract}]\nbase_url = "{target.base_url}"\nspec = "{document}"\n'
    return head + target.lines.replace("[CONTRACT.", f"[contracts.{contract}.")


def _harness(work: Path, target: Target, options: argparse.Namespace) -> int | str:
    """The exit code of a run, or a word when it took too long: it is then stopped and reports what it has."""
    (work / "report.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "contract_tests", "run", "--target", "target.toml"]
    command += ["--profile", options.profile, "--seed", options.seed, "--report", "json=report.json"]
    env = os.environ | target.env | {"PYTHONPATH": str(Path(__file__).parents[2])}
    for tag in target.tags if not options.whole else ():
        command += ["--tag", tag]
    with (work / "harness.log").open("wb") as output:
        run = subprocess.Popen(command, cwd=work, env=env, stdout=output, stderr=output)
        try:
            run.wait(timeout=options.timeout)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGTERM)
            run.wait(timeout=SWEEP_SECONDS)
            return f"none within {options.timeout:g} s"
    return run.returncode


def _report(path: Path) -> dict[str, Any]:
    if not path.exists():
        log = path.with_name("harness.log").read_text(encoding="utf-8", errors="replace")
        return {"outcomes": [], "leftovers": [], "counts": {}, "problems": [], "log": log[-3000:]}
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def _print(
    name: str,
    code: int | str,
    report: dict[str, Any],
    judged: list[Judged],
    *,
    changes: list[str],
    objects: int,
) -> None:
    requests = sum(outcome["exchanges"] for outcome in report["outcomes"])
    print(f"== {name}: exit code {code}; {requests} requests in {report.get('seconds', 0):.1f} s")
    print("   " + ", ".join(f"{count} {verdict}" for verdict, count in report["counts"].items() if count))
    for problem in report["problems"]:
        print(f"   problem: {problem['message']}")
    if "log" in report:
        print(textwrap.indent(report["log"], "   | "))
    for entry in judged:
        finding = entry.outcome["finding"]
        level = entry.outcome["level"]
        print(f"\n-- {entry.word}: {entry.outcome['requirement']} ({level}, {entry.outcome['verdict']})")
        print(f"   expected {finding['expected']}\n   received {finding['received']}")
        if finding["also"]:
            print(f"   also {', '.join(finding['also'])}")
        if entry.judgement is not None:
            print(f"   {entry.judgement.kind}: {entry.judgement.reason}")
        else:
            print(textwrap.indent(finding["curl"], "   | "))
    print(f"\n   left behind as reported: {len(report['leftovers'])}")
    print("".join(f"   - {leftover}\n" for leftover in report["leftovers"]), end="")
    print(f"   state: {objects} objects before, {len(changes)} unexplained differences")
    for (word, folder), lines in groupby(changes, key=_kind):
        alike = list(lines)
        print("".join(f"   - {change}\n" for change in alike[:SHOWN]), end="")
        if len(alike) > SHOWN:
            print(f"   - and {len(alike) - SHOWN} more below {folder} are {word}")
    words = [(entry.outcome["verdict"], entry.word) for entry in judged]
    for pair in sorted(set(words)):
        print(f"   {words.count(pair)} {pair[0]} judged {pair[1]}")


def _kind(change: str) -> tuple[str, str]:
    """What alike differences have in common: how the object differs, and what it lies below."""
    word, name = change.split()[:2]
    return word, name.rpartition("/")[0]


def free_port() -> int:
    """A port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
