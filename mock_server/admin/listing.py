"""The one form every list of the admin API has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.handlers.registry import Reply


def listed(items: Iterable[Any], *, total: int | None = None) -> Reply:
    """A list. total: how many there are, where these are not all."""
    shown = list(items)
    return Reply({"items": shown, "total": len(shown) if total is None else total})
