"""A world: everything a client can observe or change."""

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
from mock_server.store.memory import MemoryStore
from mock_server.webhooks.webhooks import Webhooks

if TYPE_CHECKING:
    from mock_server.behaviours.policy import Policy
    from mock_server.clock import Clock
    from mock_server.scenarios.scenario import Scenario
    from mock_server.webhooks.webhooks import WebhookConfig

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
NAME_RULE = "1 to 63 of a-z, 0-9 and -, neither beginning nor ending with -"


@dataclass(slots=True, kw_only=True)
class World:
    """One world as it stands.

    A reset or a restore does not change a world, it puts another one under its name: a request that is under
    way ends in the world it began in. policies: by storage name, how records move where that is not as
    declared. used: the monotonic second of its last request.
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
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    @classmethod
    def begin(
        cls, name: str, scenario: Scenario, *, seed: int, clock: Clock, webhook_config: WebhookConfig
    ) -> World:
        """A world as its scenario begins. Costs the same however large the scenario is. webhook_config: what
        the webhooks of all worlds share."""
        rng, store = SeededRandom(seed), MemoryStore(scenario.base)
        return cls(
            name=name,
            scenario=scenario,
            rng=rng,
            store=store,
            clock=clock,
            policies=dict(scenario.policies),
            faults=FaultRules(rng, scenario.faults),
            overrides=OverrideRules(),
            journal=Journal(),
            webhooks=Webhooks(name, webhook_config, store=store, clock=clock),
        )

    def end(self) -> None:
        """Another world stands in its place, or none: nothing is sent any more, nobody waits."""
        self.webhooks.close()
        self.journal.close()

    def next_request_id(self) -> str:
        """The id of the next exchange: the world's name, a dot, its number in this world."""
        return f"{self.name}.{next(self._numbers)}"


def is_name(text: str) -> bool:
    """Whether a world may be called so: a label of a host name, in lower case (RFC 1123, section 2.1)."""
    return _NAME.fullmatch(text) is not None
