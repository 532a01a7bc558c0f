"""The catalogue for every test of this folder."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.defects.catalogue import Defect, load


@pytest.fixture(scope="session")
def defects() -> Mapping[str, Defect]:
    """Every defect by its id."""
    return load()
