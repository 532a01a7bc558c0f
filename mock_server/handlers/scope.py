"""Which records a request's path names: they exist, belong together, and the caller may know of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mock_server.behaviours.keys import key_of, storage_key
from mock_server.errors.api_error import ApiError, ErrorCode, not_found

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection
    from mock_server.handlers.registry import Call
    from mock_server.store.protocol import Record


def locate(call: Call, *, but: str | None = None) -> Mapping[str, Record]:
    """The records the path names, by collection, in the order of the declared scope.

    but: a collection whose record need not be there.

    Works before validation too (call.body is not looked at). Raises ApiError: NOT_FOUND for one that does not
    exist or lies under another parent; what the operation declares for one outside the caller's scope.
    """
    located: dict[str, Record] = {}
    for parameter, name in call.behaviour.scope.items():
        if name == but:
            continue
        collection = call.behaviours.collections[name]
        key = storage_key(call.path[parameter], ties(collection, located, call), collection)
        if call.behaviour.out_of_scope == "unauthenticated":
            _check_scope(call, parameter, key, collection)
        record = call.state.get(collection.storage, key)
        if record is None or not _belongs(record, collection, located, call):
            raise not_found(collection.called, call.path[parameter])
        _check_scope(call, parameter, key, collection)
        located[name] = record
    return located


def target(call: Call) -> Record:
    """The record the call is about: the one of the operation's own collection that the path names."""
    return locate(call)[call.behaviour.collection or ""]


def ties(collection: Collection, located: Mapping[str, Record], call: Call) -> dict[str, str | int]:
    """The members that tie a record of the collection to the records the path names."""
    return {
        member: located[parent][call.behaviours.collections[parent].key]
        for member, parent in collection.ties.items()
        if parent in located
    }


def within_scope(records: Sequence[Record], collection: Collection, call: Call) -> Sequence[Record]:
    """Those of the records that the caller may know of: a list shows none that reading it would deny."""
    scope = call.principal.scope if call.principal is not None else {}
    naming = {
        parameter
        for operation in call.behaviours.operations.values()
        for parameter, name in operation.scope.items()
        if parameter in scope and name == collection.name
    }
    if not naming:
        return records
    return [record for record in records if all(key_of(record, collection) in scope[name] for name in naming)]


def _belongs(record: Record, collection: Collection, located: Mapping[str, Record], call: Call) -> bool:
    outer = ties(collection, located, call)
    return all(record[member] == key for member, key in outer.items() if member in record)


def _check_scope(call: Call, parameter: str, key: str, collection: Collection) -> None:
    if call.principal is None or call.principal.may_use(parameter, key):
        return
    if call.behaviour.out_of_scope == "not_found":
        raise not_found(collection.called, key)
    forbidden = call.behaviour.out_of_scope == "forbidden"
    raise ApiError(ErrorCode.FORBIDDEN if forbidden else ErrorCode.UNAUTHENTICATED)
