"""What the callbacks of all worlds of a server share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mock_server.behaviours.secrets import Played, Secrets
from mock_server.callbacks.addresses import Addresses
from mock_server.callbacks.courier import Carry, Courier
from mock_server.callbacks.events import event_types
from mock_server.callbacks.outbox import Terms
from mock_server.callbacks.target import CallbackTarget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mock_server.behaviours.declared import Behaviours


@dataclass(frozen=True, slots=True)
class Matter:
    """What there is to tell of: what is declared, and what of it is secret."""

    behaviours: tuple[Behaviours, ...]
    secrets: Secrets


class Office:
    """Where messages may go, how they are tried, and what they are about."""

    def __init__(
        self,
        played: Iterable[Played],
        *,
        addresses: Addresses | None = None,
        carry: Carry | None = None,
        terms: Terms | None = None,
    ) -> None:
        """played: the contracts. addresses: hosts callbacks go to; this machine alone when not given."""
        self.addresses = addresses or Addresses()
        self.carry = carry or Courier(self.addresses)
        self.terms = terms or Terms()
        self.play(played)

    def play(self, played: Iterable[Played]) -> None:
        """Tell of these contracts from now on: the files were read again."""
        players = tuple(played)
        self._matter = cache(lambda: _matter(players))

    @property
    def matter(self) -> Matter:
        """What messages are about. Worked out when somebody asks: callbacks are off for most."""
        return self._matter()

    def target(self, url: str, secret: str, events: Sequence[str] | None = None) -> CallbackTarget:
        """A target that messages can go to.

        events: types, * standing for any text; None for all. Raises CallbackError, naming the member and what
        it may be; it never quotes a secret.
        """
        known = event_types(self.matter.behaviours)
        return CallbackTarget.checked(url, secret, events, addresses=self.addresses, known=known)


def _matter(players: tuple[Played, ...]) -> Matter:
    return Matter(tuple(player.behaviours for player in players), Secrets.of(*players))
