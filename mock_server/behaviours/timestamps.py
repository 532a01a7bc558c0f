"""The timestamps of a record: creation and last change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mock_server.clock import from_rfc3339, to_rfc3339

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection
    from mock_server.store.protocol import Record

_LEAST_STEP = timedelta(milliseconds=1)


def stamp_created(collection: Collection, now: datetime) -> dict[str, Any]:
    """Return the timestamps of a new record, as declared by its collection."""
    if collection.created is None and collection.updated is None:
        return {}
    text = to_rfc3339(now)
    stamps = {} if collection.created is None else {collection.created: text}
    if collection.updated is not None:
        stamps[collection.updated] = text
    return stamps


def stamp_updated(record: Record, collection: Collection, now: datetime) -> dict[str, Any]:
    """Return the timestamp of a change; always later than the one before, even if the clock is not."""
    if collection.updated is None:
        return {}
    before = record.get(collection.updated)
    # A client that polls for changes would miss one with an equal timestamp.
    if isinstance(before, str):
        now = max(now, from_rfc3339(before) + _LEAST_STEP)
    return {collection.updated: to_rfc3339(now)}
