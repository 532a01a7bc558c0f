"""Fifteen tasks of a frontend team with five mock servers: every cell is run, and the table printed as Markdown.

    npm ci --prefix benchmarks/comparison
    python benchmarks/comparison/run.py [TOOL ...] [--task NAME]

A cell is "lines / commands": the lines that were written by hand for it (tasks/TOOL/TASK.*, and the bodies of calls to
a running server), and the commands that were typed. A dash stands for what a tool does not do; it is run as well, and
must fail. Needs Node 20 and Java 17.
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

HERE = Path(__file__).parent
TASKS = HERE / "tasks"
BIN = HERE / "node_modules" / ".bin"
SHOP = HERE / "shop.yaml"
TOKEN = {"Authorization": "Bearer a-token-of-the-user"}
CALLBACK = "http://localhost:5173/callback"
REAL_BODY = b'[{"id": 4711, "customer": "the real one"}]'
TITLES = {
    "start": "a server for the OpenAPI file",
    "own-body": "a body of one's own",
    "sequence": "first 503, then 200",
    "error-by-body": "an error for a certain body",
    "value-of-request": "a value of the request in the response",
    "slow": "a slow response",
    "outage": "a connection that breaks",
    "empty": "an empty list",
    "created-is-listed": "what was created is listed and read",
    "invalid-is-refused": "an invalid request is refused",
    "login": "a login: code for token, a wrong code refused",
    "job-fails": "a job that runs, then fails",
    "record-and-replay": "record the real service, replay without it",
    "two-testers": "an outage for one tester alone",
    "what-was-requested": "what the application sent",
}


class Mock:
    """A running server.

    ann, bob: the headers that tell two testers apart. seen: returns what the server says of the requests it got.
    """

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, headers=TOKEN, timeout=20)
        self.ann: dict[str, str] = {}
        self.bob: dict[str, str] = {}
        self.seen: Callable[[], str] = lambda: ""

    def get(self, path: str, **sent: Any) -> httpx.Response:
        return self.client.get(path, **sent)

    def post(self, path: str, **sent: Any) -> httpx.Response:
        return self.client.post(path, **sent)


# What each task must show.


def shows_start(mock: Mock) -> bool:
    answer = mock.get("/orders")
    return answer.status_code == 200 and isinstance(answer.json(), list)


def shows_own_body(mock: Mock) -> bool:
    return mock.get("/orders").json() == [{"id": 7, "customer": "Ann"}]


def shows_sequence(mock: Mock) -> bool:
    return [mock.get("/orders").status_code for _ in range(2)] == [503, 200]


def shows_error_by_body(mock: Mock) -> bool:
    blocked, other = (mock.post("/orders", json={"customer": name}) for name in ("Blocked", "Ann"))
    return (blocked.status_code, blocked.json(), other.status_code) == (422, {"message": "Blocked"}, 201)


def shows_value_of_request(mock: Mock) -> bool:
    return mock.get("/orders/77").json() == {"id": 77, "customer": "Customer of 77"}


def shows_slow(mock: Mock) -> bool:
    with contextlib.suppress(httpx.TransportError):
        mock.get("/imports/1")  # what starting up costs is not meant
    began = time.monotonic()
    return mock.get("/orders").status_code == 200 and 1.2 < time.monotonic() - began < 10


def shows_outage(mock: Mock) -> bool:
    try:
        mock.get("/orders")
    except httpx.TransportError:
        return True
    return False


def shows_empty(mock: Mock) -> bool:
    return mock.get("/orders").json() == []


def shows_created(mock: Mock) -> bool:
    created = mock.post("/orders", json={"customer": "Zoe"})
    listed = [each["customer"] for each in mock.get("/orders").json()]
    read = mock.get(f"/orders/{created.json()['id']}")
    return "Zoe" in listed and read.json()["customer"] == "Zoe"


def shows_refusal(mock: Mock) -> bool:
    wrong, right = mock.post("/orders", json={}), mock.post("/orders", json={"customer": "Ann"})
    return wrong.status_code in {400, 422} and right.status_code == 201


def shows_login(mock: Mock) -> bool:
    asked = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": CALLBACK,
        "state": "s",
        "scope": "orders",
    }
    challenge = {
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    hint = {"prompt": "none", "login_hint": "ann"}
    sent_back = mock.get("/oauth/authorize", params={**asked, **challenge, **hint})
    query = dict(parse_qsl(urlsplit(sent_back.headers.get("location", "")).query))
    form = {"grant_type": "authorization_code", "client_id": "app", "redirect_uri": CALLBACK}
    form["code_verifier"] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    wrong = mock.post("/oauth/token", data={**form, "code": "another"})
    right = mock.post("/oauth/token", data={**form, "code": query["code"]})
    return query["state"] == "s" and wrong.status_code == 400 and bool(right.json()["access_token"])


def shows_job(mock: Mock) -> bool:
    return [mock.get("/imports/1").json()["status"] for _ in range(3)] == ["running", "running", "failed"]


def shows_replay(mock: Mock) -> bool:
    return mock.get("/orders").content == REAL_BODY


def shows_two(mock: Mock) -> bool:
    ann, bob = mock.get("/orders", headers=mock.ann), mock.get("/orders", headers=mock.bob)
    return (ann.status_code, bob.status_code) == (503, 200)


def shows_requests(mock: Mock) -> bool:
    mock.post("/orders", json={"customer": "Zoe"})
    return "Zoe" in mock.seen()


SHOWS: dict[str, Callable[[Mock], bool]] = {
    "start": shows_start,
    "own-body": shows_own_body,
    "sequence": shows_sequence,
    "error-by-body": shows_error_by_body,
    "value-of-request": shows_value_of_request,
    "slow": shows_slow,
    "outage": shows_outage,
    "empty": shows_empty,
    "created-is-listed": shows_created,
    "invalid-is-refused": shows_refusal,
    "login": shows_login,
    "job-fails": shows_job,
    "record-and-replay": shows_replay,
    "two-testers": shows_two,
    "what-was-requested": shows_requests,
}


# How each tool is started for a task. Each yields the mock with the lines and the commands of a user.


def lines_of(path: Path) -> int:
    """The lines of a file, or of all files of a folder, that are not empty; a long one counts for several."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    lines = [line.strip() for file in files for line in file.read_text("utf-8").splitlines()]
    return sum(-(-len(line) // _WIDTH) for line in lines)


_WIDTH = 100


def written(tool: str, task: str) -> Path | None:
    """The file or folder that was written for a cell."""
    return next((path for path in sorted((TASKS / tool).glob(f"{task}*")) if path.stem == task), None)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, *, cwd: Path = HERE) -> Iterator[Mock]:
    """A server as a process, once its port accepts connections."""
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} has ended with {process.returncode}")
            time.sleep(0.1)
        time.sleep(0.3)
        yield Mock(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def real_service() -> Iterator[str]:
    """The real service, whose answers are recorded."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(REAL_BODY)))
            self.end_headers()
            self.wfile.write(REAL_BODY)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def ours(task: str, folder: Path) -> Iterator[tuple[Mock, int, int]]:
    """mock-server of this repository."""
    port = free_port()
    command = [sys.executable, "-m", "mock_server", "--quiet", "--port", str(port), "--spec", str(SHOP)]
    root = HERE.parents[1]
    if task == "record-and-replay":
        with real_service() as real:
            recording = [*command, "--upstream", real, "--record", str(folder / "seen.yaml")]
            with running(recording, port, cwd=root) as mock:
                mock.get("/orders")
        assert "a-token-of-the-user" not in (folder / "seen.yaml").read_text()
        with running([*command, "--scenario", str(folder / "seen.yaml")], port, cwd=root) as mock:
            yield mock, 0, 2
        return
    options = ["--scenario", "empty"] if task == "empty" else []
    with running([*command, *options], port, cwd=root) as mock:
        world = "ann" if task == "two-testers" else "default"
        path, commands, count = written("mock-server", task), 1, 0
        if path is not None:
            kind = "faults" if task == "outage" else "overrides"
            if world != "default":
                mock.client.post("/__admin/worlds", json={"name": world}).raise_for_status()
            url = f"/__admin/worlds/{world}/{kind}"
            mock.client.post(url, json=json.loads(path.read_text())).raise_for_status()
            count, commands = lines_of(path), 2 + (world != "default")
        mock.ann, mock.bob = {"X-Mock-World": "ann"}, {"X-Mock-World": "bob"}
        mock.seen = lambda: mock.client.get("/__admin/worlds/default/requests").text
        yield mock, count, commands + (task == "what-was-requested")


def msw(task: str, folder: Path) -> Iterator[tuple[Mock, int, int]]:  # noqa: ARG001
    """MSW in Node, in a test's own process; the command is that of the test."""
    path, port = written("msw", task), free_port()
    if path is None:
        raise LookupError("MSW reads no OpenAPI file and records nothing")
    with running(["node", "msw_server.mjs", str(port), str(path)], port) as mock:
        mock.ann, mock.bob = {"X-Tester": "ann"}, {}
        mock.seen = lambda: mock.client.get("/seen").text
        yield mock, lines_of(path), 1


def prism(task: str, folder: Path) -> Iterator[tuple[Mock, int, int]]:
    """Prism with the file, and examples written into it."""
    port, spec, path = free_port(), folder / "shop.yaml", written("prism", task)
    text = SHOP.read_text()
    if path is not None:
        example = path.read_text().strip().removeprefix("content: {application/json: {").removesuffix("}}")
        at = "content: {application/json: {schema: {type: array"
        text = text.replace(at, f"content: {{application/json: {{{example}, schema: {{type: array")
    spec.write_text(text)
    command = [str(BIN / "prism"), "mock", str(spec), "--port", str(port), "--host", "127.0.0.1"]
    with running(command, port) as mock:
        mock.ann, mock.bob = {"Prefer": "code=503"}, {}
        yield mock, 0 if path is None else lines_of(path), 1


def wiremock(task: str, folder: Path) -> Iterator[tuple[Mock, int, int]]:
    """WireMock, standalone, with mappings in a folder."""
    port = free_port()
    path = written("wiremock", task)
    root = folder / "wiremock"
    if path is not None:
        shutil.copytree(path, root)
    else:
        (root / "mappings").mkdir(parents=True)
    # The package's own command starts this and does not end it.
    (jar,) = (HERE / "node_modules" / "wiremock" / "build").glob("*.jar")
    command = ["java", "-jar", str(jar), "--port", str(port), "--root-dir", str(root)]
    if task == "record-and-replay":
        with (
            real_service() as real,
            running([*command, "--proxy-all", real, "--record-mappings"], port) as mock,
        ):
            mock.get("/orders")
        with running(command, port) as mock:
            yield mock, 0, 2
        return
    with running(command, port) as mock:
        mock.ann, mock.bob = {"X-Tester": "ann"}, {}
        mock.seen = lambda: mock.client.get("/__admin/requests").text
        yield mock, 0 if path is None else lines_of(path), 1 + (task == "what-was-requested")


_ADMIN = {"Authorization": "Bearer a-token"}


def mockoon(task: str, folder: Path) -> Iterator[tuple[Mock, int, int]]:
    """Mockoon's command line, with an environment file or the OpenAPI file."""
    port, path, data = free_port(), written("mockoon", task), folder / "shop.json"
    if path is None:
        data = folder / "shop.yaml"
        shutil.copy(SHOP, data)
    else:
        shutil.copy(path, data)
    command = [str(BIN / "mockoon-cli"), "start", "--data", str(data), "--port", str(port), "--repair"]
    command += ["--admin-api-token", "a-token"]
    with running(command, port) as mock:
        mock.ann, mock.bob = {"X-Tester": "ann"}, {}
        mock.seen = lambda: mock.get("/mockoon-admin/logs", headers=_ADMIN).text
        yield mock, 0 if path is None else lines_of(path), 1 + (task == "what-was-requested")


TOOLS: dict[str, Callable[[str, Path], Iterator[tuple[Mock, int, int]]]] = {
    "mock-server": ours,
    "MSW": msw,
    "Prism": prism,
    "WireMock": wiremock,
    "Mockoon": mockoon,
}


def cell(tool: str, task: str) -> str:
    """What stands in the table for a tool and a task."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with contextlib.contextmanager(TOOLS[tool])(task, Path(folder)) as (mock, count, commands):
                shown = SHOWS[task](mock)
        except (LookupError, AttributeError, TypeError, ValueError, RuntimeError, httpx.HTTPError) as error:
            print(f"{tool} {task}: {type(error).__name__}: {str(error)[:160]}", file=sys.stderr)
            return "-"
    if not shown:
        print(f"{tool} {task}: shows something else", file=sys.stderr)
    return f"{count} / {commands}" if shown else "-"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tools", nargs="*", choices=[*TOOLS, []], help="the tools; all by default")
    parser.add_argument(
        "--task", action="append", choices=[*TITLES], help="a task (repeatable); all by default"
    )
    given = parser.parse_args()
    tools, tasks = given.tools or [*TOOLS], given.task or [*TITLES]
    print(f"| task | {' | '.join(tools)} |\n|---|{'---|' * len(tools)}")
    for task in tasks:
        print(f"| {TITLES[task]} | {' | '.join(cell(tool, task) for tool in tools)} |", flush=True)


if __name__ == "__main__":
    main()
