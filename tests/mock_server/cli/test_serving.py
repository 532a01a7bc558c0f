"""The server as a process: it starts, says where, survives what comes over the wire, and stops when told."""

from __future__ import annotations

import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow

PROVIDERS = "/v1/admin/connector-providers"
ADMIN = {"Authorization": "Bearer mock-aimable-admin"}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_cleanly(start: Callable[..., Any], how: int) -> None:
    server = start()
    assert httpx.get(server.base_url + PROVIDERS).status_code == 200
    code, err = server.stop(how)
    assert (code, err) == (0, "")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_answer_that_is_held_back_does_not_hold_up_the_end(start: Callable[..., Any], how: int) -> None:
    server = start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
        wire.sendall(f"GET {PROVIDERS} HTTP/1.1\r\nHost: x\r\nPrefer: wait=20\r\n\r\n".encode())
        awaited = httpx.get(f"{server.base_url}/__admin/worlds/default/requests/wait", params={"count": 1})
        assert awaited.json()["reached"]
        assert server.stop(how) == (0, "")
        assert wire.recv(1) == b""


def test_the_start_page_names_addresses_credentials_and_how_to_stop(start: Callable[..., Any]) -> None:
    server = start()
    assert f"{server.base_url}/api-proxy" in server.page
    assert "mock-aimable-admin" in server.page
    assert "Ctrl-C" in server.page
    assert "\x1b" not in server.page


def test_the_curl_lines_answer_with_data_as_pasted(start: Callable[..., Any]) -> None:
    server = start()
    curls = [line.strip() for line in server.page.splitlines() if line.strip().startswith("curl ")]
    assert len(curls) == 4
    for line in curls:
        _curl, _silent, url, *header = shlex.split(line)
        name, _, value = (header[1] if header else "X-None: x").partition(": ")
        assert httpx.get(url, headers={name: value}).status_code == 200


RAW = {
    "no HTTP": b"\x00\x01\x02\r\n\r\n",
    "bad request line": b"GET\r\n\r\n",
    "bad version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "no host": b"GET /v1/admin/connector-providers HTTP/1.1\r\n\r\n",
    "huge header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
    "bad header": b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
    "NUL in the path": b"GET /v1/%00/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "high bytes in the path": b"GET /v1/\xff\xfe?q=\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "line end in the path": b"GET /v1/admin/connector-providers%0d%0aX:1/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "absolute form": b"GET http://elsewhere/v1/admin/connector-providers HTTP/1.1\r\nHost: x\r\n\r\n",
    "odd host": b"GET /v1/admin/connector-providers/ HTTP/1.1\r\nHost: <script>\r\n\r\n",
    "negative length": b"POST /api/v1/connectors HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "length and chunks": b"POST /api/v1/connectors HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "broken chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "too few bytes": b"POST /api/v1/connectors HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    "unknown method": b"BREW /api/v1/connectors HTTP/1.1\r\nHost: x\r\n\r\n",
    "header injection": b"OPTIONS /api/v1/connectors HTTP/1.1\r\nHost: x\r\nOrigin: a\xff\xfe\r\n"
    b"Access-Control-Request-Method: \xff\r\n\r\n",
}


def exchanged(port: int, sent: bytes) -> bytes:
    """What comes back over a socket of our own until the server closes it or we have said all."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(sent)
        wire.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while piece := wire.recv(65536):
                received += piece
        except ConnectionResetError:
            pass
        return received


def test_no_bytes_get_a_500_or_end_the_server(start: Callable[..., Any]) -> None:
    server = start()
    for what, sent in RAW.items():
        received = exchanged(server.port, sent)
        assert b" 500 " not in received.split(b"\r\n")[0], what
        assert b"<html" not in received.lower(), what
        assert httpx.get(server.base_url + PROVIDERS).status_code == 200, what
    code, err = server.stop(signal.SIGTERM)
    assert (code, "Traceback" in err) == (0, False), err


def test_a_chunked_body_is_read(start: Callable[..., Any]) -> None:
    server = start()
    url = f"{server.base_url}/api-proxy{PROVIDERS}/google-workspace/setup"
    pieces = iter([b'{"client_id": "mock-id", ', b'"client_secret": "mock-secret"}'])
    headers = {**ADMIN, "Content-Type": "application/json"}
    assert httpx.post(url, content=pieces, headers=headers).json()["data"]["setup_complete"] is True


def test_equal_seed_start_time_and_requests_give_equal_bytes(start: Callable[..., Any]) -> None:
    connectors = (
        "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
        "/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
    )
    runs = []
    for _run in range(2):
        server = start("--seed", "7", "--start-time", "2026-11-20T09:00:00Z")
        with httpx.Client(base_url=server.base_url, headers=ADMIN) as client:
            body = {"provider_slug": "slack", "credential": {"token": "mock"}}
            created = client.post(connectors, json=body, headers={"Idempotency-Key": "one"})
            one = f"{connectors}/{created.json()['data']['id']}"
            answers = [
                created,
                client.post(f"{one}/sync"),
                client.get(f"{one}/syncs"),
                client.get(connectors),
            ]
            answers += [client.get(f"{one}/syncs") for _ in range(5)]
        runs.append([(answer.status_code, answer.content) for answer in answers])
    assert runs[0] == runs[1]
    assert runs[0][0][0] == 201


def test_the_access_log_has_no_query_string_and_no_credential(start: Callable[..., Any]) -> None:
    server = start("--verbose")
    httpx.get(
        server.base_url + PROVIDERS + "?token=mock-secret-token", headers={"X-API-Key": "mock-other-secret"}
    )
    _code, err = server.stop(signal.SIGTERM)
    assert f"default - GET {PROVIDERS} listConnectorProviders 401 " in err
    assert "secret" not in err


def test_nothing_is_logged_unless_asked_for(start: Callable[..., Any]) -> None:
    server = start()
    httpx.get(server.base_url + PROVIDERS)
    assert server.stop(signal.SIGTERM)[1] == ""


def refused(*arguments: str) -> str:
    """The message of a server that does not start; exit code 2 and no traceback."""
    command = [sys.executable, "-m", "mock_server", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_port_in_use_is_reported_with_the_flag() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = refused("--port", str(port))
    assert f"--port {port}" in told
    assert "--port 0" in told


def test_an_unknown_host_is_reported_with_the_flag() -> None:
    assert "--host no.such.host.invalid" in refused("--host", "no.such.host.invalid", "--port", "0")
