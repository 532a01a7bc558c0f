"""A world: everything a client can observe or change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from mock_server.chance import Chance

if TYPE_CHECKING:
    from mock_server.clock import Clock
    from mock_server.scenarios.scenario import Scenario
    from mock_server.store.memory import MemoryStore

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
NAME_RULE = "1 to 63 of a-z, 0-9 and -, neither beginning nor ending with -"


@dataclass(slots=True)
class World:
    """One world as it stands.

    A reset or a restore does not change a world, it puts another one under its name: a request that is under
    way ends in the world it began in. used: the monotonic second of its last request.
    """

    name: str
    scenario: Scenario
    seed: int
    store: MemoryStore
    clock: Clock
    used: float = 0.0
    chance: Chance = field(init=False)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    def __post_init__(self) -> None:
        self.chance = Chance(self.seed)

    def next_request_id(self) -> str:
        """The id of the next exchange: the world's name, a dot, its number in this world."""
        return f"{self.name}.{next(self._numbers)}"


def is_name(text: str) -> bool:
    """Whether a world may be called so: a label of a host name, in lower case (RFC 1123, section 2.1)."""
    return _NAME.fullmatch(text) is not None
