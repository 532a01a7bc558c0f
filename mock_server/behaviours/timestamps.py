"""Instants a record carries: of its creation and its last change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mock_server.clock import from_rfc3339, to_rfc3339

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection
    from mock_server.store.protocol import Record

_LEAST_STEP = timedelta(milliseconds=1)


def stamp_created(collection: Collection, now: datetime) -> dict[str, Any]:
    """The members that say when a new record came to be."""
    return {member: to_rfc3339(now) for member in (collection.created, collection.updated) if member}


def stamp_updated(record: Record, collection: Collection, now: datetime) -> dict[str, Any]:
    """The member that tells the last change: later than it told before, whatever the clock says."""
    if collection.updated is None:
        return {}
    before = record.get(collection.updated)
    if isinstance(before, str):
        now = max(now, from_rfc3339(before) + _LEAST_STEP)
    return {collection.updated: to_rfc3339(now)}
