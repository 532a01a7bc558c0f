"""How a state machine walks an implementation: seeded, bounded by the profile, its first fault shrunk."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from contract_tests.outcomes import Inconclusive
from contract_tests.session import Session

WALKS = {"quick": 1, "default": 6, "thorough": 60}
"""How many walks each profile takes."""

STEPS = 14
"""How many steps a walk has at most."""


def walk(session: Session, machine: type[RuleBasedStateMachine]) -> None:
    """Run a machine as often as the run's profile says.

    Raises what the shortest failing walk raises, Inconclusive when a fault did not show again.
    """
    seeded = seed(session.bench.seed)(machine)
    chosen = settings(
        max_examples=WALKS[session.bench.profile],
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seeded, settings=chosen)
    except Flaky as unsteady:
        raise Inconclusive("a walk broke the model once and not again") from unsteady
