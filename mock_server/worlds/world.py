"""A world: the state that a client can read or change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from mock_server.faults.rules import FaultRules
from mock_server.journal.journal import Journal
from mock_server.overrides.rules import OverrideRules
from mock_server.seeded_random import SeededRandom
from mock_server.sign_in.state import SignInState
from mock_server.store.memory import MemoryStore
from mock_server.webhooks.webhooks import Webhooks

if TYPE_CHECKING:
    from mock_server.behaviours.policy import Policy
    from mock_server.clock import Clock
    from mock_server.scenarios.scenario import Scenario
    from mock_server.webhooks.webhooks import WebhookConfig

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
NAME_RULE = "1 to 63 characters from a-z, 0-9 and -, not starting or ending with -"


@dataclass(slots=True, kw_only=True)
class World:
    """One world.

    A reset or a restore puts a new world under the same name, so that a request in progress finishes in the
    world where it started. policies: lifecycle policies that differ from the declared ones, by storage name.
    used: monotonic time of the last use, in seconds. under_way: the number of requests that are being
    answered. sign_in: what the authorization server has granted in it.
    """

    name: str
    scenario: Scenario
    rng: SeededRandom
    store: MemoryStore
    clock: Clock
    policies: dict[str, Policy]
    faults: FaultRules
    overrides: OverrideRules
    journal: Journal
    webhooks: Webhooks
    used: float = 0.0
    under_way: int = 0
    sign_in: SignInState = field(default_factory=SignInState)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    @classmethod
    def begin(
        cls,
        name: str,
        scenario: Scenario,
        *,
        seed: int,
        clock: Clock,
        webhook_config: WebhookConfig,
        journal: Journal | None = None,
        max_records: int | None = None,
    ) -> World:
        """A new world in the initial state of a scenario. Takes constant time.

        seed: the seed of generated values. webhook_config: shared by the webhooks of all worlds. journal: an
        empty one; one of its own when not given. max_records: besides those of the scenario.
        """
        rng, store = SeededRandom(seed), MemoryStore(scenario.base, max_records=max_records)
        return cls(
            name=name,
            scenario=scenario,
            rng=rng,
            store=store,
            clock=clock,
            policies=dict(scenario.policies),
            faults=FaultRules(rng, scenario.faults),
            overrides=OverrideRules(scenario.overrides, rng=rng),
            journal=journal or Journal(),
            webhooks=Webhooks(name, webhook_config, store=store, clock=clock),
        )

    def end(self) -> None:
        """Stop the threads of this world, after it was removed or replaced."""
        self.webhooks.close()
        self.journal.close()

    def next_request_id(self) -> str:
        """The id of the next exchange: the name of the world, a dot and a number counted from 1."""
        return f"{self.name}.{next(self._numbers)}"


def is_name(text: str) -> bool:
    """Whether a text is a valid world name: a host name label in lower case (RFC 1123, section 2.1)."""
    return _NAME.fullmatch(text) is not None
