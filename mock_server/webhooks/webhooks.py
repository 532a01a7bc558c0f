"""The webhooks of one world, which are off until a target is set, and the configuration all worlds share.

What sends messages is loaded with the first target, because most servers have none and should start at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.declared import ContractWithBehaviours
from mock_server.behaviours.lifecycle import advance, moving, next_due
from mock_server.redaction import Secrets
from mock_server.webhooks.target import Addresses, WebhookTarget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mock_server.behaviours.declared import Behaviours
    from mock_server.clock import Clock
    from mock_server.store.protocol import Store, Transaction
    from mock_server.webhooks.events import Event
    from mock_server.webhooks.retrying_outbox import Outbox, RetryPolicy, WebhookDelivery
    from mock_server.webhooks.sender import Send
    from mock_server.webhooks.transition_scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class EventCatalog:
    """What events are derived from: the declared lifecycles, and the secrets to mask."""

    behaviours: tuple[Behaviours, ...]
    secrets: Secrets


class WebhookConfig:
    """The configuration that the webhooks of all worlds share."""

    def __init__(
        self,
        contracts: Iterable[ContractWithBehaviours],
        *,
        addresses: Addresses | None = None,
        send: Send | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        """addresses: the allowed hosts; loopback addresses only when not given."""
        self.addresses = addresses or Addresses()
        self._send = send
        self._retry_policy = retry_policy
        self.use_contracts(contracts)

    @cached_property
    def send(self) -> Send:
        """Sends one message."""
        from mock_server.webhooks.sender import Sender

        return self._send or Sender(self.addresses)

    @cached_property
    def retry_policy(self) -> RetryPolicy:
        """When messages that failed are sent again."""
        from mock_server.webhooks.retrying_outbox import RetryPolicy

        return self._retry_policy or RetryPolicy()

    def use_contracts(self, contracts: Iterable[ContractWithBehaviours]) -> None:
        """Derive events from these contracts from now on."""
        mounted = tuple(contracts)
        # Built at first use: most worlds have no webhooks.
        self._catalog = cache(lambda: _catalog(mounted))

    @property
    def catalog(self) -> EventCatalog:
        """The declarations of all contracts."""
        return self._catalog()

    def target(self, url: str, secret: str, events: Sequence[str] | None = None) -> WebhookTarget:
        """A valid target.

        events: patterns of event types, in which * matches any text; None for all. Raises TargetError with
        the member and what is allowed; it never quotes a secret.
        """
        from mock_server.webhooks.events import event_types

        known = event_types(self.catalog.behaviours)
        return WebhookTarget.checked(url, secret, events, addresses=self.addresses, known=known)


def _catalog(contracts: tuple[ContractWithBehaviours, ...]) -> EventCatalog:
    return EventCatalog(tuple(contract.behaviours for contract in contracts), Secrets.of(*contracts))


class Webhooks:
    """The webhooks of one world. While a target is set, one thread sends messages and another runs due
    transitions between requests."""

    def __init__(self, world: str, webhook_config: WebhookConfig, *, store: Store[Any], clock: Clock) -> None:
        """world: its name. store, clock: of the same world."""
        self._world = world
        self._config = webhook_config
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._ended = False
        self.target: WebhookTarget | None = None
        """Where messages go; None while webhooks are off. Changed by `set` alone."""
        self._outbox: Outbox | None = None
        self._scheduler: Scheduler | None = None

    def set(self, target: WebhookTarget | None) -> None:
        """Set the target; None turns webhooks off. Messages that wait for the previous target are dropped."""
        from mock_server.webhooks.retrying_outbox import Outbox
        from mock_server.webhooks.transition_scheduler import Scheduler

        with self._lock:
            self._stop()
            if target is not None and not self._ended:
                webhook_config = self._config
                self.target = target
                self._outbox = Outbox(
                    target, webhook_config.send, world=self._world, retry_policy=webhook_config.retry_policy
                )
                self._scheduler = Scheduler(self._due, self._wake, name=f"scheduler of {self._world}")
                self._scheduler.start()  # once it is in its place: publish() looks for it there

    def publish(self, state: Transaction, *, at: datetime) -> tuple[Event, ...]:
        """Queue the events of a transaction that the target wants; returns them.

        Must be called at the end of the transaction, but before it ends, so that messages are in the order of
        the changes. Does not block. at: the time of the world.
        """
        # Read once: another thread may change the target meanwhile.
        target, outbox, scheduler = self.target, self._outbox, self._scheduler
        if target is None or outbox is None or scheduler is None:
            return ()
        changes = state.changes()
        if not changes:
            return ()
        from mock_server.webhooks.events import record_view, transitions

        catalog = self._config.catalog
        events = transitions(changes, catalog.behaviours, record_view(state, catalog.secrets), at=at)
        wanted = tuple(event for event in events if target.wants(event.type))
        outbox.put(wanted)
        scheduler.recheck()
        return wanted

    def recheck(self) -> None:
        """Compute the time of the next transition again, after the clock was changed."""
        scheduler = self._scheduler
        if scheduler is not None:
            scheduler.recheck()

    def deliveries(self) -> tuple[WebhookDelivery, ...]:
        """Finished and waiting messages in the order of their events; none while webhooks are off."""
        outbox = self._outbox
        return outbox.deliveries() if outbox else ()

    def settle(self, timeout: float) -> bool:
        """Block until no message is waiting. timeout: seconds. Returns whether none is waiting."""
        outbox = self._outbox
        return outbox.settle(timeout) if outbox else True

    def to_json(self) -> dict[str, Any] | None:
        """The target without its secret; None while webhooks are off."""
        target = self.target
        return target.to_json() if target else None

    def close(self, *, wait: float = 0.0) -> None:
        """Stop permanently, because the world was removed or replaced. wait: the maximum number of seconds to
        wait for work in progress."""
        with self._lock:
            self._ended = True
            self._stop(wait)

    def _stop(self, wait: float = 0.0) -> None:
        outbox, scheduler = self._outbox, self._scheduler
        self.target, self._outbox, self._scheduler = None, None, None
        if outbox is not None:
            outbox.close(wait=wait)
        if scheduler is not None:
            scheduler.close(wait=wait)

    def _due(self) -> float | None:
        """Real seconds until the next transition; None for never."""
        from mock_server.webhooks.transition_scheduler import seconds_until

        with self._store.transaction() as state:
            due = next_due(state, self._config.catalog.behaviours)
        return seconds_until(due, self._clock.state)

    def _wake(self) -> None:
        """Run due transitions, as the next request would."""
        with self._store.transaction() as state:
            now = self._clock.now()
            advance(state, moving(self._config.catalog.behaviours), now=now)
            self.publish(state, at=now)
