"""Over a real socket: replies that a fault delays, slows down, cuts or spoils, and those that travel beside
them."""

from __future__ import annotations

import http.client
import json
import select
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from mock_server.app import create_app
from mock_server.messages import Transmission
from mock_server.serving import served
from mock_server.settings import Settings
from mock_server.web.delivery import CutOffError, paced

PROVIDERS = "/v1/admin/connector-providers"
KEY = {"X-API-Key": "mock-platform-admin-key"}
PATIENCE = 20.0
"""Seconds after which a test gives up on an answer."""


@dataclass(frozen=True)
class Got:
    """An answer as it arrived."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass(frozen=True)
class Wire:
    """A server on a socket."""

    host: str
    port: int

    def ask(self, method: str, path: str, body: Any = None, *, world: str = "default") -> Got:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        headers = {**KEY, "X-Mock-World": world, "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        try:
            return Got(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def begin(self, world: str) -> socket.socket:
        """A connection on which the list of providers has been asked for and nothing read."""
        raw = socket.create_connection((self.host, self.port), timeout=PATIENCE)
        lines = [f"GET {PROVIDERS} HTTP/1.1", "Host: x", f"X-Mock-World: {world}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in KEY.items()]
        raw.sendall("\r\n".join([*lines, "", ""]).encode())
        return raw

    def fault(self, world: str, **rule: Any) -> None:
        """Have a world go wrong."""
        self.ask("POST", "/__admin/worlds", {"name": world})
        made = self.ask("POST", f"/__admin/worlds/{world}/faults", rule)
        assert made.status == 201, made.body

    def requests(self, world: str) -> int:
        """How many requests a world has had, as soon as there is one."""
        told = self.ask("GET", f"/__admin/worlds/{world}/requests/wait?count=1&timeout_seconds=5")
        assert told.status == 200, told.body
        return int(json.loads(told.body)["count"])


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with served(create_app(Settings())) as address:
        where = urlsplit(address)
        assert where.hostname is not None
        assert where.port is not None
        yield Wire(where.hostname, where.port)


@pytest.fixture(scope="module")
def whole(wire: Wire) -> bytes:
    """The body of the list of providers when nothing is wrong."""
    return wire.ask("GET", PROVIDERS).body


def received(raw: socket.socket) -> list[bytes]:
    """What arrives until the connection is closed, in the pieces in which it does."""
    pieces: list[bytes] = []
    while piece := raw.recv(1 << 16):
        pieces.append(piece)
    return pieces


def test_a_reset_connection_is_reset_and_not_merely_closed(wire: Wire) -> None:
    wire.fault("reset", kind="reset")
    with wire.begin("reset") as raw, pytest.raises(ConnectionResetError):
        received(raw)


def test_a_truncated_body_ends_before_its_announced_length(wire: Wire, whole: bytes) -> None:
    wire.fault("truncate", kind="truncate", bytes=100)
    with pytest.raises(http.client.IncompleteRead) as broken:
        wire.ask("GET", PROVIDERS, world="truncate")
    assert broken.value.partial == whole[:100]
    assert broken.value.expected == len(whole) - 100


def test_a_body_may_be_cut_at_its_very_beginning(wire: Wire, whole: bytes) -> None:
    wire.fault("nothing", kind="truncate", bytes=0)
    with wire.begin("nothing") as raw:
        head, _, body = b"".join(received(raw)).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(whole)}".encode() in head
    assert body == b""


def test_a_slow_body_arrives_whole_and_in_pieces(wire: Wire, whole: bytes) -> None:
    wire.fault("dripping", kind="slow_body", bytes_per_second=len(whole) * 5)
    with wire.begin("dripping") as raw:
        pieces = received(raw)
    assert b"".join(pieces).partition(b"\r\n\r\n")[2] == whole
    assert len(pieces) >= 4


def test_broken_json_is_announced_as_json(wire: Wire) -> None:
    wire.fault("broken", kind="invalid_json")
    answer = wire.ask("GET", PROVIDERS, world="broken")
    assert answer.headers["Content-Type"] == "application/json"
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


def test_an_html_page_comes_as_a_gateway_sends_it(wire: Wire) -> None:
    wire.fault("gateway", kind="html_page", status=504)
    answer = wire.ask("GET", PROVIDERS, world="gateway")
    assert (answer.status, answer.headers.get_content_type()) == (504, "text/html")
    assert b"<html" in answer.body.lower()


def test_latency_is_waited_for_before_the_first_byte(wire: Wire, whole: bytes) -> None:
    wire.fault("late", kind="latency", fixed_ms=300)
    began = perf_counter()
    with wire.begin("late") as raw:
        first = raw.recv(1)
        waited = perf_counter() - began
        assert (first + b"".join(received(raw))).endswith(whole)
    assert waited >= 0.3


@pytest.mark.parametrize("other", ["default", "patient"])
def test_a_slow_request_holds_up_no_other(wire: Wire, whole: bytes, other: str) -> None:
    slow = f"patient-{other}"
    wire.fault(slow, kind="latency", fixed_ms=1000, when={"calls": [1]})
    with wire.begin(slow) as raw:
        assert wire.requests(slow) == 1
        asked = slow if other == "patient" else other
        for _ in range(5):
            assert wire.ask("GET", PROVIDERS, world=asked).body == whole
        assert select.select([raw], [], [], 0)[0] == []
        assert b"".join(received(raw)).endswith(whole)


def test_what_a_fault_breaks_is_broken_for_its_world_and_its_request_alone(wire: Wire, whole: bytes) -> None:
    wire.fault("once", kind="reset", when={"calls": [1]})
    with wire.begin("once") as raw, pytest.raises(ConnectionResetError):
        received(raw)
    assert wire.ask("GET", PROVIDERS, world="once").body == whole
    assert wire.ask("GET", PROVIDERS).body == whole


def test_a_pace_decides_the_pieces_and_a_cut_where_they_end(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("mock_server.web.delivery.sleep", waits.append)
    pieces = paced(b"abcdefghij", Transmission(pace=60.0, cut=8))
    arrived: list[bytes] = []
    with pytest.raises(CutOffError):
        arrived.extend(pieces)
    assert arrived == [b"abc", b"def", b"gh"]
    assert waits == [0.05, 0.05, pytest.approx(2 / 60)]
