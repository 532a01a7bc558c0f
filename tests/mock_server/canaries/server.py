"""A server process and everything that it says outside of its replies."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ECHO = "Access-Control-Allow-Origin"
_MAIN = "from mock_server.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply as it came. request: its id."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def request(self) -> str:
        return self.headers.get("X-Mock-Request-Id", "")

    @property
    def own(self) -> str:
        """The same without what CORS has a server repeat: the page's own origin (Fetch, section 3.3)."""
        return f"{ {name: value for name, value in self.headers.items() if name != _ECHO} }\n{self.text}"

    @property
    def whole(self) -> str:
        """Everything of it."""
        return f"{dict(self.headers)}\n{self.text}"

    def json(self) -> Any:
        return json.loads(self.text)


class Server:
    """`mock-server --verbose` in a process of its own."""

    def __init__(self, words: Sequence[str], *, token: str, folder: Path, planted: str = "") -> None:
        """token: what its admin API asks for. folder: where its two streams are kept. planted: Python that
        makes a leak before it starts."""
        folder.mkdir(exist_ok=True)
        self.token = token
        self._out, self._err = folder / "stdout", folder / "stderr"
        ours = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_SERVER_")}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"{planted}\n{_MAIN}", "--port", "0", "--verbose", *words],
                stdout=subprocess.PIPE,
                stderr=err,
                env={**ours, "MOCK_SERVER_ADMIN_TOKEN": token},
            )
            assert self._process.stdout is not None
            lines = [self._process.stdout.readline()]
            while lines[-1] and not lines[-1].startswith(b"Stop with"):
                lines.append(self._process.stdout.readline())
            out.write(b"".join(lines))
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.start_page)
        assert found, self.errors
        self.port = int(found[1])
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def start_page(self) -> str:
        """What it wrote when it was up."""
        return self._out.read_text(encoding="utf-8")

    @property
    def errors(self) -> str:
        """Its standard error up to now, the access log among it."""
        return self._err.read_text(encoding="utf-8")

    def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Send one request. headers: any text, sent as UTF-8."""
        encoded = {name: value.encode().decode("latin-1") for name, value in (headers or {}).items()}
        self._connection.request(method, path, body=body, headers=encoded)
        reply = self._connection.getresponse()
        content = reply.read()
        return Answer(reply.status, dict(reply.getheaders()), content.decode("utf-8", "replace"))

    def raw(self, request: bytes) -> str:
        """Send bytes that are no request, and give what comes back until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            pieces = iter(lambda: connection.recv(65536), b"")
            return b"".join(pieces).decode("utf-8", "replace")

    def admin(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Call the admin API with the token. body: a JSON value, or bytes as they are to be sent."""
        sent = {"authorization": f"Bearer {self.token}", **headers}
        if body is not None:
            sent = {"content-type": "application/json", **sent}
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send(method, f"/__admin{path}", sent, body)

    def end(self) -> str:
        """Ask it to stop, and give what it wrote to standard output after the start page."""
        self._connection.close()
        self._process.send_signal(signal.SIGINT)
        try:
            rest, _ = self._process.communicate(timeout=20)
        finally:
            self._process.kill()
        return rest.decode()
