"""Which records without a parent are found below a path whose parent has no endpoint.

Initial records belong to no parent of a path. They are those of the first one that a request reads, unless a
record was created below it before; below every other parent only its own records are found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.keys import parents_storage
from mock_server.store.index import query_text

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection
    from mock_server.handlers.registry import Call


def shows_unbound(call: Call) -> bool:
    """Return whether records without a parent are found below the path of a call."""
    collection, parent = _own(call), _parent(call)
    first = call.state.get(parents_storage(call.operation.contract), collection.name)
    if first is not None:
        return bool(first["parent"] == parent)
    return call.state.get(parents_storage(call.operation.contract), _created_key(collection, parent)) is None


def adopt(call: Call) -> None:
    """Remember that the records without a parent are shown below the path of a call, and below no other."""
    collection, storage = _own(call), parents_storage(call.operation.contract)
    if call.state.get(storage, collection.name) is None and shows_unbound(call):
        call.state.put(storage, collection.name, {"parent": _parent(call)})


def note_creation(call: Call, record: Mapping[str, Any]) -> None:
    """Remember the parents of a new record, as far as none of their records was read before."""
    collection, storage = _own(call), parents_storage(call.operation.contract)
    first = call.state.get(storage, collection.name)
    for members in call.behaviours.bound_groups[collection.name]:
        values = [record.get(member) for member in members]
        parent = [query_text(value) for value in values]
        if None not in values and (first is None or first["parent"] != parent):
            call.state.put(storage, _created_key(collection, parent), {"parent": parent})


def _own(call: Call) -> Collection:
    return call.behaviours.collections[call.behaviour.collection or ""]


def _parent(call: Call) -> list[str]:
    """The values of the path that are no keys of records, by the members bound to them."""
    behaviour = call.behaviour
    bound = sorted((member, name) for name, member in behaviour.binds.items() if name not in behaviour.scope)
    return [query_text(call.path[name]) for _member, name in bound]


def _created_key(collection: Collection, parent: list[str]) -> str:
    return f"{collection.name}/{json.dumps(parent)}"
