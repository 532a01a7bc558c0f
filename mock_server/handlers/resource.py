"""The generic actions: what an operation does with records when its declaration says it all."""

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
    from mock_server.behaviours.declared import Action, Behaviours, Collection
    from mock_server.store.protocol import Record, Transaction


def show(call: Call, record: Record) -> dict[str, Any]:
    """A record as this call is to see it: with what it includes and what is always shown."""
    return Presenter(call.behaviours, call.state).show(record, own_collection(call), included(call))


def own_collection(call: Call) -> Collection:
    """The collection the operation works on."""
    return call.behaviours.collection_of(call.behaviour)


def included(call: Call) -> Tree | None:
    """The relations this call asks for. Raises ApiError (BAD_QUERY) for one that is not on offer."""
    include = call.behaviour.include
    if include is None:
        return None
    forms = (include.parameter, f"{include.parameter}[]")
    return parse_include(
        [name for key, text in call.sent_query if key in forms for name in split_names(text)], include
    )


def list_(call: Call) -> Reply:
    """Records of the collection that belong to what the path names: filtered, in order, one page of them."""
    collection = own_collection(call)
    presenter, tree = Presenter(call.behaviours, call.state), included(call)
    cut = listed(call)
    return Reply([presenter.show(record, collection, tree) for record in cut.records], meta=cut.meta)


def listed(call: Call) -> paging.RecordPage:
    """The records a list shows, not yet as they are shown. Raises ApiError as list_ does."""
    behaviour, collection = call.behaviour, own_collection(call)
    below = list(call.state.find(collection.storage, _below(call, collection)))
    records = within_scope(below, collection, call)
    presenter = Presenter(call.behaviours, call.state)
    records = listing.filter_records(records, _filters(call), collection, presenter)
    records = listing.sort_records(records, behaviour.order, collection)
    if behaviour.sort is not None:
        records = listing.sort_by(records, call.query.get(behaviour.sort.parameter), behaviour.sort)
    return page_of(call, records, collection)


def read(call: Call) -> Reply:
    """The record the path names."""
    return Reply(show(call, target(call)))


def count_reads(call: Call) -> None:
    """Count a read of each record that the reply is about to show, for those that move by being read.

    The record of a read and the records on a list's page are shown; what is included in other records is not
    counted. A list of what runs no longer has what this very count ended. Raises ApiError as the operation
    would.
    """
    shows = call.behaviour.action
    if shows not in ("read", "list") or not lifecycle.counts_reads(call.state, own_collection(call)):
        return
    for record in [target(call)] if shows == "read" else listed(call).records:
        lifecycle.count_read(call.state, own_collection(call), record, now=call.now)


def create(call: Call) -> Reply:
    """A new record of what the body says, below what the path names."""
    return Reply(show(call, add(call, stored_members(call))))


def add(call: Call, sent: Mapping[str, Any]) -> Record:
    """Put a new record of these members into the operation's collection, complete with all that the server
    sets.

    Raises ApiError: a reference that names nothing, a conflict with another record or a running one.
    """
    collection, located = own_collection(call), locate(call)
    resolved = resolve(sent, collection, behaviours=call.behaviours, state=call.state)
    record = {
        **call.behaviour.defaults,
        **sent,
        **resolved,
        **ties(collection, located, call),
        **stamp_created(collection, call.now),
    }
    if call.behaviour.caller:
        record[call.behaviour.caller] = call.rng.uuid(
            "principals", call.principal.name if call.principal else ""
        )
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
    """The record the path names, with the members of the body in place of its own."""
    return Reply(show(call, change(call, stored_members(call))))


def change(call: Call, sent: Mapping[str, Any]) -> Record:
    """Write these members over those of the target, the others staying. Raises ApiError as add does."""
    return _rewrite(call, target(call), sent)


def replace(call: Call) -> Reply:
    """The record the path names, of what the body says; what the server sets stays."""
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
    """Remove the record the path names, with everything that belongs to it."""
    remove(call.state, call.behaviours, own_collection(call), target(call))
    return Reply()


def remove(state: Transaction, behaviours: Behaviours, collection: Collection, record: Record) -> None:
    """Remove a record and, first, the records of other collections that have it as a parent."""
    for other in behaviours.collections.values():
        for member, parent in other.parents.items():
            if parent == collection.name:
                for child in state.find(other.storage, {member: record[collection.key]}):
                    remove(state, behaviours, other, child)
    state.delete(collection.storage, key_of(record, collection))


def transition(call: Call) -> Reply:
    """End what runs: the record the path names or, without one, the one that runs below what it names."""
    collection, located = own_collection(call), locate(call)
    record = located.get(collection.name) or lifecycle.running(
        call.state, collection, ties(collection, located, call)
    )
    if record is None:
        raise ApiError(ErrorCode.CONFLICT, message=f"No {collection.called.lower()} is running")
    ended = lifecycle.stop(record, collection, call.behaviour.to or "", now=call.now)
    call.state.put(collection.storage, key_of(ended, collection), ended)
    return Reply(show(call, ended))


def stored_members(call: Call) -> dict[str, Any]:
    """The members of the body that are kept; a body that is no object has none. Where records move by
    themselves, nobody sends their plans."""
    body = call.body if isinstance(call.body, dict) else {}
    members, scheduled = call.behaviour.members, own_collection(call).lifecycle is not None
    return {
        name: value
        for name, value in body.items()
        if (members is None or name in members) and not (scheduled and name == lifecycle.SCHEDULE)
    }


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
    record = {**before, **sent, **resolved, **fixed, **stamp_updated(before, collection, call.now)}
    check_unique(record, collection, call.state)
    call.state.put(collection.storage, key_of(record, collection), record)
    return record


def _below(call: Call, collection: Collection) -> dict[str, Any]:
    """What the records below those the path names have in common."""
    tied = ties(collection, locate(call), call)
    return {member: key for member, key in tied.items() if member in collection.parents}


def _set_by_server(collection: Collection) -> tuple[str, ...]:
    schedule = lifecycle.SCHEDULE if collection.lifecycle else None
    return tuple(name for name in (collection.key, collection.created, collection.updated, schedule) if name)


def refuse_taken(state: Transaction, collection: Collection, record: Record) -> None:
    """Raise ApiError (CONFLICT) when a record with the key of this new one is there already."""
    if state.get(collection.storage, key_of(record, collection)) is not None:
        message = f"A {collection.called.lower()} {record[collection.key]!r} already exists"
        raise ApiError(ErrorCode.CONFLICT, message=message)


def _filters(call: Call) -> dict[str, Any]:
    """Member → the value asked for. Raises ApiError (BAD_QUERY) for a filter that is not on offer."""
    declared = call.behaviour.filters
    families = {name.partition("[")[0] + "[" for name in declared if "[" in name}
    unknown = [
        name
        for name, _ in call.sent_query
        if name not in declared and name.partition("[")[0] + "[" in families and "[" in name
    ]
    if unknown:
        named = ", ".join(name.partition("[")[2].rstrip("]") for name in unknown)
        allowed = ", ".join(name.partition("[")[2].rstrip("]") for name in declared)
        message = f"Requested filter(s) `{named}` are not allowed. Allowed filter(s) are `{allowed}`."
        raise ApiError(ErrorCode.BAD_QUERY, message=message)
    return {member: call.query[name] for name, member in declared.items() if name in call.query}


def page_of(
    call: Call, records: Sequence[Record], collection: Collection, *, lenient: bool = False
) -> paging.RecordPage:
    """The page this call asks for; all records where no paging is declared.

    lenient: a cursor nobody handed out is overlooked, as it is where the operation
    tolerates it. Raises ApiError.
    """
    page = call.behaviour.page
    if page is None:
        return paging.RecordPage(records, {"total": len(records)})
    if page.mode == "cursor":
        order, lenient = (
            call.behaviour.order or collection.key,
            lenient or page.at in call.behaviour.tolerates,
        )
        return paging.page_by_cursor(records, call.query, page, order, collection, lenient=lenient)
    cut = paging.page_by_number if page.mode == "page" else paging.page_by_offset
    return cut(records, call.query, page, url=call.url, sent=call.sent_query)
