"""Keys of records: the form a collection gives them, and new ones."""

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
"""A UUID as it is usually written, which nearly every key is."""


def key_of(record: Record, collection: Collection) -> str:
    """The key a record is kept under."""
    return kept_under(record[collection.key], record, collection)


def kept_under(key: Any, outer: Mapping[str, Any], collection: Collection) -> str:
    """The key a record is kept under: its own, behind those of the records below which it is unique.

    outer: the members that tie it to those records.
    """
    return "/".join(
        [*(str(outer.get(member)) for member in collection.within), canonical_key(key, collection)]
    )


def canonical_key(value: Any, collection: Collection) -> str:
    """The key a value means: a UUID in capitals or without dashes names the record of the usual form."""
    if collection.ids != "uuid" or not isinstance(value, str) or _CANONICAL.fullmatch(value):
        return str(value)
    try:
        return str(UUID(value))
    except ValueError:
        return value


def new_key(state: Transaction, rng: SeededRandom, collection: Collection) -> str | int:
    """A key no record of the collection has had; the n-th new one is the same for every run with one seed."""
    number = state.next_number(collection.storage)
    if collection.ids == "integer":
        return number
    return rng.uuid(collection.storage, number)
