"""Our mock beside other mocks, a bare Flask route, and the same work written by hand: one contract, the same requests.

    python benchmarks/side_by_side.py [--tools FOLDER] [--seconds 2] [--rounds 3] [--only NAME] [--markdown]

Needs wrk, Node and npm. The others are installed once, in the versions below, into the folder of --tools. Every server is one process with one
worker. They run at the same time and are measured in turn, so that all meet the same machine; the figures are medians of the rounds.

list: 17 connectors. create: a connector with a fresh name each time. refuse: a connector without five of its six required members.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONTESTANTS = Path(__file__).resolve().parent / "contestants"
DOCUMENT = ROOT / "openapi" / "patchworks.yaml"
NODE_PACKAGES = (
    "@stoplight/prism-cli@5.16.0",
    "openapi-backend@5.21.2",
    "json-server@0.17.4",
    "@scalar/mock-server@0.14.4",
    "@hono/node-server@2.1.9",
    "@mockoon/cli@9.9.0",
)
PYTHON_PACKAGES = ("connexion[flask,uvicorn,mock]==3.3.0", "granian==2.8.9", "flask==3.1.3", "orjson")
PATH = "/api/v1/connectors"
CONNECTOR = {
    "name": "",
    "authentication_implementation_id": 1,
    "timezone": "UTC",
    "date_format": "c",
    "rate_limit_unit": "minute",
    "rate_limit_duration": 60,
}
HEADERS = {
    "Authorization": "Bearer mock-patchworks-admin",
    "Accept": "application/json",
    "Content-Type": "application/json",
}
SCRIPT = """
local base, kind, n = "{seed}", "{kind}", 0
local headers = {{}}
{headers}
request = function()
  n = n + 1
  if kind == "list" then return wrk.format("GET", "{path}?per_page=" .. (17 + n % 50), headers) end
  local name = '"Feed ' .. base .. "-" .. n .. '"'
  if kind == "refuse" then return wrk.format("POST", "{path}", headers, '{{"name": ' .. name .. '}}') end
  return wrk.format("POST", "{path}", headers, '{{"name": ' .. name .. {rest})
end
"""
KINDS = ("list", "create", "refuse")
CONNECTIONS = (1, 16)
PATIENCE = 60.0
"""Seconds that a server may take to start."""


@dataclass(frozen=True)
class Contestant:
    """One server. command: with {port}. environment: added to ours. refuses: whether it validates bodies. reset: path of a request that takes
    back what was created."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    refuses: bool = True
    path: str = PATH
    reset: str = ""


@dataclass
class Running:
    """A contestant and what was measured: (kind, connections) → values of the rounds."""

    contestant: Contestant
    process: subprocess.Popen[bytes]
    port: int
    start: float
    idle: float
    figures: dict[tuple[str, int], list[Figures]] = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """rate: requests a second. p50, p99: milliseconds. cpu: microseconds a request, of all processes of the server. failed: responses with a
    status of 400 or more."""

    rate: float
    p50: float
    p99: float
    cpu: float
    requests: int
    failed: int


def contestants(tools: Path, folder: Path) -> list[Contestant]:
    """All of them. folder: for files that some need."""
    records, older = records_of(folder), openapi30(folder)
    node, python = tools / "node", str(tools / "python" / "bin" / "python")
    binaries, here = node / "node_modules" / ".bin", str(DOCUMENT)
    granian = (python, "-m", "granian", "--port", "{port}", "--no-log", "--workers", "1", "--interface")
    bare = {"RECORDS": str(records), "PYTHONPATH": str(CONTESTANTS)}
    ours = (sys.executable, "-m", "mock_server", "--port", "{port}", "--contract", "patchworks")
    return [
        Contestant("ours", ours, reset="/__admin/reset"),
        Contestant("Prism", (str(binaries / "prism"), "mock", "-p", "{port}", "-h", "127.0.0.1", here)),
        Contestant("openapi-backend", ("node", str(node / "openapi_backend.cjs"), here, "{port}")),
        Contestant(
            "json-server", ("node", str(node / "json_server.cjs"), str(records), "{port}"), refuses=False
        ),
        Contestant("Scalar", ("node", str(node / "scalar.mjs"), here, "{port}")),
        Contestant(
            "Mockoon",
            (
                str(binaries / "mockoon-cli"),
                "start",
                "--data",
                here,
                "--port",
                "{port}",
                "--disable-log-to-file",
            ),
            refuses=False,
        ),
        Contestant(
            "connexion",
            (
                python,
                "-m",
                "connexion",
                "run",
                str(older),
                "--mock=all",
                "--host",
                "127.0.0.1",
                "--port",
                "{port}",
            ),
        ),
        Contestant("Flask route on granian", (*granian, "wsgi", "bare:flask"), bare),
        Contestant("by hand, WSGI on granian", (*granian, "wsgi", "bare:wsgi"), bare),
        Contestant("by hand, RSGI on granian", (*granian, "rsgi", "bare:rsgi"), bare),
        Contestant(
            "by hand, our server", (sys.executable, str(CONTESTANTS / "on_our_server.py"), "{port}"), bare
        ),
    ]


def install(tools: Path) -> None:
    """Install what is missing."""
    node, python = tools / "node", tools / "python"
    if not (node / "node_modules").exists():
        node.mkdir(parents=True, exist_ok=True)
        (node / "package.json").write_text("{}")
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", *NODE_PACKAGES], cwd=node, check=True)
    for script in (*CONTESTANTS.glob("*.cjs"), *CONTESTANTS.glob("*.mjs")):
        shutil.copy(script, node)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(python)], check=True)
        subprocess.run([str(python / "bin" / "pip"), "install", "--quiet", *PYTHON_PACKAGES], check=True)


@contextmanager
def running(contestant: Contestant) -> Iterator[Running]:
    """Start a server, and wait until it answers a list."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [word.format(port=port) for word in contestant.command]
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, "LOG_LEVEL": "silent", **contestant.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while status(port, contestant.path) >= 400:
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise RuntimeError("it does not start")
            time.sleep(0.005)
        taken = time.perf_counter() - began
        yield Running(contestant, process, port, taken, memory(process.pid))
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server with its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def status(port: int, path: str, method: str = "GET") -> int:
    """The status of an answer; 599 where there is none."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=HEADERS, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 599


def family(process: int) -> list[int]:
    """A process and its descendants."""
    children: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        children += map(int, task.read_text().split())
    return [process, *(each for child in children for each in family(child))]


def cpu_seconds(process: int) -> float:
    """The CPU time of a process and its descendants."""
    ticks = 0
    for each in family(process):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> float:
    """The resident memory of a process and its descendants in MiB."""
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in family(process))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(server: Running, connections: int, *, seconds: int, script: Path) -> Figures:
    """One run of wrk."""
    if server.contestant.reset:
        status(server.port, server.contestant.reset, "POST")
    before = cpu_seconds(server.process.pid)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=True
    ).stdout
    used = cpu_seconds(server.process.pid) - before
    requests = int(found(r"(\d+) requests in", done) or 0)
    return Figures(
        rate=float(found(r"Requests/sec:\s+([\d.]+)", done) or 0),
        p50=milliseconds(found(r"50%\s+(\S+)", done)),
        p99=milliseconds(found(r"99%\s+(\S+)", done)),
        cpu=used / requests * 1e6 if requests else 0.0,
        requests=requests,
        failed=int(found(r"Non-2xx or 3xx responses: (\d+)", done) or 0),
    )


def script_of(kind: str, path: str, seed: str, folder: Path) -> Path:
    """The requests of one measurement, for wrk. seed: makes the names of created connectors new."""
    headers = "\n".join(f'headers["{name}"] = "{value}"' for name, value in HEADERS.items())
    rest = json.dumps({name: value for name, value in CONNECTOR.items() if name != "name"})[1:]
    file = folder / "requests.lua"
    file.write_text(SCRIPT.format(seed=seed, kind=kind, headers=headers, path=path, rest=f"', {rest}'"))
    return file


def found(pattern: str, text: str) -> str:
    """The group of a pattern, empty where it does not occur."""
    match = re.search(pattern, text)
    return match[1] if match else ""


def milliseconds(text: str) -> float:
    """A time as wrk writes it."""
    number, unit = found(r"([\d.]+)", text), found(r"[\d.]+(\w+)", text)
    return float(number or 0) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}.get(unit, 0.0)


def in_turn(
    servers: list[Running], kind: str, connections: int, number: int, *, seconds: int, folder: Path
) -> None:
    """Measure every server once. number: of the round."""
    for server in servers:
        contestant = server.contestant
        script = script_of(kind, contestant.path, f"{number}-{connections}", folder)
        figures = measure(server, connections, seconds=seconds, script=script)
        server.figures.setdefault((kind, connections), []).append(figures)
        expected = figures.requests if kind == "refuse" and contestant.refuses else 0
        if abs(figures.failed - expected) > connections:
            print(
                f"{contestant.name}, {kind}: {figures.failed} of {figures.requests} failed", file=sys.stderr
            )


def table(servers: list[Running], kind: str) -> Iterator[str]:
    """A table of one kind of request, in Markdown."""
    yield f"| {kind} | requests/s, 16 connections | p50 / p99 ms | requests/s, 1 connection | p50 / p99 ms | CPU µs/request | of bare Flask, by rate / by CPU |"
    yield "|---|---|---|---|---|---|---|"
    flask = next((each for each in servers if each.contestant.name.startswith("Flask")), None)
    for server in servers:
        if kind == "refuse" and not server.contestant.refuses:
            continue
        cells = [server.contestant.name]
        for connections in reversed(CONNECTIONS):
            p50, p99 = (
                median(server, kind, connections, lambda each, at=at: getattr(each, at))
                for at in ("p50", "p99")
            )
            cells += [f"{rate(server, kind, connections):,.0f}", f"{p50:.2f} / {p99:.2f}"]
        cells.append(f"{cpu(server, kind):.0f}")
        if flask is not None:
            by_rate, by_cpu = (
                rate(server, kind, 16) / rate(flask, kind, 16),
                cpu(flask, kind) / cpu(server, kind),
            )
            cells.append(f"{by_rate:.2f} / {by_cpu:.2f}")
        yield f"| {' | '.join(cells)} |"


def median(server: Running, kind: str, connections: int, value: Callable[[Figures], float]) -> float:
    """The median of the rounds."""
    return statistics.median(map(value, server.figures[kind, connections]))


def rate(server: Running, kind: str, connections: int) -> float:
    """Requests a second."""
    return median(server, kind, connections, lambda each: each.rate)


def cpu(server: Running, kind: str) -> float:
    """Microseconds of CPU time a request."""
    return median(server, kind, 16, lambda each: each.cpu)


def records_of(folder: Path) -> Path:
    """A file with the connectors that our own list has, so that all lists have the same."""
    sys.path.insert(0, str(ROOT))
    from mock_server.app import build_engine
    from mock_server.messages import Request
    from mock_server.settings import Settings

    headers = {name.lower(): value for name, value in HEADERS.items()}
    listed = build_engine(Settings(contracts=("patchworks",))).handle(
        Request("GET", PATH, "per_page=50", headers)
    )
    file = folder / "records.json"
    file.write_text(json.dumps(json.loads(listed.body)["data"]))
    return file


def openapi30(folder: Path) -> Path:
    """The document in OpenAPI 3.0 and without security, for connexion, which reads nothing newer and wants functions for it."""
    import yaml

    def older(value: Any) -> Any:
        if isinstance(value, list):
            return [older(each) for each in value]
        if not isinstance(value, dict):
            return value
        changed = {name: older(each) for name, each in value.items() if not str(name).startswith("x-")}
        if isinstance(changed.get("type"), list):
            kinds = [kind for kind in changed.pop("type") if kind != "null"]
            changed |= {"type": kinds[0], "nullable": True} if len(kinds) == 1 else {}
        for name in ("anyOf", "oneOf"):
            if {"type": "null"} in (changed.get(name) or []):
                changed[name] = [each for each in changed[name] if each != {"type": "null"}]
                changed["nullable"] = True
        if "const" in changed and isinstance(changed["const"], str):
            changed["enum"] = [changed.pop("const")]
        if isinstance(changed.get("examples"), list):
            del changed["examples"]
        for name in (
            "propertyNames",
            "patternProperties",
            "contains",
            "if",
            "then",
            "else",
            "$defs",
            "security",
        ):
            changed.pop(name, None)
        return changed

    document = older(yaml.safe_load(DOCUMENT.read_text()))
    document["openapi"] = "3.0.3"
    document["info"].pop("summary", None)
    document["info"].pop("license", None)
    file = folder / "openapi30.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


def main() -> None:
    """Print the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--tools", type=Path, default=Path.home() / ".cache" / "connector-contracts-benchmark"
    )
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", help="a part of a name; may be repeated")
    options = parser.parse_args()
    install(options.tools.resolve())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers: list[Running] = []
        for contestant in contestants(options.tools.resolve(), folder):
            if options.only and not any(part in contestant.name for part in options.only):
                continue
            try:
                servers.append(stack.enter_context(running(contestant)))
            except (RuntimeError, OSError) as error:
                print(f"{contestant.name}: {error}; left out", file=sys.stderr)
        for number in range(options.rounds):
            for connections in CONNECTIONS:
                for kind in KINDS:
                    in_turn(servers, kind, connections, number, seconds=options.seconds, folder=folder)
        for kind in KINDS:
            print("\n".join(table(servers, kind)), end="\n\n")
        print("| | first answer after s | memory MiB, idle | after all requests |\n|---|---|---|---|")
        for server in servers:
            after = memory(server.process.pid)
            print(f"| {server.contestant.name} | {server.start:.2f} | {server.idle:.0f} | {after:.0f} |")


if __name__ == "__main__":
    main()
