"""The messages of one world on their way to one target: one after the other, again when it fails."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from mock_server.contract.json_text import dumps
from mock_server.webhooks.events import Event
from mock_server.webhooks.sender import DeliveryError, Send
from mock_server.webhooks.target import WebhookTarget

if TYPE_CHECKING:
    from tenacity import RetryCallState, Retrying

log = logging.getLogger("mock_server")

State = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How much is tried and kept.

    attempts: after so many a message is given up. wait: seconds before the next one, as tenacity asks for
    them; None: half a second, then twice as long each time, ten at most. waiting: messages that may wait,
    further ones fail at once. kept: messages over and done with that stay listed.
    """

    attempts: int = 6
    wait: Callable[[RetryCallState], float] | None = None
    waiting: int = 1000
    kept: int = 500


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """How far a message is. failed: given up, without an attempt where it found no place to wait. status: of
    the last attempt's reply, if there was one. error: why the last attempt failed."""

    event: Event
    url: str
    state: State = "waiting"
    attempts: int = 0
    status: int | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """What is listed of it."""
        return {
            "id": self.event.id,
            "type": self.event.type,
            "at": self.event.at,
            "url": self.url,
            "state": self.state,
            "attempts": self.attempts,
            "status": self.status,
            "error": self.error,
        }


class Outbox:
    """Works on a thread of its own from the moment it is made until it is closed.

    A message that fails holds back those after it until it is delivered or given up.
    """

    def __init__(self, target: WebhookTarget, send: Send, *, world: str, retry_policy: RetryPolicy) -> None:
        self._target = target
        self._send = send
        self._world = world
        self._retry_policy = retry_policy
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._waiting: deque[Event] = deque()
        self._listed: dict[str, WebhookDelivery] = {}
        self._thread = threading.Thread(target=self._run, name=f"callbacks of {world}", daemon=True)
        self._thread.start()

    def put(self, events: Iterable[Event]) -> None:
        """Send these after all that wait already. Never waits itself."""
        with self._changed:
            for event in events if not self._closed.is_set() else ():
                listed = WebhookDelivery(event, self._target.url)
                if len(self._waiting) < self._retry_policy.waiting:
                    self._waiting.append(event)
                else:
                    too_many = f"never tried: {self._retry_policy.waiting} messages were waiting already"
                    listed = replace(listed, state="failed", error=too_many)
                self._listed[event.id] = listed
                self._trim()
            self._changed.notify_all()

    def deliveries(self) -> tuple[WebhookDelivery, ...]:
        """Every message that waits and the last ones that do not, in the order of their events."""
        with self._changed:
            return tuple(self._listed.values())

    def settle(self, timeout: float) -> bool:
        """Wait until no message waits; False if some still do after `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    def close(self, *, wait: float = 0.0) -> None:
        """Drop what waits and end. wait: seconds the attempt under way is given to end."""
        self._closed.set()
        with self._changed:
            self._waiting.clear()
            self._changed.notify_all()
        if wait:
            self._thread.join(wait)

    def _trim(self) -> None:
        if len(self._listed) > len(self._waiting) + self._retry_policy.kept:
            oldest = next(id_ for id_, delivery in self._listed.items() if delivery.state != "waiting")
            del self._listed[oldest]

    def _run(self) -> None:
        while (event := self._next()) is not None:
            self._deliver(event)

    def _next(self) -> Event | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed.is_set())
            return None if self._closed.is_set() else self._waiting[0]

    def _deliver(self, event: Event) -> None:
        """Try until it is delivered or given up; only then is it taken from those that wait."""
        try:
            self._trying()(self._attempt, event, dumps(event.to_json(self._world)))
        except DeliveryError:
            self._end(event, "failed")
        except Exception:
            log.exception("a callback of world %s could not be sent", self._world)
            self._note(event, error="the mock server failed")
            self._end(event, "failed")
        else:
            self._end(event, "delivered")

    def _trying(self) -> Retrying:
        from tenacity import (
            Retrying,
            retry_if_exception_type,
            sleep_using_event,
            stop_after_attempt,
            stop_when_event_set,
            wait_exponential,
        )

        return Retrying(
            stop=stop_after_attempt(self._retry_policy.attempts) | stop_when_event_set(self._closed),
            wait=self._retry_policy.wait or wait_exponential(multiplier=0.5, max=10),
            sleep=sleep_using_event(self._closed),
            retry=retry_if_exception_type(DeliveryError),
            reraise=True,
        )

    def _attempt(self, event: Event, body: bytes) -> None:
        if self._closed.is_set():
            raise DeliveryError("closed")
        self._note(event, attempts=self._listed[event.id].attempts + 1)
        try:
            status = self._send(self._target, event.id, body)
        except DeliveryError as error:
            self._note(event, status=error.status, error=error.reason)
            raise
        self._note(event, status=status, error=None)

    def _note(self, event: Event, **changed: Any) -> None:
        with self._changed:
            self._listed[event.id] = replace(self._listed[event.id], **changed)

    def _end(self, event: Event, state: State) -> None:
        with self._changed:
            if self._waiting:  # a closed outbox has let go of it already
                self._waiting.popleft()
            self._listed[event.id] = replace(self._listed[event.id], state=state)
            self._trim()
            self._changed.notify_all()
