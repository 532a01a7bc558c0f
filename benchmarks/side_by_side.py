"""Our mock beside other mocks, bare Flask routes, and the same work written by hand: the same requests for each.

    python -m benchmarks.side_by_side [--tools FOLDER] [--seconds 1] [--rounds 2] [--only NAME] [--kind patchworks.list] [--many 100000]

Needs wrk, Node and npm. The others are installed once, in the versions below, into the folder of --tools. Every server is one process with one
worker; those that serve one document have a process for each. They run at the same time and are measured in turn, so that all meet the same
machine; the figures are medians of the rounds, with one connection those of the first round.

The requests are those of `benchmarks.engine`: list, get, create, update and a create or update that is refused, for the four contracts and a file
whose behaviour is inferred, with other queries, bodies, names, idempotency keys and credentials in each. The last table compares our own
server with another process of it whose collections have --many records. Prints Markdown, within 12 minutes with the defaults.
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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.engine import ORDERS, Make, kinds, started
from benchmarks.flat import SUBJECTS, Subject
from mock_server.app import build_engine
from mock_server.engine import Engine
from mock_server.messages import Request
from mock_server.settings import CONTRACTS, Settings
from mock_server.snapshots.serialize import serialize
from mock_server.snapshots.snapshot import take

ROOT = Path(__file__).resolve().parent.parent
CONTESTANTS = Path(__file__).resolve().parent / "contestants"
DOCUMENTS = {
    "aimable": ROOT / "openapi" / "aimable.yaml",
    "hydracore": ROOT / "openapi" / "hydracore.yaml",
    "patchworks": ROOT / "openapi" / "patchworks.yaml",
    "platform": ROOT / "openapi" / "fastapi_platform.yaml",
    "orders": ORDERS,
}
"""The document of the kinds of requests that begin with its name."""
FLASK, PRISM, BACKEND = "Flask routes on granian", "Prism", "openapi-backend"
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
COMMON = ("patchworks.list", "patchworks.create", "patchworks.refuse")
"""The kinds that every contestant is measured with."""
NUMBER = 777_000_003
"""Stands in the templates of requests for the number that makes each of them new, which has as many digits. It is a multiple of three, so that
it and the two numbers after it take all credentials and queries in turn."""
SCRIPT = """
local base, n, marks = {base}, 0, {{"{first}", "{second}", "{third}"}}
local templates = {{
{templates}
}}
request = function()
  n = n + 1
  local at = n % 3 + 1
  return (templates[at]:gsub(marks[at], tostring(base + n)))
end
"""
CONNECTIONS = (16, 1)
MEASUREMENTS = count()
PATIENCE = 60.0
"""Seconds that a server may take to start."""
NO_ANSWER = 0


@dataclass(frozen=True)
class Workload:
    """One kind of request. name: <document>.<operation>. make: the n-th request. prefix: of the contract's server address, which other servers do
    not serve below. status: of our answer."""

    name: str
    make: Make
    prefix: str
    status: int

    @property
    def is_refused(self) -> bool:
        """Whether a server that validates refuses the requests."""
        return self.status >= 400


@dataclass(frozen=True)
class Contestant:
    """One server. command: with {port}. environment: added to ours. validates: whether it refuses invalid bodies. documents: whose kinds of
    requests it is measured with, all or those in COMMON. below_prefix: whether it serves at the paths of our own server. reset: path of a request
    that takes back what was created."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    validates: bool = True
    documents: tuple[str, ...] = ()
    below_prefix: bool = False
    reset: str = ""

    def takes(self, workload: Workload) -> bool:
        """Whether it is measured with this kind of request."""
        if not self.documents:
            return workload.name in COMMON and (self.validates or not workload.is_refused)
        return workload.name.partition(".")[0] in self.documents


@dataclass
class Running:
    """A contestant and what was measured: (kind, connections) → values of the rounds."""

    contestant: Contestant
    process: subprocess.Popen[bytes]
    port: int
    start: float
    idle: float
    figures: dict[tuple[str, int], list[Figures]] = field(default_factory=dict)
    requests: int = 0


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


def contestants(tools: Path, folder: Path, routes: Path) -> list[Contestant]:
    """All of them. folder: for files that some need. routes: what the bare Flask routes return."""
    records, older = records_of(folder, routes), openapi30(folder)
    node, python = tools / "node", str(tools / "python" / "bin" / "python")
    binaries, everything, patchworks = (
        node / "node_modules" / ".bin",
        tuple(DOCUMENTS),
        str(DOCUMENTS["patchworks"]),
    )
    granian = (python, "-m", "granian", "--port", "{port}", "--no-log", "--workers", "1", "--interface")
    # The root as well, where this package is not installed.
    modules = os.pathsep.join((str(CONTESTANTS), str(ROOT)))
    bare = {"ROUTES": str(routes), "STORED": PATH, "PYTHONPATH": modules}
    prism, backend = str(binaries / "prism"), str(node / "openapi_backend.cjs")
    mockoon = (
        str(binaries / "mockoon-cli"),
        "start",
        "--disable-log-to-file",
        "--port",
        "{port}",
        "--data",
        patchworks,
    )
    connexion = (
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
    )
    return [
        our_server(),
        Contestant(FLASK, (*granian, "wsgi", "bare:flask"), bare, documents=everything, below_prefix=True),
        *(
            Contestant(
                PRISM, (prism, "mock", "-p", "{port}", "-h", "127.0.0.1", str(file)), documents=(name,)
            )
            for name, file in DOCUMENTS.items()
        ),
        *(
            Contestant(BACKEND, ("node", backend, str(file), "{port}", schemes_of(file)), documents=(name,))
            for name, file in DOCUMENTS.items()
        ),
        Contestant(
            "json-server", ("node", str(node / "json_server.cjs"), str(records), "{port}"), validates=False
        ),
        Contestant("Scalar", ("node", str(node / "scalar.mjs"), patchworks, "{port}")),
        Contestant("Mockoon", mockoon, validates=False),
        Contestant("connexion", connexion),
        Contestant("by hand, WSGI on granian", (*granian, "wsgi", "bare:wsgi"), bare),
        Contestant("by hand, RSGI on granian", (*granian, "rsgi", "bare:rsgi"), bare),
        Contestant(
            "by hand, our server", (sys.executable, str(CONTESTANTS / "on_our_server.py"), "{port}"), bare
        ),
    ]


def our_server(*options: str) -> Contestant:
    """Our own server with all contracts. options: further ones."""
    command = [sys.executable, "-m", "mock_server", "--port", "{port}", "--spec", str(ORDERS), *options]
    command += [word for name in CONTRACTS for word in ("--contract", name)]
    return Contestant(
        "ours", tuple(command), documents=tuple(DOCUMENTS), below_prefix=True, reset="/__admin/reset"
    )


def workloads(engine: Engine) -> list[Workload]:
    """All kinds of requests."""
    made = []
    for name, make in kinds(engine).items():
        document = DOCUMENTS[name.partition(".")[0]].stem
        answer = engine.handle(make(NUMBER))
        made.append(Workload(name, make, engine.context.contracts[document].contract.prefix, answer.status))
    return made


def routes_of(engine: Engine, every: list[Workload], folder: Path) -> Path:
    """A file with what the bare Flask routes return: our own answers."""
    routes: dict[str, dict[str, Any]] = {}
    for workload in every:
        request = workload.make(NUMBER + 3)
        answer = engine.handle(request)
        route = routes.setdefault(
            f"{request.method} {request.path}", {"members": [], "accepted": (200, {}), "refused": (422, {})}
        )
        route["refused" if workload.is_refused else "accepted"] = (answer.status, json.loads(answer.body))
        if request.body and not workload.is_refused:
            route["members"] = list(json.loads(request.body))
    file = folder / "routes.json"
    file.write_text(json.dumps(routes))
    return file


def schemes_of(document: Path) -> str:
    """The names of a document's security schemes, with commas."""
    import yaml

    return ",".join(yaml.safe_load(document.read_text())["components"]["securitySchemes"])


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
    """Start a server, and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [word.format(port=port) for word in contestant.command]
    began = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            env={**os.environ, "LOG_LEVEL": "silent", **contestant.environment},
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        try:
            while status(port, "/") == NO_ANSWER:
                if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                    errors.seek(0)
                    raise RuntimeError(f"it does not start: {errors.read()[-500:].decode(errors='replace')}")
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
    """The status of an answer; NO_ANSWER where there is none."""
    try:
        with urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method), timeout=60
        ) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return NO_ANSWER


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
    before = cpu_seconds(server.process.pid)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=True
    ).stdout
    used = cpu_seconds(server.process.pid) - before
    requests = int(found(r"(\d+) requests in", done) or 0)
    server.requests += requests
    return Figures(
        rate=float(found(r"Requests/sec:\s+([\d.]+)", done) or 0),
        p50=milliseconds(found(r"50%\s+(\S+)", done)),
        p99=milliseconds(found(r"99%\s+(\S+)", done)),
        cpu=used / requests * 1e6 if requests else 0.0,
        requests=requests,
        failed=int(found(r"Non-2xx or 3xx responses: (\d+)", done) or 0),
    )


def script_of(workload: Workload, contestant: Contestant, folder: Path) -> Path:
    """The requests of one measurement, for wrk: no two of all measurements are the same."""
    prefix = "" if contestant.below_prefix else workload.prefix
    templates = [written(workload.make(NUMBER + number), prefix) for number in range(3)]
    file = folder / "requests.lua"
    first, second, third = (NUMBER + number for number in range(3))
    file.write_text(
        SCRIPT.format(
            base=100_000_000 + next(MEASUREMENTS) * 1_000_000 % 600_000_000,
            first=first,
            second=second,
            third=third,
            templates=",\n".join(templates),
        )
    )
    return file


def written(request: Request, prefix: str) -> str:
    """A request as HTTP, in the form of a text of Lua. prefix: is left out of the path."""
    target = request.path.removeprefix(prefix) + (f"?{request.query}" if request.query else "")
    headers = request.headers | ({"content-length": str(len(request.body))} if request.body else {})
    lines = [f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return json.dumps("\r\n".join(lines) + "\r\n\r\n" + request.body.decode())


def found(pattern: str, text: str) -> str:
    """The group of a pattern, empty where it does not occur."""
    match = re.search(pattern, text)
    return match[1] if match else ""


def milliseconds(text: str) -> float:
    """A time as wrk writes it."""
    number, unit = found(r"([\d.]+)", text), found(r"[\d.]+(\w+)", text)
    return float(number or 0) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}.get(unit, 0.0)


def warm(server: Running, workload: Workload) -> None:
    """Send one request, because some servers compile a document when it is first used."""
    request = workload.make(NUMBER - 3)
    target = request.path if server.contestant.below_prefix else request.path.removeprefix(workload.prefix)
    address = f"http://127.0.0.1:{server.port}{target}?{request.query}"
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    sent = urllib.request.Request(address, request.body or None, headers, method=request.method)
    with suppress(OSError), urllib.request.urlopen(sent, timeout=60) as response:
        response.read()


def in_turn(
    servers: list[Running],
    workload: Workload,
    connections: int,
    *,
    seconds: int,
    folder: Path,
    fresh: bool = True,
) -> None:
    """Measure every server once. fresh: whether what was created before is taken back."""
    for server in servers:
        contestant = server.contestant
        if not contestant.takes(workload):
            continue
        if contestant.reset and fresh:
            status(server.port, contestant.reset, "POST")
        script = script_of(workload, contestant, folder)
        figures = measure(server, connections, seconds=seconds, script=script)
        server.figures.setdefault((workload.name, connections), []).append(figures)
        expected = figures.requests if workload.is_refused else 0
        if abs(figures.failed - expected) > connections:
            print(
                f"{contestant.name}, {workload.name}: {figures.failed} of {figures.requests} refused",
                file=sys.stderr,
            )


def fill(server: Running, subject: Subject, many: int) -> None:
    """Give a collection of the server many more records than it begins with, by way of a snapshot."""
    world = started().world()
    with world.store.transaction() as state:
        template = dict(next(state.find(subject.storage)))
        for number in range(1_000, 1_000 + many):
            record = subject.copy(template, number)
            state.put(subject.storage, str(record["id"]), record)
        while state.next_number(subject.storage) < 1_000 + many:
            pass
    send(server, "PUT", "/__admin/snapshots/many/file", serialize(take("many", world), None).encode())
    send(server, "POST", "/__admin/worlds/default/restore", b'{"snapshot": "many"}')


def send(server: Running, method: str, path: str, body: bytes) -> None:
    """Send an admin call. Raises HTTPError for a refusal."""
    address = f"http://127.0.0.1:{server.port}{path}"
    call = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(call, timeout=300) as response:
        response.read()


def summary(servers: list[Running], every: list[Workload]) -> Iterator[str]:
    """Our own server beside the three that are measured with every kind of request."""
    yield (
        "| ours | requests/s, 16 connections | p50 / p99 ms | requests/s, 1 connection | p50 / p99 ms | CPU µs/request"
        " | of bare Flask, by rate / by CPU | of Prism | of openapi-backend |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for workload in every:
        ours = server_of(servers, "ours", workload.name)
        if ours is None:
            continue
        others = [server_of(servers, name, workload.name) for name in (FLASK, PRISM, BACKEND)]
        cells = [workload.name, *speed(ours, workload.name)]
        cells += [ratio(ours, other, workload.name) for other in others]
        yield f"| {' | '.join(cells)} |"


def table(servers: list[Running], name: str) -> Iterator[str]:
    """All servers with one kind of request."""
    yield (
        f"| {name} | requests/s, 16 connections | p50 / p99 ms | requests/s, 1 connection | p50 / p99 ms | CPU µs/request"
        " | of bare Flask, by rate / by CPU |"
    )
    yield "|---|---|---|---|---|---|---|"
    flask = server_of(servers, FLASK, name)
    for server in servers:
        if (name, 16) in server.figures:
            cells = [server.contestant.name, *speed(server, name), ratio(server, flask, name)]
            yield f"| {' | '.join(cells)} |"


def resources(servers: list[Running]) -> Iterator[str]:
    """The start and the memory of all servers."""
    yield "| | first answer after s | memory MiB, idle | at the end | after requests |"
    yield "|---|---|---|---|---|"
    for server in servers:
        documents = server.contestant.documents
        of = f" ({documents[0]})" if len(documents) == 1 else ""
        cells = [f"{server.contestant.name}{of}", f"{server.start:.2f}", f"{server.idle:.0f}"]
        cells += [f"{memory(server.process.pid):.0f}", f"{server.requests:,}"]
        yield f"| {' | '.join(cells)} |"


def many_table(ours: Running, filled: Running, every: list[Workload], many: int) -> Iterator[str]:
    """Our own server with few and with many records."""
    yield f"| ours | CPU µs/request | with {many:,} records | ratio | p99 ms | with {many:,} records |"
    yield "|---|---|---|---|---|---|"
    for workload in every:
        name = workload.name
        if (name, 16) not in filled.figures:
            continue
        few, more = cpu(ours, name), cpu(filled, name)
        cells = [name, f"{few:.0f}", f"{more:.0f}", f"{more / few:.2f}"]
        cells += [f"{median(server, name, 16, lambda each: each.p99):.2f}" for server in (ours, filled)]
        yield f"| {' | '.join(cells)} |"


def server_of(servers: list[Running], contestant: str, workload: str) -> Running | None:
    """The server of this contestant that was measured with this kind of request."""
    named = (each for each in servers if each.contestant.name == contestant)
    return next((each for each in named if (workload, 16) in each.figures), None)


def speed(server: Running, name: str) -> list[str]:
    """The cells of one server's speed."""
    cells = []
    for connections in CONNECTIONS:
        p50, p99 = (
            median(server, name, connections, lambda each, at=at: getattr(each, at)) for at in ("p50", "p99")
        )
        cells += [f"{rate(server, name, connections):,.0f}", f"{p50:.2f} / {p99:.2f}"]
    return [*cells, f"{cpu(server, name):.0f}"]


def ratio(server: Running, other: Running | None, name: str) -> str:
    """How much faster a server is than another one, by rate and by CPU time."""
    if other is None or not cpu(server, name) or not rate(other, name, 16):
        return ""
    by_rate = rate(server, name, 16) / rate(other, name, 16)
    return f"{by_rate:.2f} / {cpu(other, name) / cpu(server, name):.2f}"


def median(server: Running, kind: str, connections: int, value: Callable[[Figures], float]) -> float:
    """The median of the rounds."""
    return statistics.median(map(value, server.figures[kind, connections]))


def rate(server: Running, kind: str, connections: int) -> float:
    """Requests a second."""
    return median(server, kind, connections, lambda each: each.rate)


def cpu(server: Running, kind: str) -> float:
    """Microseconds of CPU time a request."""
    return median(server, kind, 16, lambda each: each.cpu)


def records_of(folder: Path, routes: Path) -> Path:
    """A file with the connectors that our own list has, so that all lists have the same."""
    file = folder / "records.json"
    file.write_text(json.dumps(json.loads(routes.read_text())[f"GET {PATH}"]["accepted"][1]["data"]))
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

    document = older(yaml.safe_load(DOCUMENTS["patchworks"].read_text()))
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
    parser.add_argument("--seconds", type=int, default=1, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", action="append", help="a part of a server's name; may be repeated")
    parser.add_argument("--kind", action="append", help="a part of a kind's name; may be repeated")
    parser.add_argument("--many", type=int, default=100_000, help="records of the last table; 0 without it")
    options = parser.parse_args()
    tools = options.tools.resolve()
    install(tools)
    engine = build_engine(Settings(specs=(ORDERS,)))
    complete = workloads(engine)
    every = [each for each in complete if is_named(each.name, options.kind)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        routes = routes_of(engine, complete, folder)
        named = [each for each in contestants(tools, folder, routes) if is_named(each.name, options.only)]
        servers = list(start_all(named, every, stack))
        for number in range(options.rounds):
            for workload in every:
                for connections in CONNECTIONS if number == 0 else CONNECTIONS[:1]:
                    in_turn(servers, workload, connections, seconds=options.seconds, folder=folder)
        printed: list[Iterable[str]] = list(tables(servers, every))
        ours = next((each for each in servers if each.contestant.name == "ours"), None)
        if options.many and ours is not None:
            filled = stack.enter_context(running(our_server("--max-body-mib", "1024")))
            for _ in range(options.rounds):
                with_many(filled, every, options.many, seconds=options.seconds, folder=folder)
            printed.append(many_table(ours, filled, every, options.many))
        print("\n\n".join("\n".join(lines) for lines in printed))


def start_all(contestants: list[Contestant], every: list[Workload], stack: ExitStack) -> Iterator[Running]:
    """Start those that are measured with any of the workloads. stack: ends them."""
    for contestant in contestants:
        taken = list(filter(contestant.takes, every))
        if not taken:
            continue
        try:
            server = stack.enter_context(running(contestant))
        except (RuntimeError, OSError) as error:
            print(f"{contestant.name}: {error}; left out", file=sys.stderr)
            continue
        for workload in taken:
            warm(server, workload)
        yield server


def tables(servers: list[Running], every: list[Workload]) -> Iterator[list[str]]:
    """The tables of all servers in Markdown."""
    yield list(summary(servers, every))
    for name in COMMON:
        if any((name, 16) in each.figures for each in servers):
            yield list(table(servers, name))
    yield list(resources(servers))


def is_named(name: str, parts: list[str] | None) -> bool:
    """Whether a name has one of the parts; any name without parts."""
    return not parts or any(part in name for part in parts)


def with_many(filled: Running, every: list[Workload], many: int, *, seconds: int, folder: Path) -> None:
    """Measure our own server with many records of each collection in turn.

    A list without pages is left out: it has all the records.
    """
    for title, subject in SUBJECTS.items():
        document = subject.storage.partition("/")[0]
        about = [each for each in every if each.name.partition(".")[0] == document]
        paged = [each for each in about if each.name != "hydracore.list"]
        if not paged:
            continue
        print(f"filling {title}", file=sys.stderr)
        fill(filled, subject, many)
        for workload in paged:
            warm(filled, workload)  # which builds the indexes
            in_turn([filled], workload, 16, seconds=seconds, folder=folder, fresh=False)


if __name__ == "__main__":
    main()
