"""The type of records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]
"""A JSON object. Records read from a store are shared: replace them, never change them in place."""
