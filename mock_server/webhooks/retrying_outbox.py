"""The messages of one world to one target, sent one after the other with retries."""

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
    """Limits of retries and memory.

    attempts: the number of attempts before a message fails. wait: returns the seconds before the next
    attempt, a wait function of tenacity; None for exponential backoff from 0.5 s to 10 s. waiting: the
    maximum number of waiting messages; further ones fail at once. kept: the number of finished messages that
    stay listed.
    """

    attempts: int = 6
    wait: Callable[[RetryCallState], float] | None = None
    waiting: int = 1000
    kept: int = 500


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """The state of a message.

    attempts: 0 also for a message that failed because too many were waiting. status: of the reply to the last
    attempt, if any. error: why the last attempt failed.
    """

    event: Event
    url: str
    state: State = "waiting"
    attempts: int = 0
    status: int | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
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
    """Sends messages in a thread that runs until `close`.

    A message that is retried delays the messages after it: receivers get events in the order of the state.
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
        """Queue messages. Does not block."""
        with self._changed:
            if self._closed.is_set():
                return
            for event in events:
                listed = WebhookDelivery(event, self._target.url)
                if len(self._waiting) < self._retry_policy.waiting:
                    self._waiting.append(event)
                else:
                    too_many = f"not sent: {self._retry_policy.waiting} messages were waiting, the maximum"
                    listed = replace(listed, state="failed", error=too_many)
                self._listed[event.id] = listed
                self._trim()
            self._changed.notify_all()

    def deliveries(self) -> tuple[WebhookDelivery, ...]:
        """The waiting messages and the last finished ones, in the order of their events."""
        with self._changed:
            return tuple(self._listed.values())

    def settle(self, timeout: float) -> bool:
        """Block until no message is waiting. timeout: seconds. Returns whether none is waiting."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    def close(self, *, wait: float = 0.0) -> None:
        """Drop waiting messages and stop. wait: the maximum number of seconds to wait for the current
        attempt."""
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
        """Try until the message is delivered or has failed. It counts as waiting until then."""
        try:
            self._retrying()(self._attempt, event, dumps(event.to_json(self._world)))
        except DeliveryError:
            self._end(event, "failed")
        except Exception:  # a defect of ours must not end the thread
            log.exception("a callback of world %s could not be sent", self._world)
            self._note(event, error="internal error of the mock server")
            self._end(event, "failed")
        else:
            self._end(event, "delivered")

    def _retrying(self) -> Retrying:
        from tenacity import (  # here, since most servers have no webhooks
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
            if self._waiting:  # close() may have removed it meanwhile
                self._waiting.popleft()
            self._listed[event.id] = replace(self._listed[event.id], state=state)
            self._trim()
            self._changed.notify_all()
