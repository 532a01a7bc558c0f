"""From fixture files to a store whose base is frozen, every record checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours
    from mock_server.chance import Chance
    from mock_server.contract.operation import Contract
    from mock_server.store.protocol import Store


def seed(
    contracts: Mapping[str, Contract],
    behaviours: Mapping[str, Behaviours],
    fixtures: Path,
    *,
    chance: Chance,
    scale: int = 1,
) -> Store:
    """A store holding the fixtures of these contracts, its larger collections grown to `scale` times their size.

    Raises Misconfigured with every record that breaks its schema, names nothing, or has a key twice: file and record named.
    """
    raise NotImplementedError
