"""Members that refer to other records: check that those exist and store their keys in canonical form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid, not_found

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection
    from mock_server.store.protocol import Record, Transaction


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
