"""Put existing records into a list of another record, or take them out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.errors.api_error import not_found
from mock_server.handlers.scope import locate

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection
    from mock_server.handlers.registry import Call
    from mock_server.store.protocol import Record


def listed_keys(call: Call) -> frozenset[str] | None:
    """Return the keys of the records that the one in the path lists; None where it lists none of them."""
    if not call.behaviour.through:
        return None
    _holder, target, record, member = _listing(call)
    return frozenset(canonical_key(key, target) for key in _keys(record.get(member), target))


def attach(call: Call, sent: Any) -> list[Record]:
    """Add the records that a request names to the list of the one in the path, and return them.

    sent: the value of the body with their keys, None for the key in the path. Raises ApiError (NOT_FOUND).
    """
    holder, target, record, member = _listing(call)
    added = _named(call, target, sent)
    keys = _keys(record.get(member), target)
    keys += [each[target.key] for each in added if each[target.key] not in keys]
    call.state.put(holder.storage, key_of(record, holder), {**record, member: keys})
    call.located = None
    return added


def detach(call: Call, sent: Any) -> list[Record]:
    """Remove the records that a request names from the list of the one in the path, and return them.

    sent: as for attach(). Raises ApiError (NOT_FOUND) for a record that does not exist.
    """
    holder, target, record, member = _listing(call)
    removed = _named(call, target, sent)
    gone = {each[target.key] for each in removed}
    keys = [key for key in _keys(record.get(member), target) if key not in gone]
    call.state.put(holder.storage, key_of(record, holder), {**record, member: keys})
    call.located = None
    return removed


def _listing(call: Call) -> tuple[Collection, Collection, Record, str]:
    """The collection of the record with the list, that of the records in it, this record and its member."""
    parameter, member = next(iter(call.behaviour.through.items()))
    holder = call.behaviours.collections[call.behaviour.scope[parameter]]
    relation = next(each for each in holder.relations.values() if each.by == member)
    target = call.behaviours.collections[relation.collection]
    return holder, target, locate(call)[holder.name], member


def _named(call: Call, target: Collection, sent: Any) -> list[Record]:
    """The records that a request names by their keys, or by a text with several that commas separate.

    None where the body leaves an optional member with keys out, and the path has no key.
    """
    if sent is None:
        located = locate(call).get(target.name)
        return [] if located is None else [located]
    keys = sent.split(",") if isinstance(sent, str) and "," in sent else sent
    named: list[Record] = []
    for key in _keys(keys if isinstance(keys, list) else [keys], target):
        record = call.state.get(target.storage, canonical_key(key, target))
        if record is None:
            raise not_found(target.called, key)
        named.append(record)
    return named


def _keys(value: Any, target: Collection) -> list[Any]:
    """The keys in a list, whose entries may be objects with their key."""
    entries = value if isinstance(value, list) else []
    keys = [entry.get(target.key) if isinstance(entry, dict) else entry for entry in entries]
    return [key for key in keys if isinstance(key, str | int)]
