"""What a world begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from mock_server.clock import ClockState, Mode, machine_time
from mock_server.errors.startup import StartupError

if TYPE_CHECKING:
    from mock_server.behaviours.policy import Policy
    from mock_server.faults.rules import FaultRule
    from mock_server.principals import Principals
    from mock_server.store.base import Base


class ScenarioError(StartupError):
    """A scenario that cannot be had, at start or later: there is none of the name, or its files are faulty.

    problems: one sentence each, naming the file and the place inside it.
    """


@dataclass(frozen=True, slots=True)
class Start:
    """How a clock begins. now: None for the time it is by then."""

    mode: Mode = "running"
    now: datetime | None = None
    scale: float = 1.0
    step: float = 1.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario, built and checked.

    base: the records its worlds share, never changed. seed: None for the server's own. start: how the clock
    begins, None for the server's own way. principals: of the contracts where it has others than the fixtures.
    policies: by storage name of a collection with a lifecycle; the others move as declared.
    """

    name: str
    about: str
    base: Base
    seed: int | None = None
    start: Start | None = None
    principals: Mapping[str, Principals] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    faults: tuple[FaultRule, ...] = ()

    @property
    def clock(self) -> ClockState | None:
        """Where the clock of a world made now begins; None for the server's own way."""
        if self.start is None:
            return None
        start = self.start
        return ClockState(start.mode, start.now or machine_time(), start.scale, start.step)
