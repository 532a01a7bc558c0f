"""Events of a run, for progress displays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract_tests.requirements.model import Requirement
    from contract_tests.requirements.results import Outcome


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A contract enters a phase: "preflight", "requirements" or, at the end, "done".

    total: how many requirements the phase will finish, 0 where it finishes none.
    """

    contract: str
    phase: str
    total: int = 0


@dataclass(frozen=True, slots=True)
class RequirementStarted:
    """A requirement is examined from here on."""

    requirement: Requirement


@dataclass(frozen=True, slots=True)
class RequirementFinished:
    """A requirement has its verdict."""

    outcome: Outcome


Event = PhaseStarted | RequirementStarted | RequirementFinished

Listener = Callable[[Event], None]
"""Called from the thread of a contract: it must be quick and safe to call from several threads."""


def ignore(event: Event) -> None:
    """A listener that does nothing."""
    del event
