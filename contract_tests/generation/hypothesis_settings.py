"""How Hypothesis is used: seeded, without a memory between runs, quiet, and by one thread at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hypothesis import settings
    from hypothesis.strategies import SearchStrategy

ONE_AT_A_TIME: Final = threading.RLock()
"""Held while Hypothesis runs: it parses the source of lambdas, and CPython 3.11 fails when two threads do."""


def chosen_settings(examples: int, *, steps: int = 1) -> settings:
    """Settings for so many examples, none of which is shrunk; steps: of a state machine."""
    from hypothesis import HealthCheck, Phase, Verbosity, settings

    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


def draw(strategy: SearchStrategy[Any], examples: int, *, seed: int) -> list[Any]:
    """At most so many values of a strategy, the same for the same seed."""
    import hypothesis

    drawn: list[Any] = []

    @hypothesis.seed(seed)
    @chosen_settings(examples)
    @hypothesis.given(strategy)
    def collect(value: Any) -> None:
        drawn.append(value)

    with ONE_AT_A_TIME:
        collect()
    return drawn
