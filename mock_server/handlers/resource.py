"""The generic actions: operations whose behaviour is fully declared in the behaviour file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mock_server.behaviours import lifecycle, listing, paging
from mock_server.behaviours.keys import key_of, new_key
from mock_server.behaviours.references import check_unique, resolve
from mock_server.behaviours.relations import Presenter, Tree, parse_include, split_names
from mock_server.behaviours.timestamps import stamp_created, stamp_updated
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Call, Reply
from mock_server.handlers.scope import locate, target, ties, within_scope

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Action, Behaviours, Collection, Filter
    from mock_server.store.protocol import Record, Transaction


def show(call: Call, record: Record) -> dict[str, Any]:
    """Return a record as the reply contains it, with its embedded relations."""
    return Presenter(call.behaviours, call.state).show(record, own_collection(call), included(call))


def own_collection(call: Call) -> Collection:
    """Return the collection of the operation."""
    return call.behaviours.collection_of(call.behaviour)


def included(call: Call) -> Tree | None:
    """Return the relations that this call includes. Raises ApiError (BAD_QUERY) for an unknown one."""
    include = call.behaviour.include
    if include is None:
        return None
    # PHP clients may send `include[]=a&include[]=b` instead of `include=a,b`.
    spellings = (include.parameter, f"{include.parameter}[]")
    names = [name for key, text in call.sent_query if key in spellings for name in split_names(text)]
    return parse_include(names, include)


def list_(call: Call) -> Reply:
    """Return one page of the collection's records below those in the path, filtered and sorted."""
    collection = own_collection(call)
    presenter, tree = Presenter(call.behaviours, call.state), included(call)
    page = listed(call)
    return Reply([presenter.show(record, collection, tree) for record in page.records], meta=page.meta)


def listed(call: Call) -> paging.RecordPage:
    """Return the stored records of the page that list_() returns. Raises ApiError as list_() does."""
    behaviour, collection = call.behaviour, own_collection(call)
    below = list(call.state.find(collection.storage, _below(call, collection)))
    records = within_scope(below, collection, call)
    presenter = Presenter(call.behaviours, call.state)
    records = listing.filter_records(records, _filters(call), collection, presenter)
    records = _sorted(call, listing.sort_records(records, behaviour.order, collection))
    page = behaviour.page
    return paging.page_of(
        records,
        page,
        call.query,
        collection,
        order=behaviour.order,
        lenient=page is not None and page.at in behaviour.tolerates,
        url=call.url,
        sent=call.sent_query,
    )


def read(call: Call) -> Reply:
    """Return the target record."""
    return Reply(show(call, target(call)))


def count_reads(call: Call) -> None:
    """Count a read of each record in the coming reply, for lifecycles that advance by reads.

    These are the target of a read and the records on the page of a list; included records do not count. A
    list filtered by the running state no longer contains records that this very count ends. Raises ApiError
    as the operation would.
    """
    action = call.behaviour.action
    if action not in ("read", "list") or not lifecycle.counts_reads(call.state, own_collection(call)):
        return
    records = [target(call)] if action == "read" else listed(call).records
    for record in records:
        lifecycle.count_read(call.state, own_collection(call), record, now=call.now)


def create(call: Call) -> Reply:
    """Create a record from the body, below the records in the path."""
    return Reply(show(call, add(call, stored_members(call))))


def add(call: Call, sent: Mapping[str, Any]) -> Record:
    """Store a new record of the operation's collection and return it.

    sent: its members; those that the server sets are added. Raises ApiError: INVALID or NOT_FOUND for a
    reference to a missing record, CONFLICT with another record or a running one.
    """
    collection, located = own_collection(call), locate(call)
    resolved = resolve(sent, collection, behaviours=call.behaviours, state=call.state)
    # From the weakest to the strongest: what the path and the server say replaces what was sent.
    record = {
        **call.behaviour.defaults,
        **sent,
        **resolved,
        **ties(collection, located, call),
        **stamp_created(collection, call.now),
    }
    if call.behaviour.caller:
        caller = call.principal.name if call.principal else ""
        record[call.behaviour.caller] = call.rng.uuid("principals", caller)
    if collection.ids == "given" and collection.key in sent:
        refuse_taken(call.state, collection, record)
    else:
        record[collection.key] = new_key(call.state, call.rng, collection)
    check_unique(record, collection, call.state)
    policy = call.policies.get(collection.storage, lifecycle.DEFAULT_POLICY)
    record |= lifecycle.begin(record, collection, call.state, rng=call.rng, now=call.now, policy=policy)
    call.state.put(collection.storage, key_of(record, collection), record)
    return record


def merge(call: Call) -> Reply:
    """Change the members of the target that the body contains."""
    return Reply(show(call, change(call, stored_members(call))))


def change(call: Call, sent: Mapping[str, Any]) -> Record:
    """Change these members of the target and return it. Raises ApiError as add() does."""
    return _rewrite(call, target(call), sent)


def replace(call: Call) -> Reply:
    """Replace the target by the body; members set by the server or unknown to the body's schema stay."""
    before, replaceable = target(call), call.behaviour.members
    tied = ties(own_collection(call), locate(call), call)
    fixed = {*_set_by_server(own_collection(call)), *tied}
    unchanged = {
        name: value
        for name, value in before.items()
        if name in fixed or (replaceable is not None and name not in replaceable)
    }
    return Reply(show(call, _rewrite(call, unchanged, stored_members(call))))


def delete(call: Call) -> Reply:
    """Delete the target and its children."""
    remove(call.state, call.behaviours, own_collection(call), target(call))
    return Reply()


def remove(state: Transaction, behaviours: Behaviours, collection: Collection, record: Record) -> None:
    """Delete a record and all records that have it as a parent, recursively."""
    for other in behaviours.collections.values():
        for member, parent in other.parents.items():
            if parent != collection.name:
                continue
            for child in state.find(other.storage, {member: record[collection.key]}):
                remove(state, behaviours, other, child)
    state.delete(collection.storage, key_of(record, collection))


def transition(call: Call) -> Reply:
    """End a running record: the one in the path or, without one, the running one below those in the path.

    Raises ApiError (CONFLICT) if none is running.
    """
    collection, located = own_collection(call), locate(call)
    record = located.get(collection.name)
    if record is None:
        record = lifecycle.running(call.state, collection, ties(collection, located, call))
    if record is None:
        raise ApiError(ErrorCode.CONFLICT, message=f"No {collection.called.lower()} is running")
    ended = lifecycle.stop(record, collection, call.behaviour.to or "", now=call.now)
    call.state.put(collection.storage, key_of(ended, collection), ended)
    return Reply(show(call, ended))


def stored_members(call: Call) -> dict[str, Any]:
    """Return the members of the body that are stored; none if it is not an object.

    Never the schedule of a collection with a lifecycle, which only the server sets.
    """
    body = call.body if isinstance(call.body, dict) else {}
    allowed = call.behaviour.members
    members = {name: value for name, value in body.items() if allowed is None or name in allowed}
    if own_collection(call).lifecycle is not None:
        members.pop(lifecycle.SCHEDULE, None)
    return members


ACTIONS: Mapping[Action, Callable[[Call], Reply]] = {
    "list": list_,
    "read": read,
    "create": create,
    "merge": merge,
    "replace": replace,
    "delete": delete,
    "transition": transition,
}


def _rewrite(call: Call, before: Record, sent: Mapping[str, Any]) -> Record:
    collection = own_collection(call)
    resolved = resolve(sent, collection, behaviours=call.behaviours, state=call.state)
    tied = ties(collection, locate(call), call)
    fixed = {name: before[name] for name in (*_set_by_server(collection), *tied) if name in before}
    # What the server sets comes last, so that no request overwrites it.
    record = {**before, **sent, **resolved, **fixed, **stamp_updated(before, collection, call.now)}
    check_unique(record, collection, call.state)
    call.state.put(collection.storage, key_of(record, collection), record)
    return record


def _below(call: Call, collection: Collection) -> dict[str, Any]:
    """The members that all records below those in the path have in common."""
    tied = ties(collection, locate(call), call)
    return {member: key for member, key in tied.items() if member in collection.parents}


def _set_by_server(collection: Collection) -> tuple[str, ...]:
    schedule = lifecycle.SCHEDULE if collection.lifecycle else None
    return tuple(name for name in (collection.key, collection.created, collection.updated, schedule) if name)


def refuse_taken(state: Transaction, collection: Collection, record: Record) -> None:
    """Raise ApiError (CONFLICT) if the key of this new record exists already."""
    if state.get(collection.storage, key_of(record, collection)) is not None:
        message = f"A {collection.called.lower()} {record[collection.key]!r} already exists"
        raise ApiError(ErrorCode.CONFLICT, message=message)


def _sorted(call: Call, records: Sequence[Record]) -> Sequence[Record]:
    """The records in the order that the call requests. Raises ApiError (BAD_QUERY) for an unknown one."""
    sort, page = call.behaviour.sort, call.behaviour.page
    # A cursor is a position in the list's own order.
    if sort is None or (page is not None and page.mode == "cursor"):
        return records
    direction = call.query.get(sort.direction) if sort.direction else None
    descending = str(direction).lower().startswith("desc")
    return listing.sort_by(records, call.query.get(sort.parameter), sort, descending=descending)


def _filters(call: Call) -> list[tuple[Filter, Any]]:
    """Declared filters with their requested values. Raises ApiError (BAD_QUERY) for an unknown filter."""
    declared = call.behaviour.filters
    # Only names such as `filter[x]` are recognisable as filters; other unknown parameters are ignored.
    prefixes = {name.partition("[")[0] for name in declared if "[" in name}
    unknown = [
        name
        for name, _ in call.sent_query
        if "[" in name and name.partition("[")[0] in prefixes and name not in declared
    ]
    if unknown and call.behaviour.unknown_filters == "refused":
        named = ", ".join(name.partition("[")[2].rstrip("]") for name in unknown)
        allowed = ", ".join(name.partition("[")[2].rstrip("]") for name in declared)
        message = f"Requested filter(s) `{named}` are not allowed. Allowed filter(s) are `{allowed}`."
        raise ApiError(ErrorCode.BAD_QUERY, message=message)
    return [
        (declared_filter, call.query[name])
        for name, declared_filter in declared.items()
        if name in call.query
    ]
