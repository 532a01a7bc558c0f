"""A sampler for schemas that a test writes down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_server.contract.operation import Contract
from mock_server.sampling.sampler import Sampler
from mock_server.seeded_random import SeededRandom


@pytest.fixture
def sampler() -> Callable[..., Sampler]:
    """Builds a sampler for these components."""

    def build(**schemas: Any) -> Sampler:
        contract = Contract("shop", "Shop", "", operations={}, schemes={}, schemas=schemas)
        return Sampler(contract, SeededRandom(0))

    return build
