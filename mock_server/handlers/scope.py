"""Find the records in a request's path: they must exist, belong together and be in the caller's scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.keys import canonical_key, key_of, storage_key
from mock_server.errors.api_error import ApiError, ErrorCode, not_found
from mock_server.handlers.parents import adopt, shows_unbound
from mock_server.store.index import Kind, query_text
from mock_server.store.selection import Selection

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection, OutOfScope, PathRecord
    from mock_server.handlers.registry import Call
    from mock_server.store.protocol import Record


def locate(call: Call, *, but: str | None = None) -> Mapping[str, Record]:
    """Return the records in the path by collection, outermost first.

    but: a collection whose record need not exist. They are looked up once a call. Also works before
    validation: it does not use call.body. Raises ApiError: NOT_FOUND for a record that does not exist or
    belongs to another parent, and the declared `out_of_scope` error for one outside the caller's scope.
    """
    if but is None and call.located is not None:
        return call.located
    located: dict[str, Record] = {}
    scope = call.principal.scope if call.principal is not None else {}
    for step in call.behaviours.path_records[call.behaviour.id]:
        collection = step.collection
        if collection.name == but:
            continue
        sent = call.path[step.parameter]
        outer: Mapping[str, Any] = {}
        if step.ties:
            outer = {member: located[parent][key] for member, parent, key in step.ties if parent in located}
        key = storage_key(sent, _with_first_parts(outer, step, call), collection)
        # A credential for another record counts as none, so it must not reveal whether the record exists.
        is_outside = step.parameter in scope and key not in scope[step.parameter]
        if is_outside and call.behaviour.out_of_scope == "unauthenticated":
            raise ApiError(ErrorCode.UNAUTHENTICATED)
        record = call.state.get(collection.storage, key) or _named_otherwise(call, step, outer)
        if record is None or (outer and not _belongs(record, outer)):
            raise not_found(collection.called, sent)
        if (
            call.behaviour.binds
            and collection.name == call.behaviour.collection
            and step.parameter not in call.behaviour.binds
            and not _is_bound(record, call)
        ):
            raise not_found(collection.called, sent)
        if is_outside:
            raise _out_of_scope(call.behaviour.out_of_scope, key, collection)
        located[collection.name] = record
    if but is None:
        call.located = located
    return located


def _with_first_parts(outer: Mapping[str, Any], step: PathRecord, call: Call) -> Mapping[str, Any]:
    """The members within which a record's key is unique: its parents' keys, and first parts of its own."""
    if not step.first_parts:
        return outer
    parts = {member: call.path[parameter] for member, parameter in step.first_parts if parameter in call.path}
    return {**parts, **outer}


def _belongs(record: Record, outer: Mapping[str, Any]) -> bool:
    """Whether a record refers to those above it in the path, as far as it refers to any."""
    for member, key in outer.items():  # noqa: SIM110 - a generator for each record would take longer
        if record.get(member, key) != key:
            return False
    return True


def is_found(record: Record, call: Call) -> bool:
    """Return whether a record has a parent of the path's, as far as it has one, or may be found below any."""
    unbound = [member for name, member in call.behaviour.binds.items() if name not in call.behaviour.scope]
    return not unbound or any(record.get(member) is not None for member in unbound) or shows_unbound(call)


def _named_otherwise(call: Call, step: PathRecord, outer: Mapping[str, Any]) -> Record | None:
    """The record that a key identifies otherwise than by the member for it; None without one.

    The caller's own record, the first one, if the key stands for it, or one with the key in another member.
    outer: the members that hold the keys of the records above it.
    """
    collection = step.collection
    key = canonical_key(call.path[step.parameter], collection)
    if key in collection.own_keys:
        return next(call.state.find(collection.storage), None)
    for member in collection.other_keys:
        named = call.state.select(collection.storage, texts={(member, "text"): {key}})
        found = next((record for record in named if _belongs(record, outer)), None)
        if found is not None:
            return found
    return None


def _is_bound(record: Record, call: Call) -> bool:
    """Whether a record has the values of the path in the members bound to them, as far as it has any."""
    for parameter, member in call.behaviour.binds.items():
        value = record.get(member)
        if value is None and parameter not in call.behaviour.scope:
            if not shows_unbound(call):
                return False
            adopt(call)
            continue
        values = value if isinstance(value, list) else [value]
        if query_text(call.path[parameter]) not in map(query_text, values):
            return False
    return True


def bound_members(call: Call) -> dict[str, Any]:
    """Return the members of the operation's records that are bound to values of the path, with these."""
    behaviour, builder = call.behaviour, call.builder
    if not behaviour.binds or behaviour.collection is None:
        return {}
    collection = call.behaviours.collections[behaviour.collection]
    values = {member: call.path[parameter] for parameter, member in behaviour.binds.items()}
    if builder is None:
        return values
    return {member: builder.typed_member(value, member, collection) for member, value in values.items()}


def bind(record: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """Return a record with the values of the path in the members bound to them; a list contains them."""
    bound = dict(record)
    if not call.behaviour.binds:
        return bound
    for member, value in bound_members(call).items():
        listed = bound.get(member)
        if not isinstance(listed, list):
            bound[member] = [value] if is_listed(member, call) else value
        elif value not in listed:
            bound[member] = [*listed, value]
    return bound


def is_listed(member: str, call: Call) -> bool:
    """Whether a member of the operation's records is a list of keys."""
    relations = call.behaviours.collections[call.behaviour.collection or ""].relations.values()
    return any(relation.cardinality == "listed" and relation.by == member for relation in relations)


def target(call: Call) -> Record:
    """Return the record of the operation's own collection that the path identifies, or the caller's own.

    Raises ApiError (NOT_FOUND).
    """
    if call.behaviour.target == "own":
        return own_record(call, call.behaviours.collections[call.behaviour.collection or ""])
    if call.behaviour.target == "bound":
        return _bound_record(call)
    return locate(call)[call.behaviour.collection or ""]


def own_record(call: Call, collection: Collection) -> Record:
    """Return the record of a collection that is the caller's own: the documented one, else the first.

    Raises ApiError (NOT_FOUND) for a collection without records.
    """
    key = call.behaviours.own_keys.get(collection.name)
    record = None if key is None else call.state.get(collection.storage, canonical_key(key, collection))
    record = record or next(call.state.find(collection.storage), None)
    if record is None:
        raise not_found(collection.called, "of the caller")
    return record


def _bound_record(call: Call) -> Record:
    """The first record with the values of the path in the members bound to them."""
    collection = call.behaviours.collections[call.behaviour.collection or ""]
    texts: dict[tuple[str, Kind], frozenset[str]] = {
        (member, "text"): frozenset({query_text(call.path[parameter])})
        for parameter, member in call.behaviour.binds.items()
    }
    found = call.state.select(collection.storage, texts=texts)
    if not found:
        raise not_found(collection.called, ", ".join(map(str, call.path.values())))
    return found[0]


def ties(collection: Collection, located: Mapping[str, Record], call: Call) -> dict[str, str | int]:
    """Return the members by which a record of the collection refers to the records in the path."""
    tied: dict[str, str | int] = {}
    for member, parent in collection.ties.items():
        if parent in located:
            tied[member] = located[parent][call.behaviours.collections[parent].key]
    return tied


def within_scope(records: Sequence[Record], collection: Collection, call: Call) -> Sequence[Record]:
    """Return the records in the caller's scope: a list contains none that a read would deny."""
    scope = call.principal.scope if call.principal is not None else {}
    if not scope:
        return records
    parameters = [name for name in call.behaviours.parameters[collection.name] if name in scope]
    if not parameters:
        return records
    allowed = frozenset.intersection(*(scope[parameter] for parameter in parameters))
    if isinstance(records, Selection):
        places = sorted(place for key in allowed if (place := records.place_of(key)) is not None)
        return [records[place] for place in places]
    return [record for record in records if key_of(record, collection) in allowed]


def _out_of_scope(error: OutOfScope, key: str, collection: Collection) -> ApiError:
    """The error for a record outside the caller's scope."""
    if error == "not_found":
        return not_found(collection.called, key)
    return ApiError(ErrorCode.FORBIDDEN if error == "forbidden" else ErrorCode.UNAUTHENTICATED)
