"""Members that name other records: they must name something, and are kept in the form the other's key has."""

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
    """The references among the sent members, in the form of the keys they name ("7" becomes 7 where keys are
    integers).

    Raises ApiError: INVALID with every reference that names nothing, NOT_FOUND for the first one of those
    declared that way.
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
    """Raises ApiError (CONFLICT) when another record agrees with it in all members of a unique group."""
    for group in collection.unique:
        where = {member: record.get(member) for member in group}
        if any(
            key_of(other, collection) != key_of(record, collection)
            for other in state.find(collection.storage, where)
        ):
            named = ", ".join(group)
            raise ApiError(
                ErrorCode.CONFLICT, message=f"A {collection.called.lower()} with this {named} already exists"
            )


def _named(value: Any, target: Collection, state: Transaction) -> Record | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return state.get(target.storage, canonical_key(value, target))
