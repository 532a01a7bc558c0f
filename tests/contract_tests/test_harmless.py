"""A run harms nothing: what was there stays as it was, and what it created is deleted or reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from contract_tests.engine.runner import run
from contract_tests.requirements.results import RunResult
from contract_tests.target.target_file import ContractTarget, Target
from contract_tests.verdicts import Verdict
from tests.contract_tests.harmless_server import Kind, TrustingServer, document

EXAMPLES = int(os.environ.get("HARMLESS_EXAMPLES", "4"))
"""How many random contracts are run; many more take minutes."""

kinds = st.builds(
    Kind,
    name=st.just("things"),
    parameter=st.sampled_from(["id", "thing_id", "name", "thingName", "key", "uuid"]),
    key=st.sampled_from(["int", "uuid", "name"]),
    create=st.sampled_from(["post", "put", ""]),
    answer=st.sampled_from(["object", "envelope", "array", "location", "nothing"]),
    can_list=st.booleans(),
    can_read=st.booleans(),
    update=st.sampled_from(["patch", "put", ""]),
    can_delete=st.booleans(),
    action=st.sampled_from(["", "reset", "restart", "archive"]),
    bulk=st.booleans(),
    clear=st.booleans(),
    slash=st.booleans(),
    child=st.booleans(),
)


def _renamed(kind: Kind, name: str) -> Kind:
    return Kind(**{each.name: getattr(kind, each.name) for each in fields(Kind)} | {"name": name})


def _run(
    folder: Path, *every: Kind, has_settings: bool = True, seed: int = 0, **options: Any
) -> tuple[TrustingServer, RunResult]:
    server = TrustingServer(every)
    spec = folder / "harmless.json"
    spec.write_text(json.dumps(document(every, settings=has_settings)), encoding="utf-8")
    known = {kind.item.rstrip("/"): {kind.parameter: server.first(kind)} for kind in every}
    target = ContractTarget(wsgi=server, spec=spec, known=known)
    return server, run(Target(contracts={"harmless": target}), seed=seed, **options)


def _assert_harmless(server: TrustingServer, result: RunResult) -> None:
    after = {place: server.store.get(place) for place in server.seeds}
    assert after == server.seeds
    assert not [each.reason for each in result.outcomes if each.verdict is Verdict.ERRORED]
    stays = [place for place in server.store if place not in server.seeds]
    told = [*result.leftovers, *result.undeletable]
    untold = [place for place in stays if not any(f"/{place[0]}" in line for line in told)]
    assert untold == []


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(first=kinds, second=kinds, has_settings=st.booleans())
def test_a_run_changes_nothing_that_it_did_not_create(first: Kind, second: Kind, has_settings: bool) -> None:
    every = [_renamed(first, "things"), _renamed(second, "groups")]
    assume(document(every, settings=has_settings)["paths"])
    with tempfile.TemporaryDirectory() as folder:
        server, result = _run(Path(folder), *every, has_settings=has_settings)
    _assert_harmless(server, result)


def test_a_known_thing_without_a_create_is_neither_changed_nor_deleted(tmp_path: Path) -> None:
    kind = Kind("things", create="", can_list=False)
    server, result = _run(tmp_path, kind, has_settings=False)
    _assert_harmless(server, result)
    assert {method for method, path in server.requests if server.first(kind) in path} == {"GET"}
    skipped = [each.reason for each in result.outcomes if each.verdict is Verdict.SKIPPED]
    assert any('may_change = ["things"]' in reason for reason in skipped)


@pytest.mark.parametrize(
    ("answer", "slash"),
    [("object", True), ("envelope", False), ("array", False), ("location", True), ("nothing", False)],
)
def test_whatever_create_answers_everything_is_deleted(tmp_path: Path, answer: str, slash: bool) -> None:
    server, result = _run(tmp_path, Kind("things", answer=answer, slash=slash), has_settings=False)
    _assert_harmless(server, result)
    assert server.store == server.seeds
    assert result.leftovers == ()


def test_what_cannot_be_deleted_is_reported(tmp_path: Path) -> None:
    server, result = _run(tmp_path, Kind("things", can_delete=False), has_settings=False)
    created = len(server.store) - len(server.seeds)
    assert created
    (line,) = result.undeletable
    assert line.startswith(f"harmless: {created} at /things/")
    assert result.leftovers == ()


def test_read_only_sends_no_writing_request(tmp_path: Path) -> None:
    server, result = _run(tmp_path, Kind("things", bulk=True, action="reset"), read_only=True)
    assert {method for method, _ in server.requests} <= {"GET", "HEAD", "OPTIONS"}
    assert server.store == server.seeds
    assert any(each.verdict is Verdict.PASSED for each in result.outcomes)


KILLS = int(os.environ.get("HARMLESS_KILLS", "1"))
"""At how many instants a run is killed with each signal."""


class _KillingServer(TrustingServer):
    """Sends a signal to a process when it has carried out a creation and not answered yet."""

    def __init__(self, kinds: list[Kind], *, at: int, number: int) -> None:
        super().__init__(kinds)
        self.process: subprocess.Popen[bytes] | None = None
        self._left, self._number = at, number

    def _all(self, kind: Kind, method: str, body: Any) -> tuple[int, Any, str]:
        answer = super()._all(kind, method, body)
        if method == "POST" and answer[0] == 201 and self.process is not None:
            self._left -= 1
            if not self._left:
                self.process.send_signal(self._number)
                if self._number == signal.SIGKILL:
                    self.process.wait()
        return answer


@contextmanager
def _served(application: Any) -> Iterator[str]:
    """The address of a WSGI application on the loopback interface."""
    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the library's name
        del format, arguments


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("at", [1 + 7 * instant for instant in range(KILLS)])
def test_cleanup_finishes_a_killed_run(tmp_path: Path, number: int, at: int) -> None:
    kind = Kind("things", key="int", child=True)
    server = _KillingServer([kind], at=at, number=number)
    (tmp_path / "harmless.json").write_text(json.dumps(document([kind], settings=False)), encoding="utf-8")
    target, notes = tmp_path / "target.toml", tmp_path / "notes.jsonl"
    command = [sys.executable, "-m", "contract_tests"]
    with _served(server) as address:
        target.write_text(f'[contracts.harmless]\nbase_url = "{address}"\nspec = "harmless.json"\n')
        server.process = subprocess.Popen(
            [*command, "run", "--target", target, "--cleanup-file", notes],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        code = server.process.wait()
        server.process = None
        if number == signal.SIGTERM:
            assert code == 143
            assert not notes.exists()
        else:
            assert server.store != server.seeds
            for _ in range(2):  # it can be repeated as long as there is a file
                if notes.exists():
                    subprocess.run([*command, "cleanup", notes], check=True, stdout=subprocess.DEVNULL)
    assert server.store == server.seeds
    assert not notes.exists()
