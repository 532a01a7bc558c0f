"""Keys of records: their canonical form and the generation of new ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection
    from mock_server.seeded_random import SeededRandom
    from mock_server.store.protocol import Record, Transaction

_HEX = "[0-9a-f]"
_CANONICAL = re.compile(f"{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}")
"""The usual form of a UUID. Nearly every key has it, and matching is much faster than parsing."""


def key_of(record: Record, collection: Collection) -> str:
    """Return the key under which a record is stored."""
    key = record[collection.key]
    return storage_key(key, record, collection) if collection.within else canonical_key(key, collection)


def storage_key(key: Any, outer: Mapping[str, Any], collection: Collection) -> str:
    """Return the key under which a record with this key is stored: prefixed by those of its parents if it is
    unique within them only.

    outer: the members that hold the parents' keys.
    """
    if not collection.within:
        return canonical_key(key, collection)
    parent_keys = [str(outer.get(member)) for member in collection.within]
    return "/".join([*parent_keys, canonical_key(key, collection)])


def canonical_key(value: Any, collection: Collection) -> str:
    """Return the canonical form of a key: a UUID may be sent in upper case or without dashes."""
    if isinstance(value, str) and (collection.ids != "uuid" or _CANONICAL.fullmatch(value)):
        return value
    if isinstance(value, float) and value.is_integer():
        # JSON has one type of number: 1.0 is the same key as 1.
        return str(int(value))
    if not isinstance(value, str):
        return str(value)
    try:
        return str(UUID(value))
    except ValueError:
        return value


def parents_storage(contract: str) -> str:
    """Return the name of the storage for what is known of parents without an endpoint (handlers.parents)."""
    return f"{contract}/parents"


def new_key(state: Transaction, rng: SeededRandom, collection: Collection) -> str | int:
    """Return a key that no record of the collection has had; the n-th depends only on the seed."""
    number = state.next_number(collection.storage)
    if collection.ids == "integer":
        return number
    return rng.uuid(collection.storage, number)
