"""How a state machine walks a server: seeded, bounded by the profile, ended by the first violation."""

from __future__ import annotations

from hypothesis import seed
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from contract_tests.generation.hypothesis_settings import ONE_AT_A_TIME, chosen_settings
from contract_tests.session.session import Session
from contract_tests.verdicts import Broken, Inconclusive

WALKS = {"quick": 1, "default": 6, "thorough": 60}
"""How many walks each profile takes."""

STEPS = 14
"""How many steps a walk has at most."""


def walk(session: Session, machine: type[RuleBasedStateMachine]) -> None:
    """Run a machine as often as the run's profile says.

    Nothing is shrunk: that takes hundreds of walks over the network, and a finding shows one exchange, not
    the way to it. Raises what the first failing walk raises, also when it did not fail again at once: what
    earlier walks left may matter, and the runner examines whatever breaks once more.
    """
    chosen = chosen_settings(WALKS[session.context.profile], steps=STEPS)
    try:
        with ONE_AT_A_TIME:
            run_state_machine_as_test(seed(session.context.seed)(machine), settings=chosen)
    except Flaky as unsteady:
        seen = getattr(unsteady, "exceptions", ())
        raise next(
            (error for error in seen if isinstance(error, Broken)),
            Inconclusive("a walk broke the model once and not again"),
        ) from unsteady
