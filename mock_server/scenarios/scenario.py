"""What a world begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.clock import ClockState
    from mock_server.principals import Principals
    from mock_server.store.memory import Base


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario, built and checked.

    base: the records its worlds share, never changed. seed, clock: None for the server's own. principals: of
    the contracts where it has others than the fixtures.
    """

    name: str
    about: str
    base: Base
    seed: int | None = None
    clock: ClockState | None = None
    principals: Mapping[str, Principals] = field(default_factory=dict)
