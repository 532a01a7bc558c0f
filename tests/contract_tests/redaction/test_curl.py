"""A curl line, pasted into bash, sends what the harness sent."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from contract_tests.exchange import SentRequest
from contract_tests.redaction.curl import curl
from contract_tests.requirements.results import Secret
from contract_tests.target.target_file import credential_variable

TOKEN = "tok-3f9a'x y"
ADMIN = Secret(TOKEN, "AIMABLE_ADMIN")


@dataclass
class Ear:
    """A server that records requests."""

    url: str
    heard: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def paste(self, line: str) -> tuple[str, str, dict[str, str], bytes]:
        """Run the command in bash and return the received request."""
        environment = {**os.environ, "AIMABLE_ADMIN": TOKEN, "BASIC": "me:secret-word"}
        done = subprocess.run(
            ["bash", "-c", line], capture_output=True, env=environment, timeout=20, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return self.heard[-1]


@pytest.fixture
def ear() -> Iterator[Ear]:
    if not (shutil.which("bash") and shutil.which("curl")):
        pytest.skip("needs bash and curl")

    class Handler(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {key.lower(): value for key, value in self.headers.items()}
            one.heard.append((self.command, self.path, headers, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        one = Ear(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield one
        server.shutdown()
        thread.join()


def sent(url: str, *, method: str = "POST", body: bytes | None = None, **headers: str) -> SentRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SentRequest(operation="op", method=method, url=url, headers=named, body=body, credential="admin")


def test_credential_is_a_variable_that_arrives_as_its_value(ear: Ear) -> None:
    line = curl(sent(f"{ear.url}/v1/x?limit=1", method="GET", authorization=f"Bearer {TOKEN}"), [ADMIN])
    assert TOKEN not in line
    assert '"authorization: Bearer $AIMABLE_ADMIN"' in line
    method, path, headers, _ = ear.paste(line)
    assert (method, path, headers["authorization"]) == ("GET", "/v1/x?limit=1", f"Bearer {TOKEN}")


def test_credential_with_shell_metacharacters_is_sent_unchanged(ear: Ear) -> None:
    value = f'Bearer $(touch x) "{TOKEN}` \\ !'
    line = curl(sent(ear.url + "/", method="GET", authorization=value), [ADMIN])
    assert ear.paste(line)[2]["authorization"] == value


def test_credential_followed_by_letters_is_kept_apart_from_them(ear: Ear) -> None:
    line = curl(sent(ear.url + "/", method="GET", authorization=f"Bearer {TOKEN}tail"), [ADMIN])
    assert ear.paste(line)[2]["authorization"] == f"Bearer {TOKEN}tail"


def test_basic_credential_is_sent_by_variable(ear: Ear) -> None:
    header = "Basic bWU6c2VjcmV0LXdvcmQ="
    line = curl(sent(ear.url + "/", method="GET", authorization=header), [Secret("me:secret-word", "BASIC")])
    assert header not in line
    assert ear.paste(line)[2]["authorization"] == header


def test_idempotency_key_and_content_type_are_kept(ear: Ear) -> None:
    line = curl(sent(ear.url + "/", body=b"{}", idempotency_key="k-1", content_type="text/plain"))
    _, _, headers, body = ear.paste(line)
    assert (headers["idempotency-key"], headers["content-type"], body) == ("k-1", "text/plain", b"{}")


def test_body_without_content_type_gets_none(ear: Ear) -> None:
    assert "content-type" not in ear.paste(curl(sent(ear.url + "/", body=b"{}")))[2]


def test_empty_header_is_sent_empty(ear: Ear) -> None:
    assert ear.paste(curl(sent(ear.url + "/", method="GET", idempotency_key="")))[2]["idempotency-key"] == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"name": "O\'Brien $HOME `id` \\\\ !"}',
        '{\n\t"name": "Zoë 漢字 🎉"\n}'.encode(),
        b"@/etc/passwd",
        b"\x00\xff\xfe%s%%\\'\r\n9",
        b"[" * 100_000,
        bytes(range(256)) * 50,
    ],
    ids=["empty", "shell-signs", "unicode", "at-sign", "bytes", "long", "long-bytes"],
)
def test_body_of_any_bytes_arrives_unchanged(ear: Ear, body: bytes) -> None:
    line = curl(sent(ear.url + "/v1", body=body, content_type="application/json"))
    assert len(line) < 16_000
    assert ear.paste(line)[3] == body


@pytest.mark.parametrize("path", ["/a%00b?x[]=1&y={z}", "/a/../b/./c", "/q?x=%20a+b&x=%27"])
def test_url_arrives_unchanged(ear: Ear, path: str) -> None:
    assert ear.paste(curl(sent(ear.url + path, method="DELETE")))[1] == path


def test_head_request_does_not_wait_for_a_body(ear: Ear) -> None:
    assert ear.paste(curl(sent(ear.url + "/", method="HEAD")))[0] == "HEAD"


def test_canary_is_masked() -> None:
    line = curl(sent("http://h/", body=b'{"token": "canary-8812"}'), [Secret("canary-8812")])
    assert "canary-8812" not in line
    assert "***" in line


def test_variable_is_named_after_contract_and_label() -> None:
    assert credential_variable("aimable", "read-only") == "AIMABLE_READ_ONLY"


def test_a_short_credential_is_replaced_where_credentials_stand_only() -> None:
    sent = SentRequest(
        "listThings",
        "GET",
        "https://h/active?api_key=active&state=active",
        {"x-key": "active", "x-note": "inactive"},
        None,
        None,
    )
    line = curl(sent, [Secret("active", "KEY")])
    url = '"https://h/active?api_key=$KEY&state=active"'
    headers = """-H "x-key: $KEY" -H 'x-note: inactive'"""
    assert line.replace(" \\\n ", "") == f"curl -sS -i -X GET {url} {headers}"
