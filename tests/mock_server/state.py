"""The state of a store as one value, for tests that compare it."""

from __future__ import annotations

from typing import Any

from mock_server.store.memory import MemoryStore


def dump_state(store: MemoryStore) -> dict[str, Any]:
    """Every record by collection and key, in order of creation, and every sequence."""
    saved = store.save()
    records = {name: dict(saved.items(name)) for name in saved.collections}
    return {
        "collections": {name: rows for name, rows in records.items() if rows},
        "sequences": saved.sequences,
    }


def fork_store(store: MemoryStore) -> MemoryStore:
    """A store that begins with the same state and goes its own way."""
    other = MemoryStore()
    other.restore(store.save())
    return other
