"""The callbacks of one world: off until a target is set."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.lifecycle import advance, next_due
from mock_server.callbacks.events import Event, as_shown, transitions
from mock_server.callbacks.office import Office
from mock_server.callbacks.outbox import Delivery, Outbox
from mock_server.callbacks.target import CallbackTarget
from mock_server.callbacks.waker import Waker, seconds_until

if TYPE_CHECKING:
    from mock_server.clock import Clock
    from mock_server.store.protocol import Store, Transaction


class Callbacks:
    """Threads exist only while a target is set: one sends, the other moves what is due when nobody asks."""

    def __init__(self, world: str, office: Office, *, store: Store, clock: Clock) -> None:
        """world: its name. store, clock: its own."""
        self._world = world
        self._office = office
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._ended = False
        self._target: CallbackTarget | None = None
        self._outbox: Outbox | None = None
        self._waker: Waker | None = None

    @property
    def target(self) -> CallbackTarget | None:
        """Where they go; None while they are off."""
        return self._target

    def set(self, target: CallbackTarget | None) -> None:
        """Send to this target from now on, None for nowhere; what waits for the one before is dropped."""
        with self._lock:
            self._stop()
            if target is not None and not self._ended:
                office = self._office
                self._target = target
                self._outbox = Outbox(target, office.carry, world=self._world, terms=office.terms)
                self._waker = Waker(self._due, self._wake, name=f"waker of {self._world}")

    def tell(self, state: Transaction, *, at: datetime) -> tuple[Event, ...]:
        """Send what has happened in this transaction; returns the events that are sent.

        To be called as the last thing inside it, so that messages keep the order of the state. Never waits.
        """
        target, outbox, waker = self._target, self._outbox, self._waker
        if target is None or outbox is None or waker is None:
            return ()
        changes = state.changes()
        if not changes:
            return ()
        matter = self._office.matter
        happened = transitions(changes, matter.behaviours, as_shown(state, matter.secrets), at=at)
        told = tuple(event for event in happened if target.wants(event.type))
        outbox.put(told)
        waker.nudge()
        return told

    def nudge(self) -> None:
        """The clock was set or advanced: look again when something is due."""
        waker = self._waker
        if waker is not None:
            waker.nudge()

    def deliveries(self) -> tuple[Delivery, ...]:
        """What was sent and what waits, in the order of the events; nothing while they are off."""
        outbox = self._outbox
        return outbox.deliveries() if outbox else ()

    def settle(self, timeout: float) -> bool:
        """Wait until no message waits; False if some still do after `timeout` seconds."""
        outbox = self._outbox
        return outbox.settle(timeout) if outbox else True

    def to_json(self) -> dict[str, Any] | None:
        """The target without its secret; None while they are off."""
        target = self._target
        return target.to_json() if target else None

    def close(self, *, wait: float = 0.0) -> None:
        """Off for good: the world is gone, or another stands in its place. wait: seconds that what is under
        way is given to end."""
        with self._lock:
            self._ended = True
            self._stop(wait)

    def _stop(self, wait: float = 0.0) -> None:
        outbox, waker = self._outbox, self._waker
        self._target, self._outbox, self._waker = None, None, None
        if outbox is not None:
            outbox.close(wait=wait)
        if waker is not None:
            waker.close(wait=wait)

    def _due(self) -> float | None:
        """Real seconds until a record moves by itself."""
        with self._store.transaction() as state:
            due = next_due(state, self._office.matter.behaviours)
        return seconds_until(due, self._clock.state)

    def _wake(self) -> None:
        """Move what is due, as the next request would."""
        with self._store.transaction() as state:
            now = self._clock.now()
            advance(state, self._office.matter.behaviours, now=now)
            self.tell(state, at=now)
