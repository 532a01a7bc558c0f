"""The exit code of a run whose target, network or own process fails: real processes over real HTTP.

`python -m tests.contract_tests.interruptions` measures the same at many instants.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.contract_tests.fault_proxy import FaultProxy, Plan, limited, proxied, share

pytestmark = pytest.mark.slow

SPEC = Path(__file__).parents[1] / "shelf.yaml"
PATIENCE = 120
"""Seconds after which a run counts as one that never ends."""


def passes(number: int, method: str, path: str) -> None:
    """A plan without faults."""


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Thousands of lines would hide what a failing test says."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    report: dict[str, Any]


@dataclass
class Shelf:
    """The shelf application behind a proxy, and the target file that names it."""

    application: Any
    proxy: FaultProxy
    folder: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `contract-tests run` on it."""
        line = [sys.executable, "-m", "contract_tests", "run", "--report", "json=r.json", *arguments]
        return subprocess.Popen(
            line, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *arguments: str) -> Ended:
        """Run it to its end."""
        return self.ended(self.start(*arguments))

    def ended(self, process: subprocess.Popen[str]) -> Ended:
        """Wait for the end of a started run."""
        out, _ = process.communicate(timeout=PATIENCE)
        report = self.folder / "r.json"
        read = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        return Ended(process.returncode, out, read)


Serve = Callable[..., Shelf]


@pytest.fixture
def serve(shelf_app: Any, tmp_path: Path) -> Iterator[Serve]:
    """Serves the shelf application, with some defects, behind a proxy with a plan."""
    closing: list[Callable[[], object]] = []

    def start(plan: Plan, *defects: str, timeout: float = 30, **known: str) -> Shelf:
        application = shelf_app(*defects)
        server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        entered = proxied(f"http://127.0.0.1:{server.server_port}", plan)
        proxy = entered.__enter__()
        closing.extend([server.shutdown, lambda: entered.__exit__(None, None, None)])
        named = {"shelf": "one", "book_id": "a3d5b6c4-0000-4000-8000-000000000001", **known}
        text = [
            "[contracts.shelf]",
            f'base_url = "{proxy.url}/api"',
            f'spec = "{SPEC}"',
            f"timeout = {timeout}",
            'credentials.writer = {scheme = "bearer", value = "token-of-the-writer", roles = ["write"]}',
            "[contracts.shelf.known]",
            *(f'{name} = "{value}"' for name, value in named.items()),
        ]
        (tmp_path / "target.toml").write_text("\n".join(text), encoding="utf-8")
        return Shelf(application, proxy, tmp_path)

    yield start
    for close in reversed(closing):
        close()


@pytest.mark.parametrize("fault", ["502", "reset", "reset-after"])
def test_a_conforming_target_behind_a_lossy_proxy_holds(serve: Serve, fault: Any) -> None:
    shelf = serve(share(0.03, fault, seed=1))

    ended = shelf.run()

    assert ended.code == 0, ended.out
    assert shelf.proxy.spoiled > 0
    assert ended.report["reason"] == ""


def test_a_broken_must_behind_a_lossy_proxy_is_found(serve: Serve) -> None:
    ended = serve(share(0.03, "502", seed=1), "title-unchecked").run()

    assert ended.code == 1, ended.out
    failed = {one["requirement"] for one in ended.report["outcomes"] if one["verdict"] == "failed"}
    assert "shelf.createBook.validation.body.title.required" in failed
    findings = [one["finding"] for one in ended.report["outcomes"] if one["finding"]]
    assert {finding["exchange"]["response"]["status"] for finding in findings} <= {200, 201}


@pytest.mark.parametrize(("defects", "code"), [((), 0), (("title-unchecked",), 1)])
def test_a_target_that_limits_its_requests_is_judged_all_the_same(
    serve: Serve, defects: tuple[str, ...], code: int
) -> None:
    shelf = serve(limited(100), *defects)

    ended = shelf.run("--workers", "4")

    assert ended.code == code, ended.out
    assert shelf.proxy.spoiled > 0


def test_a_proxy_without_a_server_is_an_unreachable_target(serve: Serve) -> None:
    ended = serve(lambda *_: "502").run()

    assert ended.code == 3
    assert "the answer is 502" in ended.report["reason"]


@pytest.mark.parametrize("requests", [1, 40, -1])
def test_a_target_that_is_killed_never_holds(serve: Serve, requests: int, tmp_path: Path) -> None:
    # The deployment's own document is asked for at the end, and judges nothing.
    options = ("--own-document", "ignore")
    if requests < 0:  # the last request of a run; a first run counts them
        whole = serve(passes)
        assert whole.run(*options).code == 0
        requests = len(whole.proxy.seen)

    ended = serve(lambda number, *_: "dead" if number >= requests else None).run(*options)

    assert ended.code == 3, ended.out
    assert "the target does not answer" in ended.report["reason"]


@pytest.mark.parametrize("requests", [1, 40])
def test_a_target_that_hangs_ends_the_run_after_a_few_timeouts(serve: Serve, requests: int) -> None:
    shelf = serve(lambda number, *_: "hang" if number >= requests else None, timeout=0.5)

    ended = shelf.run()

    assert ended.code == 3, ended.out
    assert len(shelf.proxy.seen) <= requests + 6


def test_a_single_request_that_is_never_answered_is_a_finding(serve: Serve) -> None:
    def drop_large_pages(number: int, method: str, path: str) -> Any:
        return "reset" if method == "GET" and "limit=101" in path else None

    ended = serve(drop_large_pages).run("--operation", "listBooks")

    assert ended.code == 1
    (finding,) = [one["finding"] for one in ended.report["outcomes"] if one["finding"]]
    assert finding["received"].startswith("none, although other requests are answered")
    assert "limit=101" in finding["curl"]


def test_a_target_that_is_killed_ends_the_run_of_pytest_with_one_failure(serve: Serve) -> None:
    shelf = serve(lambda number, *_: "dead" if number >= 40 else None)
    line = [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:cacheprovider", "-q"]

    done = subprocess.run(
        [*line, "--contract-target", "target.toml"],
        cwd=shelf.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert done.returncode == 1
    assert "1 failed" in done.stdout
    assert "the target does not answer" in done.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_run_gracefully(serve: Serve, number: signal.Signals, code: int) -> None:
    arrived = threading.Event()

    def hold(number: int, method: str, path: str) -> None:
        if number == 60:
            arrived.set()
            time.sleep(0.2)

    shelf = serve(hold)
    process = shelf.start()
    assert arrived.wait(PATIENCE)
    process.send_signal(number)

    ended = shelf.ended(process)

    assert ended.code == code, ended.out
    assert ended.report["exit_code"] == code
    assert ended.report["reason"].startswith(f"{number.name} came after")
    assert len(shelf.application.books) == 1


def test_a_known_value_that_does_not_exist_is_named_with_its_line(serve: Serve) -> None:
    ended = serve(passes, book_id="a3d5b6c4-0000-4000-8000-00000000dead").run()

    assert ended.code == 2
    assert ended.report["reason"].startswith("target.toml:8: contracts.shelf.known.book_id does not exist")
