"""The callbacks of one world: off until a target is set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.declared import ContractWithBehaviours
from mock_server.behaviours.lifecycle import advance, next_due
from mock_server.redaction import Secrets
from mock_server.webhooks.events import Event, as_shown, event_types, transitions
from mock_server.webhooks.outbox import Outbox, RetryPolicy, WebhookDelivery
from mock_server.webhooks.scheduler import Scheduler, seconds_until
from mock_server.webhooks.sender import Send, Sender
from mock_server.webhooks.target import Addresses, WebhookTarget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mock_server.behaviours.declared import Behaviours
    from mock_server.clock import Clock
    from mock_server.store.protocol import Store, Transaction


@dataclass(frozen=True, slots=True)
class EventCatalog:
    """What there is to tell of: what is declared, and what of it is secret."""

    behaviours: tuple[Behaviours, ...]
    secrets: Secrets


class WebhookConfig:
    """Where messages may go, how they are tried, and what they are about."""

    def __init__(
        self,
        played: Iterable[ContractWithBehaviours],
        *,
        addresses: Addresses | None = None,
        send: Send | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        """played: the contracts. addresses: hosts callbacks go to; this machine alone when not given."""
        self.addresses = addresses or Addresses()
        self.send = send or Sender(self.addresses)
        self.retry_policy = retry_policy or RetryPolicy()
        self.play(played)

    def play(self, played: Iterable[ContractWithBehaviours]) -> None:
        """Tell of these contracts from now on: the files were read again."""
        players = tuple(played)
        self._catalog = cache(lambda: _catalog(players))

    @property
    def catalog(self) -> EventCatalog:
        """What messages are about. Worked out when somebody asks: callbacks are off for most."""
        return self._catalog()

    def target(self, url: str, secret: str, events: Sequence[str] | None = None) -> WebhookTarget:
        """A target that messages can go to.

        events: types, * standing for any text; None for all. Raises TargetError, naming the member and what
        it may be; it never quotes a secret.
        """
        known = event_types(self.catalog.behaviours)
        return WebhookTarget.checked(url, secret, events, addresses=self.addresses, known=known)


def _catalog(players: tuple[ContractWithBehaviours, ...]) -> EventCatalog:
    return EventCatalog(tuple(player.behaviours for player in players), Secrets.of(*players))


class Webhooks:
    """Threads exist only while a target is set: one sends, the other moves what is due when nobody asks."""

    def __init__(self, world: str, webhook_config: WebhookConfig, *, store: Store[Any], clock: Clock) -> None:
        """world: its name. store, clock: its own."""
        self._world = world
        self._config = webhook_config
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._ended = False
        self._target: WebhookTarget | None = None
        self._outbox: Outbox | None = None
        self._scheduler: Scheduler | None = None

    @property
    def target(self) -> WebhookTarget | None:
        """Where they go; None while they are off."""
        return self._target

    def set(self, target: WebhookTarget | None) -> None:
        """Send to this target from now on, None for nowhere; what waits for the one before is dropped."""
        with self._lock:
            self._stop()
            if target is not None and not self._ended:
                webhook_config = self._config
                self._target = target
                self._outbox = Outbox(
                    target, webhook_config.send, world=self._world, retry_policy=webhook_config.retry_policy
                )
                self._scheduler = Scheduler(self._due, self._wake, name=f"waker of {self._world}")

    def tell(self, state: Transaction, *, at: datetime) -> tuple[Event, ...]:
        """Send what has happened in this transaction; returns the events that are sent.

        To be called as the last thing inside it, so that messages keep the order of the state. Never waits.
        """
        target, outbox, scheduler = self._target, self._outbox, self._scheduler
        if target is None or outbox is None or scheduler is None:
            return ()
        changes = state.changes()
        if not changes:
            return ()
        catalog = self._config.catalog
        happened = transitions(changes, catalog.behaviours, as_shown(state, catalog.secrets), at=at)
        told = tuple(event for event in happened if target.wants(event.type))
        outbox.put(told)
        scheduler.recheck()
        return told

    def recheck(self) -> None:
        """The clock was set or advanced: look again when something is due."""
        scheduler = self._scheduler
        if scheduler is not None:
            scheduler.recheck()

    def deliveries(self) -> tuple[WebhookDelivery, ...]:
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
        outbox, scheduler = self._outbox, self._scheduler
        self._target, self._outbox, self._scheduler = None, None, None
        if outbox is not None:
            outbox.close(wait=wait)
        if scheduler is not None:
            scheduler.close(wait=wait)

    def _due(self) -> float | None:
        """Real seconds until a record moves by itself."""
        with self._store.transaction() as state:
            due = next_due(state, self._config.catalog.behaviours)
        return seconds_until(due, self._clock.state)

    def _wake(self) -> None:
        """Move what is due, as the next request would."""
        with self._store.transaction() as state:
            now = self._clock.now()
            advance(state, self._config.catalog.behaviours, now=now)
            self.tell(state, at=now)
