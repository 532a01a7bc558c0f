"""Sends hostile requests to a server over sockets, and counts what must not happen."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic

from tests.hostile.material import HostileRequest, Material

PATIENCE = 60.0
"""Seconds within which an answer must come, on a busy machine."""

_BATCH = 20
"""Requests that are sent on one connection before the first answer is read, at most."""

_BATCH_SIZE = 32 * 1024
"""Bytes of such requests: as much as a server's socket takes when the server does not read."""

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_NOT_IMPLEMENTED = frozenset({501, 505})
"""The answers that HTTP has for unknown methods, codings and versions (RFC 9110, section 15.6)."""


@dataclass(slots=True)
class Findings:
    """What came of the requests. sent: their number. statuses: of the answers. failures: answers of 500 and
    above that are none of HTTP's own. hangs: requests without an answer in time."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def answer(self, status: int, what: object) -> None:
        """Count an answer."""
        with self._lock:
            self.sent += 1
            self.statuses[status] += 1
            if status >= 500 and status not in _NOT_IMPLEMENTED:
                self.failures.append(f"{status}: {what!r:.500}")

    def hang(self, what: object) -> None:
        """Count a request that was not answered."""
        with self._lock:
            self.sent += 1
            self.hangs.append(f"{what!r:.500}")


class Besieged:
    """A mock server in a process of its own."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], errors: Path) -> None:
        self.port = port
        self._process = process
        self._errors = errors

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def tracebacks(self) -> int:
        """The number of tracebacks on its standard error."""
        return self._errors.read_bytes().count(b"Traceback (most recent call last)")

    @property
    def memory(self) -> float:
        """Resident memory in MiB; 0 where the system does not tell."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return 0.0
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0


@contextmanager
def besieged(words: Sequence[str] = ()) -> Iterator[Besieged]:
    """A running server. words: further options."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_SERVER_")}
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder, "stderr")
        with errors.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "mock_server", "--port", "0", *words],
                stdout=subprocess.PIPE,
                stderr=stream,
                env=ours,
            )
        try:
            yield Besieged(_port(process), process, errors)
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _port(process: subprocess.Popen[bytes]) -> int:
    for line in process.stdout or ():
        found = re.search(rb"http://127\.0\.0\.1:(\d+)", line)
        if found:
            return int(found[1])
    raise RuntimeError("the server has not started")


def send_permitted(port: int, material: Material, count: int, findings: Findings) -> None:
    """Send requests that HTTP permits, many on each connection."""
    pending: list[HostileRequest] = []
    while count or pending:
        while count and len(pending) < _BATCH:
            pending.append(material.request())
            count -= 1
        size, batch = 0, []
        for request in pending:
            size += len(_written(request))
            if batch and size > _BATCH_SIZE:
                break
            batch.append(request)
        pending = [*_send_batch(port, batch, findings), *pending[len(batch) :]]


def send_broken(port: int, material: Material, count: int, findings: Findings) -> None:
    """Send bytes that break HTTP, each on a connection of its own."""
    for _ in range(count):
        payload = material.payload()
        try:
            reply = _exchanged(port, payload)
        except TimeoutError:
            findings.hang(payload)
            continue
        statuses = [int(status) for status in _STATUS.findall(reply)]
        findings.answer(max(statuses, default=0), payload)


def _exchanged(port: int, payload: bytes) -> bytes:
    """What comes back until the connection is closed."""
    pieces: list[bytes] = []
    end = monotonic() + PATIENCE
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(payload)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                pieces.append(piece)
                if monotonic() > end:
                    raise TimeoutError
        except ConnectionError:  # it was closed while we were still sending
            pass
    return b"".join(pieces)


def _send_batch(port: int, requests: list[HostileRequest], findings: Findings) -> list[HostileRequest]:
    """Send requests on one connection. Returns those that are to be sent on another one, because this one was
    closed before their turn."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        answered = 0
        try:
            connection.sendall(b"".join(map(_written, requests)))
            with connection.makefile("rb") as stream:
                for request in requests:
                    status = _read_answer(stream, request.method)
                    if status is None:
                        break
                    answered += 1
                    findings.answer(status, request)
        except TimeoutError:
            findings.hang(requests[answered])
            return requests[answered + 1 :]
        except ConnectionError:
            pass
    if not answered:
        # Closed without a word: a server may do that to the first one only.
        findings.answer(0, requests[0])
        answered = 1
    return requests[answered:]


def _written(request: HostileRequest) -> bytes:
    lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {request.host}"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    if request.body:
        lines.append(f"Content-Length: {len(request.body)}")
    head = "\r\n".join(lines) + "\r\n\r\n"
    return head.encode("latin-1", "replace") + request.body


def _read_answer(stream: object, method: str) -> int | None:
    """The status of the next answer, None at the end of the connection."""
    read, readline = stream.read, stream.readline  # type: ignore[attr-defined]
    first = readline()
    match = _STATUS.match(first)
    if match is None:
        return None
    status, length, is_chunked = int(match[1]), 0, False
    while (line := readline()) not in {b"\r\n", b""}:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        is_chunked = is_chunked or (name.lower() == b"transfer-encoding" and b"chunked" in value.lower())
    if method == "HEAD" or status in {204, 304} or status < 200:
        return status
    if not is_chunked:
        read(length)
        return status
    while size := int(readline().partition(b";")[0] or b"0", 16):
        read(size + 2)
    readline()
    return status
