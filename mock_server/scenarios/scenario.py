"""A scenario: the initial state of a world."""

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
    from mock_server.overrides.rules import Override
    from mock_server.principals import Principals
    from mock_server.store.base import Base


class ScenarioError(StartupError):
    """An unknown scenario, or one with errors in its files. Raised at start and later.

    problems: sentences with the file and the place in it.
    """


@dataclass(frozen=True, slots=True)
class Start:
    """The initial state of a clock. now: None for the time when a world is created."""

    mode: Mode = "running"
    now: datetime | None = None
    scale: float = 1.0
    step: float = 1.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A valid scenario.

    base: the records, which its worlds share. seed, start: None for the server's default. principals: by name
    of the contract, where they differ from the fixtures. policies: lifecycle policies by storage name, where
    they differ from the declared ones.
    """

    name: str
    about: str
    base: Base
    seed: int | None = None
    start: Start | None = None
    principals: Mapping[str, Principals] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    faults: tuple[FaultRule, ...] = ()
    overrides: tuple[Override, ...] = ()

    @property
    def clock(self) -> ClockState | None:
        """The clock of a world that is created now; None for the server's default."""
        if self.start is None:
            return None
        start = self.start
        return ClockState(start.mode, start.now or machine_time(), start.scale, start.step)
