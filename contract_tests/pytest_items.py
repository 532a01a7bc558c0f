"""What the pytest plugin collects."""

from __future__ import annotations

import pytest


class TargetFile(pytest.File):
    """A target file: its requirements are the tests."""
