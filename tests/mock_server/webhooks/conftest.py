"""A receiver on a socket, and a contract whose records move by themselves."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from mock_server.behaviours.declared import Behaviours, Collection, Lifecycle
from mock_server.clock import Clock, ClockState
from mock_server.contract.operation import Contract
from mock_server.store.memory import MemoryStore
from mock_server.store.protocol import Change
from mock_server.webhooks.events import Event
from mock_server.webhooks.retrying_outbox import RetryPolicy
from mock_server.webhooks.target import WebhookTarget
from mock_server.webhooks.webhooks import WebhookConfig, Webhooks

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PATIENCE = 20.0
"""Seconds a test waits for what another thread does before it fails."""


@dataclass(frozen=True)
class Received:
    """One request as the receiver had it."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with the statuses it is given, the last one for ever. received: what came, to be waited for."""

    statuses: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    received: Queue[Received] = field(default_factory=Queue)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def next(self) -> Received:
        """The next request that came or comes."""
        return self.received.get(timeout=PATIENCE)

    def answer(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on this machine."""
    own = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            own.received.put(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(own.answer())
            for name, value in own.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    own.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield own
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Player:
    """A contract as it is played."""

    contract: Contract
    behaviours: Behaviours


@pytest.fixture
def player(behaviours: Behaviours) -> Player:
    """The contract, with nothing that OpenAPI can say."""
    return Player(Contract("shop", "Shop", "", operations={}, schemes={}, schemas={}), behaviours)


@pytest.fixture
def behaviours() -> Behaviours:
    """One contract with one collection that moves and one that does not."""
    lifecycle = Lifecycle(
        member="status",
        running="running",
        outcomes={"completed": 1, "failed": 1},
        seconds=(1, 2),
        stops=("cancelled",),
    )
    jobs = Collection("jobs", "shop/jobs", "id", "text", "Job", lifecycle=lifecycle)
    notes = Collection("notes", "shop/notes", "id", "text", "Note")
    return Behaviours("shop", "declared", {"jobs": jobs, "notes": notes}, {})


def job(before: str | None, after: str | None, *, key: str = "j1") -> Change:
    """A job that went from one state to another."""
    records = [{"id": key, "status": state} if state else None for state in (before, after)]
    return Change("shop/jobs", key, before=records[0], after=records[1])


def as_it_is(_declared: Behaviours, _collection: Collection, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Nothing to hide."""
    return record


@dataclass
class Told:
    """The callbacks of a world "w", and the world's state."""

    webhooks: Webhooks
    store: MemoryStore

    def __call__(self, *keys: str, state: str = "completed") -> tuple[Event, ...]:
        """Jobs that run without anybody having been told reach a state, in one transaction."""
        with self.store.transaction() as quietly:
            for key in keys:
                quietly.put("shop/jobs", key, {"id": key, "status": "running"})
        with self.store.transaction() as transaction:
            for key in keys:
                transaction.put("shop/jobs", key, {"id": key, "status": state})
            return self.webhooks.publish(transaction, at=NOW)

    def states(self) -> dict[str, tuple[str, int]]:
        """How far each message is, by the job it is about: its state and attempts."""
        return {one.event.key: (one.state, one.attempts) for one in self.webhooks.deliveries()}


Make = Callable[..., Told]


@pytest.fixture
def make(player: Player) -> Iterator[Make]:
    """A world "w" with callbacks that wait for nothing between attempts; closed after the test."""
    made: list[Webhooks] = []

    def build(target: WebhookTarget | None = None, *, clock: Clock | None = None, **given: Any) -> Told:
        webhook_config = WebhookConfig(
            [player], **{"retry_policy": RetryPolicy(attempts=3, wait=lambda _: 0.0), **given}
        )
        store = MemoryStore()
        webhooks = Webhooks("w", webhook_config, store=store, clock=clock or Clock(ClockState("frozen", NOW)))
        made.append(webhooks)
        webhooks.set(target)
        return Told(webhooks, store)

    yield build
    for one in made:
        one.close(wait=PATIENCE)
