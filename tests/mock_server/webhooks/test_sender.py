"""One attempt, and the ways it fails."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from mock_server.webhooks.sender import DeliveryError, Sender
from mock_server.webhooks.target import Addresses, WebhookTarget

from .conftest import PATIENCE, SECRET, Receiver


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that takes connections and knows no HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def target(server: socket.socket) -> WebhookTarget:
    return WebhookTarget(f"http://127.0.0.1:{server.getsockname()[1]}/", SECRET)


def reason(sender: Sender, to: WebhookTarget) -> str:
    with pytest.raises(DeliveryError) as failed:
        sender(to, "msg_1", b"{}")
    assert failed.value.status is None
    return failed.value.reason


def test_a_receiver_that_keeps_silent_is_waited_for_only_so_long(listening: socket.socket) -> None:
    assert reason(Sender(Addresses(), seconds=0.05), target(listening)) == "no reply within 0.05 s"


def test_a_receiver_that_hangs_up_is_an_error_in_words(listening: socket.socket) -> None:
    def hang_up() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1)

    thread = Thread(target=hang_up)
    thread.start()
    assert reason(Sender(Addresses()), target(listening)).startswith("the connection failed")
    thread.join(PATIENCE)


def test_a_receiver_that_speaks_no_http_is_an_error_that_quotes_nothing(listening: socket.socket) -> None:
    def babble() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"canary\r\n\r\n")

    thread = Thread(target=babble)
    thread.start()
    assert "canary" not in reason(Sender(Addresses()), target(listening))
    thread.join(PATIENCE)


def test_a_proxy_in_the_environment_is_passed_by(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert Sender(Addresses())(WebhookTarget(receiver.url, SECRET), "msg_1", b"{}") == 204


def test_the_address_of_a_host_that_is_allowed_is_left_to_the_system(receiver: Receiver) -> None:
    def fail(_host: str) -> list[str]:
        raise AssertionError

    sender = Sender(Addresses(frozenset({"127.0.0.1"}), resolve=fail))
    assert sender(WebhookTarget(receiver.url, SECRET), "msg_1", b"{}") == 204
