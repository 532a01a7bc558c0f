"""Starts the server of a plan, and reads the target file to judge it by."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from contract_tests.proof.plan import Defect, Plan, PlanError, Server
from contract_tests.proof.rewriting import defective
from contract_tests.target.target_file import Target, TargetError

START_SECONDS = 180
"""How long a server may take until it prints its address; one that fills a database takes a while."""

FILE_SECONDS = 10
"""How long a server may take after that to write the target file."""

STOP_SECONDS = 10
"""How long a server may take to end after SIGTERM."""

_ADDRESS = re.compile(rb"https?://[^\s\"'<>]+")


@contextmanager
def launched(plan: Plan, server: Server) -> Iterator[Target]:
    """The target of a fresh server, with its defect if there is one; the server is stopped afterwards.

    Raises PlanError when it does not start, and TargetError for a target file that cannot be used.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = ""
        if plan.command:
            address = stack.enter_context(_running(plan, server, folder))
        beside = plan.source_file.parent
        file = beside / plan.target.replace("{folder}", str(folder))
        target = _loaded(file, seconds=FILE_SECONDS if plan.command else 0)
        if len(target.contracts) != 1:
            names = ", ".join(target.contracts)
            raise PlanError(f"{plan.source_file}: target: must have one contract; it has {names}")
        ((name, contract),) = target.contracts.items()
        base_url = _base_url(address, contract.base_url)
        if base_url is None:
            raise PlanError(f"{plan.source_file}: target: needs a base_url, where the plan has no command")
        if isinstance(server, Defect) and server.proxy:
            if not base_url.startswith("http://"):
                raise PlanError(f"{plan.source_file}: a proxy needs an http address, and this is {base_url}")
            base_url = stack.enter_context(defective(base_url, server.proxy))
        changed = contract.model_copy(update={"base_url": base_url})
        yield target.model_copy(update={"contracts": {name: changed}})


def _loaded(file: Path, *, seconds: float) -> Target:
    """The target file, which a server may write only after it has printed its address.

    Raises TargetError when it cannot be used so many seconds later.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return Target.load(file)
        except TargetError:
            if time.monotonic() > end:
                raise
        time.sleep(0.1)


def _base_url(printed: str, written: str | None) -> str | None:
    """The printed address, with the path of the written one where it has none; else the written one."""
    if not printed:
        return written
    has_path = bool(urlsplit(printed).path)
    return printed if has_path else printed + urlsplit(written or "").path


@contextmanager
def _running(plan: Plan, server: Server, folder: Path) -> Iterator[str]:
    """The address that the server of a plan prints."""
    words = (*plan.command, *server.arguments)
    command = [word.replace("{folder}", str(folder)).replace("{python}", sys.executable) for word in words]
    directory = plan.source_file.parent / plan.directory
    log = folder / "server.log"
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the user's own command
                command, cwd=directory, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
    except OSError as error:
        raise PlanError(f"{plan.source_file}: command: {command[0]}: {error.strerror}") from error
    try:
        yield _printed_address(process, log, plan=plan)
    finally:
        _stop(process)


def _printed_address(process: subprocess.Popen[bytes], log: Path, *, plan: Plan) -> str:
    """The first address in the output of a server."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        is_over = process.poll() is not None
        output = log.read_bytes()
        address = _ADDRESS.search(output)
        if address is not None and b"\n" in output[address.end() :]:
            return address.group().decode().rstrip(".,)/")
        if is_over:
            break
        time.sleep(0.05)
    text = log.read_text("utf-8", "replace")[-1000:]
    raise PlanError(f"{plan.source_file}: command: the server prints no http address; its output is:\n{text}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and the processes it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=STOP_SECONDS)
        except ProcessLookupError:
            process.wait()
        except subprocess.TimeoutExpired:
            continue
        break
