"""Records that move by themselves: begun by a call, moved by the clock, ended by an outcome or a call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours
    from mock_server.store.protocol import Transaction


def advance(state: Transaction, behaviours: Iterable[Behaviours], *, now: datetime) -> None:
    """Move every running record to where it is at `now`. The only place where time changes state."""
    raise NotImplementedError
