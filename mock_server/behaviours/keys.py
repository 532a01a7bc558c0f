"""Keys of records: their canonical form, new ones, and the members by which records refer to others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid, not_found

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection
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


def placed(record: dict[str, Any], collection: Collection) -> dict[str, Any]:
    """Return a record with its keys at the places inside it that have them, too."""
    for member, place in collection.places.items():
        if record.get(member) is not None:
            record = _with_value(record, place.split("."), record[member])
    return record


def _with_value(record: Mapping[str, Any], names: list[str], value: Any) -> dict[str, Any]:
    """An object with a value at the path of these names; what is no object on the way becomes one."""
    first, *others = names
    if not others:
        return {**record, first: value}
    inner = record.get(first)
    return {**record, first: _with_value(inner if isinstance(inner, Mapping) else {}, others, value)}


def keys_in_places(sent: Mapping[str, Any], collection: Collection) -> dict[str, Any]:
    """Return the private members of a collection whose values a request has at their places."""
    found: dict[str, Any] = {}
    for member, place in collection.places.items():
        value: Any = sent
        for name in place.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is not None:
            found[member] = value
    return found


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
    # No collection that is inferred from a path is called so.
    return f"{contract}/@parents"


def new_key(state: Transaction, rng: SeededRandom, collection: Collection) -> str | int:
    """Return a key that no record of the collection has had; the n-th depends only on the seed."""
    number = state.next_number(collection.storage)
    if collection.ids == "integer":
        return number
    return rng.uuid(collection.storage, number)


def resolve(
    sent: Mapping[str, Any], collection: Collection, *, behaviours: Behaviours, state: Transaction
) -> dict[str, Any]:
    """Return the references among the sent members, as the keys of the records ("7" becomes 7 for integers).

    Raises ApiError for references to missing records: INVALID with all of them, or NOT_FOUND for the first
    one declared with `missing: not_found`.
    """
    resolved: dict[str, Any] = {}
    violations: list[Violation] = []
    for member, reference in collection.references.items():
        if sent.get(member) is None:
            continue
        target = behaviours.collections[reference.collection]
        target_record = _named(sent[member], target, state)
        if target_record is not None:
            resolved[member] = target_record[target.key]
        elif reference.missing == "not_found":
            raise not_found(target.called, sent[member])
        else:
            message = f"The selected {member.replace('_', ' ')} is invalid."
            violations.append(Violation("body", (member,), "value", given=sent[member], message=message))
    if violations:
        raise invalid(*violations)
    return resolved


def check_unique(record: Record, collection: Collection, state: Transaction) -> None:
    """Raise ApiError (CONFLICT) if another record has the same values in all members of a unique group."""
    own_key = key_of(record, collection)
    for group in collection.unique:
        where = {member: record.get(member) for member in group}
        if any(key_of(other, collection) != own_key for other in state.find(collection.storage, where)):
            message = f"A {collection.called.lower()} with this {', '.join(group)} already exists"
            raise ApiError(ErrorCode.CONFLICT, message=message)


def _named(value: Any, target: Collection, state: Transaction) -> Record | None:
    # True and 1.0 would find the record with key 1 as text, which no platform does.
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return state.get(target.storage, canonical_key(value, target))
