"""Over real sockets: what a connection may do, and that many of them hold up nothing else."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Event
from time import monotonic, perf_counter
from urllib.parse import urlsplit

import pytest

from mock_server.app import build_engine, create_app
from mock_server.engine import Engine
from mock_server.serving import Limits, served
from mock_server.settings import Settings

PROVIDERS = "/v1/admin/connector-providers"
WAIT = "/__admin/worlds/default/requests/wait"
HEALTH = "/__admin/health"
PATIENCE = 20.0
"""Seconds after which a test gives up on an answer."""
LIMITS = Limits(body=1000, head=2000)

Connect = Callable[[], socket.socket]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return build_engine(Settings(contracts=("fastapi_platform",)))


def connecting(engine: Engine, limits: Limits, stack: ExitStack) -> Connect:
    """What makes connections to a new server, which are closed with the stack."""
    address = stack.enter_context(
        served(create_app(Settings(contracts=("fastapi_platform",)), engine=engine), limits=limits)
    )
    where = urlsplit(address)

    def connect() -> socket.socket:
        return stack.enter_context(socket.create_connection((where.hostname, where.port), timeout=PATIENCE))

    return connect


@pytest.fixture(scope="module")
def connect(engine: Engine) -> Iterator[Connect]:
    with ExitStack() as stack:
        yield connecting(engine, LIMITS, stack)


def request(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: localhost", *headers, "", ""]).encode()


def until_closed(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def answer(connection: socket.socket, sent: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to one request, whose connection stays open."""
    connection.sendall(sent)
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        assert piece, "the connection was closed"
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split()[1]), body


def slowest(connection: socket.socket, *paths: str) -> float:
    """The longest time of an answer, of ten for each path, in seconds."""
    times = []
    for path in paths * 10:
        began = perf_counter()
        status, _ = answer(connection, request(path))
        times.append(perf_counter() - began)
        assert status == 200
    return max(times)


@pytest.mark.parametrize(
    "sent",
    [request(PROVIDERS, "Prefer: wait=30"), request(f"{WAIT}?count=1000000&timeout_seconds=5")],
    ids=["of responses", "for the journal"],
)
def test_many_waits_hold_up_neither_the_admin_api_nor_other_worlds(connect: Connect, sent: bytes) -> None:
    for _ in range(150):
        connect().sendall(sent)
    other = connect()
    answer(other, request(HEALTH))  # loads the admin API
    assert slowest(other, HEALTH, f"/~other{PROVIDERS}") < 1


def test_many_idle_connections_hold_up_nothing(connect: Connect) -> None:
    for _ in range(300):
        connect()
    assert slowest(connect(), HEALTH, PROVIDERS) < 2


def test_a_wait_for_the_journal_ends_with_the_request_it_waits_for(connect: Connect) -> None:
    waiting, other = connect(), connect()
    answer(other, request(f"/~seen{PROVIDERS}"))
    waiting.sendall(request("/__admin/worlds/seen/requests/wait?count=3&timeout_seconds=5"))
    for _ in range(2):
        answer(other, request(f"/~seen{PROVIDERS}"))
    assert json.loads(answer(waiting, b"")[1]) == {"reached": True, "count": 3}


def test_a_client_that_goes_away_ends_its_wait_for_the_journal(connect: Connect, engine: Engine) -> None:
    waits = engine.world("left").journal._waits
    gone = connect()
    gone.sendall(request("/__admin/worlds/left/requests/wait?count=5&timeout_seconds=5"))
    assert eventually(lambda: len(waits) == 1)
    gone.close()
    assert eventually(lambda: not waits)


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether something becomes true before long."""
    ends, never = monotonic() + PATIENCE, Event()
    while not is_so() and monotonic() < ends:
        never.wait(0.01)
    return is_so()


def test_an_idle_connection_is_closed_in_time(engine: Engine) -> None:
    with ExitStack() as stack:
        connect = connecting(engine, Limits(idle=0.1), stack)
        silent, served_once = connect(), connect()
        answer(served_once, request(PROVIDERS))
        assert until_closed(silent) == b""
        assert until_closed(served_once) == b""


@pytest.mark.parametrize(
    "sent", [b"GET / HT", request("/", "Content-Length: 10", method="POST") + b"half"], ids=["head", "body"]
)
def test_a_request_that_does_not_arrive_in_time_is_answered_with_408(engine: Engine, sent: bytes) -> None:
    with ExitStack() as stack:
        connection = connecting(engine, Limits(receive_head=0.1, receive_body=0.1), stack)()
        connection.sendall(sent)
        assert until_closed(connection).startswith(b"HTTP/1.1 408 ")


def test_beyond_the_number_of_connections_the_longest_idle_is_closed(engine: Engine) -> None:
    with ExitStack() as stack:
        connect = connecting(engine, Limits(connections=2), stack)
        first, second = connect(), connect()
        for connection in (first, second):
            answer(connection, request(PROVIDERS))
        assert answer(connect(), request(PROVIDERS))[0] == 200
        assert answer(second, request(PROVIDERS))[0] == 200
        assert until_closed(first) == b""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("/", "Content-Length: 1001", method="POST"), b"413"),
        (request("/", "Transfer-Encoding: chunked", method="POST") + b"3e9\r\n" + b"x" * 1001, b"413"),
        (request("/", "X: " + "x" * 3000), b"431"),
        (b"GET /" + b"x" * 3000, b"431"),
        (request("/", method="BREW"), b"501"),
        (b"GET / HTTP/9.9\r\n\r\n", b"400"),
        (request("/", "Content-Length: 1", "Transfer-Encoding: chunked", method="POST"), b"400"),
    ],
    ids=["length", "chunks", "header", "url", "method", "bytes", "smuggling"],
)
def test_what_is_too_large_or_not_http_is_refused_in_words(
    connect: Connect, sent: bytes, status: bytes
) -> None:
    connection = connect()
    connection.sendall(sent)
    received = until_closed(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert b"Connection: close" in head
    problem = json.loads(body)
    assert problem["status"] == int(status)
    assert problem["detail"]


def test_the_refusal_of_a_large_body_names_the_limit_and_the_option(connect: Connect) -> None:
    connection = connect()
    connection.sendall(request("/", "Content-Length: 5000", method="POST"))
    assert b"1000 bytes; --max-body-mib" in until_closed(connection)


def test_requests_sent_at_once_are_answered_in_their_order(connect: Connect) -> None:
    connection = connect()
    paths = [PROVIDERS, "/nothing", PROVIDERS, "/nothing"]
    connection.sendall(b"".join(map(request, paths[:-1])) + request(paths[-1], "Connection: close"))
    received = until_closed(connection)
    statuses = [part.split()[0] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200", b"404"]


def test_a_request_behind_one_that_waits_is_answered_after_it(connect: Connect) -> None:
    connection = connect()
    connection.sendall(request(PROVIDERS, "Prefer: wait=1") + request("/nothing", "Connection: close"))
    received = until_closed(connection)
    assert [part.split()[0] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404"]


def test_a_client_that_asks_first_may_continue(connect: Connect) -> None:
    connection = connect()
    connection.sendall(request("/nothing", "Expect: 100-continue", "Content-Length: 2", method="POST"))
    assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer(connection, b"{}")[0] == 404


@pytest.mark.parametrize(
    "sent",
    [
        request(PROVIDERS, "Connection: close"),
        request(PROVIDERS, version="1.0"),
        request(PROVIDERS, "Connection: keep-alive", version="1.0"),
        request(PROVIDERS, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAM"),
        request(PROVIDERS, "Connection: Upgrade", "Upgrade: websocket"),
    ],
    ids=["close", "1.0", "1.0 keep-alive", "h2c", "websocket"],
)
def test_the_connection_is_closed_after_an_answer_where_it_cannot_be_kept(
    connect: Connect, sent: bytes
) -> None:
    connection = connect()
    connection.sendall(sent)
    received = until_closed(connection)
    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in received


def test_a_client_that_has_said_all_still_gets_its_answer(connect: Connect) -> None:
    connection = connect()
    connection.sendall(request(PROVIDERS, "Prefer: wait=1"))
    connection.shutdown(socket.SHUT_WR)
    assert until_closed(connection).startswith(b"HTTP/1.1 200 ")


def test_a_page_of_the_console_is_served(connect: Connect) -> None:
    connection = connect()
    status, body = answer(connection, request("/__admin/"))
    assert status == 200
    assert b"<html" in body
