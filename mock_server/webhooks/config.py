"""What the callbacks of all worlds of a server share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mock_server.behaviours.declared import ContractWithBehaviours
from mock_server.redaction import Secrets
from mock_server.webhooks.addresses import Addresses
from mock_server.webhooks.events import event_types
from mock_server.webhooks.outbox import RetryPolicy
from mock_server.webhooks.sender import Send, Sender
from mock_server.webhooks.target import WebhookTarget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mock_server.behaviours.declared import Behaviours


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
