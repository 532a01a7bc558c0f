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
    scale: int = 0,
) -> Store:
    """A store holding the fixtures of these contracts, and `scale` generated records in each collection that
    grows.

    Raises StartError with every record that breaks its schema, names nothing, or has a key twice: file and
    record.
    """
    raise NotImplementedError
