"""The generic actions: operations whose behaviour is fully declared in the behaviour file."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence, Set
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mock_server.behaviours import lifecycle, listing, paging, searching
from mock_server.behaviours.declared import SCHEDULE
from mock_server.behaviours.keys import (
    canonical_key,
    check_unique,
    key_of,
    keys_in_places,
    new_key,
    placed,
    resolve,
    storage_key,
)
from mock_server.behaviours.patches import merged, patched
from mock_server.behaviours.relations import Presenter, Tree, parse_include, split_names
from mock_server.behaviours.timestamps import stamp_created, stamp_updated
from mock_server.clock import to_rfc3339
from mock_server.errors.api_error import ApiError, ErrorCode, not_found
from mock_server.handlers import kept_values, memberships
from mock_server.handlers.known_values import refuse_unknown
from mock_server.handlers.parents import adopt, note_creation, shows_unbound
from mock_server.handlers.registry import Call, Reply
from mock_server.handlers.scope import (
    bind,
    bound_members,
    is_found,
    is_listed,
    locate,
    own_record,
    target,
    ties,
    within_scope,
)
from mock_server.sampling.pruning import NO_VALUE
from mock_server.store.index import Kind, query_text
from mock_server.store.selection import Selection

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Action, Behaviours, Collection, Filter, SentKey
    from mock_server.handlers.response_builder import ResponseBuilder
    from mock_server.sampling.place import Place
    from mock_server.seeded_random import SeededRandom
    from mock_server.store.protocol import Record, Transaction

_INDEX = re.compile(r"\[\d*\]$")
"""What a name of a query parameter ends in where it is sent once for each entry of a list."""

_OF_PAGES = frozenset(
    {"current_page", "per_page", "pages", "last_page", "next", "next_cursor", "next_number"}
)
"""Metadata that describe pages."""

_STREAMED = 500
"""A list of more records than this is streamed: to write it at once would keep others waiting."""


def show(call: Call, record: Record) -> dict[str, Any]:
    """Return a record as the reply contains it, with its embedded relations."""
    tree = None if call.behaviour.include is None else included(call)
    return Presenter(call.behaviours, call.state).show_all((record,), call.collection, tree)[0]


def included(call: Call) -> Tree | None:
    """Return the relations that this call includes. Raises ApiError (BAD_QUERY) for an unknown one."""
    include = call.behaviour.include
    if include is None:
        return None
    # PHP clients may send `include[]=a&include[]=b` instead of `include=a,b`, others `expand[0]=a`.
    spellings = (include.parameter, f"{include.parameter}[]")
    texts: list[Any] = [
        text
        for name, text in call.sent_query
        if name in spellings or (include.lenient and _INDEX.sub("", name) == include.parameter)
    ]
    if include.lenient and isinstance(call.body, dict):
        asked = call.body.get(include.parameter)
        texts += asked if isinstance(asked, list) else [asked]
    names = [name for text in texts for name in split_names(text)]
    return parse_include(names, include) if names else None


def answered(
    call: Call,
    data: Any = NO_VALUE,
    *,
    place: Place = (),
    meta: Mapping[str, Any] | None = None,
    status: int | None = None,
    key: str | None = None,
    whole: bool = False,
) -> Reply:
    """Return a reply, completed if the contract's replies are.

    data: a record, a list of records, or NO_VALUE for none; a completed reply without data is generated.
    place: seed of generated parts; default: the operation and its path. meta: of a list. status: default:
    that of the behaviour, else the documented success. key: of a record that the call created.
    whole: whether the data is the body with its envelope.
    """
    builder, operation, meta = call.builder, call.operation, meta or {}
    status = status or call.behaviour.status
    if builder is None:
        return Reply(None if data is NO_VALUE else data, status=status, meta=meta)
    status = status or operation.success()
    # A list inside a record is found from the top of the body.
    pages_inside = call.behaviour.page is not None and call.behaviour.page.list
    if data is not NO_VALUE and not whole and not pages_inside:
        apart = builder.apart(operation, call.behaviour, status, data, meta=meta)
        if apart is not None:
            headers = builder.headers(
                operation, call.behaviour, status, None, url=call.url, now=call.now, meta=meta, key=key
            )
            return Reply(apart.data, status=status, headers=headers, around=apart.around, is_settled=True)
    place = place or (operation.id, *(f"{name}={text}" for name, text in sorted(call.path.items())))
    body = builder.body(operation, call.behaviour, status, data, place=place, meta=meta, whole=whole)
    is_empty = body is NO_VALUE
    body = None if is_empty else body
    headers = builder.headers(
        operation, call.behaviour, status, body, url=call.url, now=call.now, meta=meta, key=key
    )
    return Reply(body, status=status, literal=not is_empty, headers=headers)


def _shown(
    call: Call, record: Record, *, is_new: bool = False, besides: Mapping[str, Any] | None = None
) -> Reply:
    """A reply with a record. is_new: whether this call created it. besides: members that it lacks."""
    key = record[call.collection.key]
    status = call.behaviour.created_status if is_new and call.builder is not None else None
    place = (call.collection.name, str(key))
    shown = show(call, record)
    # Changed only where that is declared: what is known of this version of the record is found by identity.
    if call.behaviour.binds:
        shown = _with_bound(shown, _shown_bound(call))
    if call.behaviour.fields is not None:
        shown = _with_fields(call, shown)
    if call.behaviour.shows or besides:
        shown = {**(besides or {}), **shown, **call.behaviour.shows}
    return answered(call, shown, place=place, status=status, key=str(key) if is_new else None)


def _with_fields(call: Call, shown: dict[str, Any]) -> dict[str, Any]:
    """A record reduced to the members that the request names, its key, and what the schema requires."""
    asked = call.query.get(call.behaviour.fields or "")
    texts = asked if isinstance(asked, list) else [asked]
    # `owner.login` and `owner(login)` name a part of a member; the whole of it is shown.
    names = {re.split(r"[.(/]", name)[0] for text in texts for name in split_names(text)}
    builder = call.builder
    if builder is None or not names & shown.keys():
        return shown
    kept = names | {call.collection.key} | builder.required_members(call.operation, call.behaviour)
    return {name: value for name, value in shown.items() if name in kept}


def _shown_bound(call: Call) -> dict[str, Any]:
    """The members bound to values of the path that replies show."""
    hidden = call.collection.hidden
    return {
        member: value
        for member, value in bound_members(call).items()
        if member not in hidden and not is_listed(member, call)
    }


def _with_bound(shown: dict[str, Any], bound: Mapping[str, Any]) -> dict[str, Any]:
    """A record of the path's parents: one that has no value in a bound member is shown with the path's."""
    missing = {member: value for member, value in bound.items() if shown.get(member) is None}
    return {**shown, **missing} if missing else shown


def list_(call: Call) -> Reply:
    """Return one page of the collection's records below those in the path, filtered and sorted."""
    presenter, tree = Presenter(call.behaviours, call.state), included(call)
    # What completes replies may use any metadatum of a page; others use what their envelope names.
    page = listed(call, wanted=None if call.builder is not None else call.behaviour.envelope.meta.keys())
    if call.may_stream and tree is None and len(page.records) > _STREAMED:
        streamed = _streamed(call, page)
        if streamed is not None:
            return streamed
    shown = presenter.show_all(page.records, call.collection, tree)
    if call.behaviour.binds:
        bound = _shown_bound(call)
        shown = [_with_bound(record, bound) for record in shown]
    if call.behaviour.fields is not None:
        shown = [_with_fields(call, record) for record in shown]
    return answered(call, shown, meta=page.meta)


def _streamed(call: Call, page: paging.RecordPage) -> Reply | None:
    """A reply whose records are shown while it is sent, all in their state of now; None where they depend on
    the request."""
    behaviour, behaviours, collection = call.behaviour, call.behaviours, call.collection
    if behaviour.binds or behaviour.fields is not None:
        return None
    state = call.state.detached() if behaviours.embedded[collection.name] else call.state

    def show(records: Sequence[Record]) -> list[Any]:
        # One presenter for each part, because it remembers what it has looked at.
        return Presenter(behaviours, state).show_all(records, collection)

    builder = call.builder
    if builder is None:
        return Reply(page.records, status=behaviour.status, meta=page.meta, show=show)
    operation, status = call.operation, behaviour.status or call.operation.success()
    stream = builder.stream(operation, behaviour, status, meta=page.meta)
    if stream is None:
        return None
    headers = builder.headers(
        operation, behaviour, status, None, url=call.url, now=call.now, meta=page.meta, key=None
    )
    return Reply(
        page.records,
        status=status,
        meta=page.meta,
        headers=headers,
        around=stream.around,
        show=lambda records: stream.settle(show(records)),
    )


def listed(call: Call, *, wanted: Set[str] | None = None) -> paging.RecordPage:
    """Return the stored records of the page that list_() returns. Raises ApiError as list_() does.

    wanted: the metadata of the page that are used, None for all.
    """
    behaviour, collection = call.behaviour, call.collection
    records = listing.select_records(
        call.state,
        call.behaviours,
        collection,
        below=_below(call, collection),
        bound=_bound_texts(call) if behaviour.binds else {},
        filters=_filters(call),
        order=listing.sort_order(_requested_order(call), behaviour.order, collection.key),
    )
    records = _searched(_in_list(within_scope(records, collection, call), call), call)
    if behaviour.binds.keys() - behaviour.scope.keys():
        adopt(call)
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
        describes_pages=not _OF_PAGES.isdisjoint(behaviour.envelope.meta),
        wanted=wanted,
    )


def _in_list(records: Sequence[Record], call: Call) -> Sequence[Record]:
    """Those of the records that the one in the path lists, if it lists any of them."""
    keys = memberships.listed_keys(call)
    if keys is None:
        return records
    if isinstance(records, Selection):
        return records.only(keys)
    return [record for record in records if key_of(record, call.collection) in keys]


def _searched(records: Sequence[Record], call: Call) -> Sequence[Record]:
    """Those of the records that satisfy the condition in the body, if the operation reads one."""
    name = call.behaviour.search
    condition = call.body.get(name) if name is not None and isinstance(call.body, dict) else None
    if condition is None:
        return records
    presenter = Presenter(call.behaviours, call.state)

    def holds(record: Record) -> bool:
        return searching.accepts(condition, lambda path: presenter.value(record, call.collection, path))

    return [record for record in records if holds(record)]


def read(call: Call) -> Reply:
    """Return the target record."""
    record = target(call)
    keys = memberships.listed_keys(call)
    if keys is not None and key_of(record, call.collection) not in keys:
        raise not_found(call.collection.called, record[call.collection.key])
    if call.behaviour.each == "all":
        return answered(call, [show(call, record)])
    reply = _shown(call, record)
    has_list = call.behaviour.page is not None and call.behaviour.page.list
    return _page_in(call, reply) if has_list else reply


def count_reads(call: Call) -> None:
    """Count a read of each record in the coming reply, for lifecycles that advance by reads.

    These are the target of a read and the records on the page of a list; included records do not count. A
    list filtered by the running state no longer contains records that this very count ends. Raises ApiError
    as the operation would.
    """
    action = call.behaviour.action
    if action not in ("read", "list") or not lifecycle.counts_reads(call.state, call.collection):
        return
    records = [target(call)] if action == "read" else listed(call).records
    for record in records:
        lifecycle.count_read(call.state, call.collection, record, now=call.now)
    # What was located before has moved.
    call.located = None


def create(call: Call) -> Reply:
    """Create a record from the body, or one from each entry of it, below the records in the path."""
    if call.behaviour.each is None:
        sent = stored_members(call)
        record = add(call, sent)
        known = {**sent, call.collection.key: record[call.collection.key]}
        besides = {} if call.builder is None else call.builder.shown_besides(call.operation, known)
        return _shown(call, record, is_new=True, besides=besides)
    locate(call)  # what the path names must exist also where the list is empty
    sent_records = _sent_record(call)
    bodies = sent_records if isinstance(sent_records, list) else [sent_records]
    created = [add(call, stored_members(call, body)) for body in bodies if isinstance(body, dict)]
    if created and call.behaviour.each == "last":
        return _shown(call, created[-1])
    shown = [show(call, record) for record in created]
    return answered(call, shown, meta={"total": len(shown)})


def copy(call: Call) -> Reply:
    """Create a record with the members of the one in the path, except its key and times, and those sent."""
    collection = call.collection
    own = {collection.key, collection.created, collection.updated}
    members = {name: value for name, value in target(call).items() if name not in own}
    record = add(call, {**members, **stored_members(call)})
    return _shown(call, record, is_new=True)


def add(  # noqa: C901 - one step for each thing that a record may have
    call: Call, sent: Mapping[str, Any], *, path_key: Any = None
) -> Record:
    """Store a new record of the operation's collection and return it.

    sent: its members; those that the server sets are added. path_key: its key if the path names it. Raises
    ApiError: INVALID or NOT_FOUND for a reference to a missing record, CONFLICT with another record or a
    running one, or if no key is left.
    """
    collection = call.collection
    if call.upload is not None:
        sent = _with_upload(call, sent)
    located = locate(call, but=None if path_key is None else collection.name)
    # From the weakest to the strongest: what the path and the server say replaces what was sent.
    record = {**call.behaviour.defaults, **sent}
    if collection.references:
        record |= resolve(sent, collection, behaviours=call.behaviours, state=call.state)
    if collection.parents and call.builder is not None:
        record |= _named_parents(call, sent)
    if collection.ties:
        record |= ties(collection, located, call)
    record |= stamp_created(collection, call.now)
    if call.behaviour.binds:
        record = bind(record, call)
    if call.behaviours.bound_groups[collection.name]:
        note_creation(call, record)
    if call.behaviour.caller:
        caller = call.principal.name if call.principal else ""
        record[call.behaviour.caller] = _principal_id(call.rng, caller)
    if collection.within:
        record |= _own_first_parts(call, record)
    record[collection.key] = path_key if path_key is not None else _key_of(call, record, sent)
    record = placed(record, collection)
    if collection.unique:
        check_unique(record, collection, call.state)
    if collection.lifecycle is not None:
        policy = call.policies.get(collection.storage, lifecycle.DEFAULT_POLICY)
        record |= lifecycle.begin(record, collection, call.state, rng=call.rng, now=call.now, policy=policy)
    if call.builder is not None:
        record = call.builder.new(record, collection, call.operation, call.now)
    call.state.put(collection.storage, key_of(record, collection), record)
    if call.behaviours.counted[collection.name]:
        _count(call.state, call.behaviours, collection, record, 1)
    return record


def _own_first_parts(call: Call, record: Record) -> dict[str, Any]:
    """The first parts of a key that a request does not name: they are those of the caller's own records."""
    parts: dict[str, Any] = {}
    for relation in call.collection.relations.values():
        if relation.by in call.collection.within and record.get(relation.by) is None:
            other = call.behaviours.collections[relation.collection]
            parts[relation.by] = own_record(call, other)[other.key]
    return parts


def _count(
    state: Transaction, behaviours: Behaviours, collection: Collection, record: Record, change: int
) -> None:
    """Change the numbers by which the parents of a record count those below them."""
    for member, parent, counters in behaviours.counted[collection.name]:
        key = record.get(member)
        if key is None:
            continue
        above = state.get(parent.storage, canonical_key(key, parent))
        if above is not None:
            numbers = {counter: max(0, (above.get(counter) or 0) + change) for counter in counters}
            state.put(parent.storage, key_of(above, parent), {**above, **numbers})


def _named_parents(call: Call, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The members that hold the keys of parents which objects of the request name.

    An object names a parent by its member's name (`group: {id}`) or by a `type` (`item: {type: file, id}`).
    """
    from mock_server.sampling.meanings import normalized  # here, since few contracts need it

    collection = call.collection
    named: dict[str, Any] = {}
    for member, name in collection.parents.items():
        parent = call.behaviours.collections[name]
        word = normalized(parent.called)
        for other, value in sent.items() if member not in sent else ():
            key = value.get(parent.key) if isinstance(value, dict) else None
            is_named = key is not None and word in {normalized(other), normalized(str(value.get("type")))}
            if is_named and call.state.get(parent.storage, canonical_key(key, parent)) is not None:
                named[member] = key
    return named


def _with_upload(call: Call, sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members of a request with what describes an uploaded file, and its content."""
    collection, upload = call.collection, call.upload
    if call.builder is None or upload is None:
        return sent
    content = {collection.content: upload.content} if collection.content is not None else {}
    return {**call.builder.of_upload(upload, collection), **sent, **content}


@lru_cache(maxsize=256)
def _principal_id(rng: SeededRandom, name: str) -> str:
    return rng.uuid("principals", name)


def _key_of(call: Call, record: Record, sent: Mapping[str, Any]) -> Any:
    """The key of a new record: the one sent if the operation takes it, else a free one."""
    collection = call.collection
    usual: SentKey = "unique" if collection.ids == "given" else "ignored"
    takes, key = call.behaviour.sent_key or usual, sent.get(call.behaviour.key_from or collection.key)
    is_usable = isinstance(key, str | int | float) and not isinstance(key, bool) and key != ""
    if takes == "ignored" or not is_usable:
        return _free_key(call, record)
    existing = call.state.get(collection.storage, key_of({**record, collection.key: key}, collection))
    if existing is not None and not is_found(existing, call):
        return key
    is_elsewhere = existing is not None and any(
        existing.get(member) != record.get(member) for member in collection.parents
    )
    # A record below another parent is another thing: it is never moved here.
    if takes == "unique" or is_elsewhere:
        refuse_taken(call.state, collection, {**record, collection.key: key})
    return key


def _free_key(call: Call, outer: Mapping[str, Any]) -> Any:
    """A key that no record has. outer: the members that hold the parents' keys.

    Raises ApiError (CONFLICT) if none is left.
    """
    collection, state = call.collection, call.state
    if call.builder is None:
        return new_key(state, call.rng, collection)

    def is_taken(key: Any) -> bool:
        return state.get(collection.storage, storage_key(key, outer, collection)) is not None

    # The first text is the documented example, which other examples refer to.
    first = 1 if collection.ids == "text" else 0
    key = call.builder.keys(collection).free(first + state.next_number(collection.storage), is_taken)
    if key is None:
        message = f"No key is left for another {collection.called.lower()}"
        raise ApiError(ErrorCode.CONFLICT, message=message)
    return key


def merge(call: Call) -> Reply:
    """Change the members of the target that the body contains, by a merge patch or a JSON Patch."""
    before = _found(call)
    if before is None:
        return _created(call)
    if isinstance(call.body, list):
        return _shown(call, _rewrite(call, before, patched(before, call.body), {}))
    return _shown(call, _changed(call, before, _with_upload(call, stored_members(call))))


def change(call: Call, sent: Mapping[str, Any]) -> Record:
    """Change these members of the target and return it. Raises ApiError as add() does."""
    return _changed(call, target(call), sent)


def _changed(call: Call, before: Record, sent: Mapping[str, Any]) -> Record:
    behaviour = call.behaviour
    own = {**behaviour.sets, **{member: to_rfc3339(call.now) for member in behaviour.stamps}}
    record = merged(before, sent) if behaviour.nested else {**before, **sent}
    if call.builder is not None and behaviour.nested:
        record |= _without_emptied(call.builder.maps(call.collection), sent, record)
    return _rewrite(call, before, {**record, **own}, sent)


def _without_emptied(maps: frozenset[str], sent: Mapping[str, Any], record: Record) -> dict[str, Any]:
    """The maps of a record that were sent, without the keys whose sent value is empty: that removes a key.

    An empty text in the place of a map removes all its keys. maps: the members whose keys the client chooses.
    """
    emptied: dict[str, Any] = {name: {} for name, changes in sent.items() if name in maps and changes == ""}
    for name, changes in sent.items():
        if name in maps and isinstance(changes, dict) and isinstance(record[name], dict):
            kept = record[name].items()
            emptied[name] = {key: value for key, value in kept if changes.get(key, value) not in ("", None)}
    return emptied


def replace(call: Call) -> Reply:
    """Replace the target by the body; members set by the server or unknown to the body's schema stay."""
    before, behaviour = _found(call), call.behaviour
    if before is None:
        return _created(call)
    replaceable, collection = behaviour.declared, call.collection
    tied = ties(collection, locate(call), call)
    fixed = {*collection.set_by_server, *collection.private, *behaviour.read_only, *tied}
    unchanged = {
        name: value
        for name, value in before.items()
        if name in fixed or (replaceable is not None and name not in replaceable)
    }
    sent = {**behaviour.defaults, **stored_members(call)}
    return _shown(call, _rewrite(call, before, {**unchanged, **sent}, sent))


def _found(call: Call) -> Record | None:
    """The record that the operation is about, named by the path or by the body; None if it may be missing.

    Raises ApiError (NOT_FOUND) if it may not.
    """
    behaviour = call.behaviour
    if behaviour.target == "body":
        record, key = _named_by_body(call)
        if record is None and behaviour.missing == "not_found":
            raise not_found(call.collection.called, key)
        return record
    try:
        return target(call)
    except ApiError as error:
        if behaviour.missing == "not_found" or error.code is not ErrorCode.NOT_FOUND:
            raise
        return None


def _named_by_body(call: Call) -> tuple[Record | None, Any]:
    """The record whose key is in the body, with this key."""
    collection, body = call.collection, _sent_record(call)
    key = body.get(collection.key) if isinstance(body, dict) else None
    if key is None:
        return None, key
    outer = ties(collection, locate(call), call)
    return call.state.get(collection.storage, storage_key(key, outer, collection)), key


def _created(call: Call) -> Reply:
    """A reply with a new record that a request to change one has created."""
    collection, behaviour = call.collection, call.behaviour
    path_key = None
    if behaviour.target == "path":
        path_key = next(
            call.path[name] for name, other in behaviour.scope.items() if other == collection.name
        )
        if call.builder is not None:
            path_key = call.builder.typed_key(path_key, collection)
            schema = call.builder.key_schema(collection)
            if schema is not None and not call.builder.sampler.holds(schema, path_key):
                raise not_found(collection.called, path_key)
    return _shown(call, add(call, stored_members(call), path_key=path_key), is_new=True)


def delete(call: Call) -> Reply:
    """Delete the target and its children, or all records below those in the path."""
    collection = call.collection
    if call.behaviour.target == "all":
        texts = _bound_texts(call)
        for record in list(call.state.select(collection.storage, _below(call, collection), texts=texts)):
            remove(call.state, call.behaviours, collection, record)
        return answered(call)
    deleted = _found(call)
    if deleted is None:
        return answered(call)
    reply = Reply(status=call.behaviour.status) if call.builder is None else _shown(call, deleted)
    remove(call.state, call.behaviours, collection, deleted)
    if call.builder is not None:
        kept_values.forget_below(call)
    return reply


def remove(state: Transaction, behaviours: Behaviours, collection: Collection, record: Record) -> None:
    """Delete a record and all records that have it as a parent, recursively."""
    key = record[collection.key]
    for other in behaviours.collections.values():
        for member, parent in other.parents.items():
            if parent != collection.name:
                continue
            bound = behaviours.bound[other.name]
            first_parts = {name: record.get(name) for name in collection.within if name in bound}
            for child in list(state.find(other.storage, {**first_parts, member: key})):
                remove(state, behaviours, other, child)
        for relation in other.relations.values():
            is_hidden_list = relation.cardinality == "listed" and relation.by in other.private
            is_in_place = relation.in_place and relation.always
            if (is_in_place or is_hidden_list) and relation.collection == collection.name:
                _forget_key(state, other, relation.by, key)
    _count(state, behaviours, collection, record, -1)
    state.delete(collection.storage, key_of(record, collection))


def _forget_key(state: Transaction, collection: Collection, member: str, key: Any) -> None:
    """Remove the key of a deleted record from the members of other records that show it."""
    texts: dict[tuple[str, Kind], frozenset[str]] = {(member, "entries"): frozenset({query_text(key)})}
    for record in list(state.select(collection.storage, texts=texts)):
        value = record[member]
        kept = {name: other for name, other in record.items() if name != member}
        if isinstance(value, list):
            kept[member] = [entry for entry in value if query_text(entry) != query_text(key)]
        state.put(collection.storage, key_of(record, collection), kept)


def transition(call: Call) -> Reply:
    """End a running record: the one in the path or, without one, the running one below those in the path.

    Raises ApiError (CONFLICT) if none is running.
    """
    collection, located = call.collection, locate(call)
    record = located.get(collection.name)
    if record is None:
        record = lifecycle.running(call.state, collection, ties(collection, located, call))
    if record is None:
        raise ApiError(ErrorCode.CONFLICT, message=f"No {collection.called.lower()} is running")
    ended = lifecycle.stop(record, collection, call.behaviour.to or "", now=call.now)
    call.state.put(collection.storage, key_of(ended, collection), ended)
    return _shown(call, ended)


def attach(call: Call) -> Reply:
    """Put the records that the request names into the list of the one in the path."""
    return _with_list(call, memberships.attach(call, _sent_keys(call)))


def detach(call: Call) -> Reply:
    """Take the records that the request names out of the list of the one in the path."""
    return _with_list(call, memberships.detach(call, _sent_keys(call)))


def _sent_keys(call: Call) -> Any:
    """The value of the body with the keys of records, None where the path has the key."""
    body = _sent_record(call)
    return body.get(call.behaviour.key_from) if isinstance(body, dict) else None


def _with_list(call: Call, changed: list[Record]) -> Reply:
    """A reply with the record that the operation shows: the one in the list, or the one with the list."""
    if call.behaviour.collection is None or not changed:
        return answered(call)
    holder = locate(call).get(call.collection.name)
    is_holder = call.behaviour.collection == call.behaviour.scope[next(iter(call.behaviour.through))]
    return _shown(call, holder if is_holder and holder is not None else changed[0])


def download(call: Call) -> Reply:
    """Return the content that was written to this address or uploaded to the record, else a generated one."""
    content = kept_values.read(call, refused=False)
    if content is None:
        content = target(call).get(call.collection.content or "")
    return answered(call, NO_VALUE if content is None else content, whole=True)


def keep(call: Call) -> Reply:
    """Return the value that was last written to this address, else a generated one; write or delete it."""
    locate(call)
    refuse_unknown(call)
    method = call.operation.method
    if method == "DELETE":
        kept_values.forget(call)
        return answered(call)
    if method in {"PUT", "PATCH"}:
        value = kept_values.write(call, call.body)
        return answered(call, NO_VALUE if value is None else value, whole=True)
    value = kept_values.read(call, refused=call.behaviour.missing == "not_found")
    if value is None:
        return _page_in(call, _generated(call))
    if isinstance(value, dict):
        value = {**{member: call.path[name] for name, member in call.behaviour.binds.items()}, **value}
    return _page_in(call, answered(call, value, whole=True))


def _generated(call: Call, echoed: Mapping[str, Any] | None = None) -> Reply:
    """A generated answer that shows the values of the path. echoed: members of the request to repeat."""
    builder, value = call.builder, NO_VALUE
    if builder is not None and echoed is not None:
        value = builder.fresh(call.operation, echoed, call.now)
    reply = answered(call, value, whole=value is not NO_VALUE)
    if not isinstance(reply.data, dict):
        return reply
    known = {} if echoed is None else {name: value for name, value in echoed.items() if name in reply.data}
    for parameter, member in call.behaviour.binds.items():
        value = call.path[parameter]
        known[member] = str(value) if isinstance(reply.data.get(member), str) else value
    if all(name in reply.data and reply.data[name] == value for name, value in known.items()):
        return reply
    return answered(call, {**reply.data, **known}, whole=True)


def _page_in(call: Call, reply: Reply) -> Reply:
    """The requested page of a list in a reply; other replies unchanged. Raises ApiError (INVALID)."""
    builder, envelope, page = call.builder, call.behaviour.envelope, call.behaviour.page
    if builder is None or (page is None and not envelope.meta):
        return reply
    place = (page.list if page is not None else "") or envelope.data or ""
    values = reply.data
    for name in place.split(".") if place else ():
        values = values.get(name) if isinstance(values, dict) else None
    if not isinstance(values, list):
        return reply
    cut = paging.page_of(
        values,
        page,
        call.query,
        None,
        url=call.url,
        sent=call.sent_query,
        describes_pages=not _OF_PAGES.isdisjoint(envelope.meta),
    )
    status = reply.status or call.operation.success()
    body = builder.with_page(call.operation, envelope, status, reply.data, place, cut)
    headers = builder.headers(
        call.operation, call.behaviour, status, body, url=call.url, now=call.now, meta=cut.meta, key=None
    )
    return dataclasses.replace(reply, data=body, headers=headers)


def echo(call: Call) -> Reply:
    """Return a generated answer that repeats the members of the request with equal names."""
    locate(call)
    refuse_unknown(call)
    return _generated(call, call.body if isinstance(call.body, dict) else None)


def _sent_record(call: Call) -> Any:
    """The record in the body: the body itself, or the member that contains it."""
    name = call.behaviour.record
    if name is None or not isinstance(call.body, dict):
        return call.body
    return call.body.get(name, call.body)


def stored_members(call: Call, body: Any = None) -> dict[str, Any]:
    """Return the members of a record in a request that are stored; none if it is not an object.

    Never the schedule of a collection with a lifecycle, which only the server sets. body: the record;
    default: the one that the body of the request contains.
    """
    behaviour = call.behaviour
    body = _sent_record(call) if body is None else body
    sent = body if isinstance(body, dict) else {}
    if behaviour.query_members:
        sent = {**call.query, **sent}
    not_stored = behaviour.read_only
    if behaviour.include is not None and behaviour.include.lenient:
        not_stored |= {behaviour.include.parameter}
    if not_stored:
        sent = {name: value for name, value in sent.items() if name not in not_stored}
    allowed = behaviour.members
    if call.builder is not None:
        collection = call.collection
        sent = _with_keys(call, call.builder, call.builder.spelled(sent, collection))
        allowed = allowed and frozenset(call.builder.spelled(dict.fromkeys(allowed), collection))
    if allowed is None:
        members = dict(sent)
    else:
        members = {name: value for name, value in sent.items() if name in allowed}
    if call.collection.lifecycle is not None:
        members.pop(SCHEDULE, None)
    if call.collection.places:
        members |= keys_in_places(members, call.collection)
    return members


def _with_keys(call: Call, builder: ResponseBuilder, sent: dict[str, Any]) -> dict[str, Any]:
    """The members of a request as a record stores them.

    Those that name existing records have the keys of these; others that replies show as objects are objects.
    """
    collection = call.collection
    keys: dict[str, Any] = {}
    for relation in collection.relations.values():
        if relation.in_place and relation.by in sent:
            other = call.behaviours.collections[relation.collection]
            keys[relation.by] = _key_in(sent[relation.by], other, call.state)
    if not keys:
        return builder.as_objects(sent, collection)
    unknown = {name: value for name, value in sent.items() if name not in keys or keys[name] is None}
    known = {name: key for name, key in keys.items() if key is not None}
    objects = builder.as_objects(unknown, collection)
    for relation in collection.relations.values():
        other = call.behaviours.collections[relation.collection]
        # A key without a record stays one: replies show it as an object, and filters find it.
        if relation.in_place and objects.get(relation.by) == {other.key: unknown.get(relation.by)}:
            objects[relation.by] = unknown[relation.by]
    return {**objects, **known}


def _key_in(value: Any, other: Collection, state: Transaction) -> Any:
    """The key of the existing record that a value names, or those that the entries of a list name.

    None if there is no such record. A value names a record by its key or slug, or as an object with its key.
    """
    if isinstance(value, list):
        keys = [_key_in(entry, other, state) for entry in value]
        return None if None in keys else keys
    key = value.get(other.key) if isinstance(value, dict) else value
    if not isinstance(key, str | int) or isinstance(key, bool):
        return None
    record = state.get(other.storage, canonical_key(key, other))
    if record is None and not isinstance(value, dict):
        named = state.select(other.storage, texts={("slug", "text"): {query_text(value)}})
        record = next(iter(named), None)
    return None if record is None else record[other.key]


ACTIONS: Mapping[Action, Callable[[Call], Reply]] = {
    "list": list_,
    "read": read,
    "create": create,
    "merge": merge,
    "replace": replace,
    "delete": delete,
    "transition": transition,
    "copy": copy,
    "attach": attach,
    "detach": detach,
    "download": download,
    "keep": keep,
    "echo": echo,
}


def _rewrite(call: Call, before: Record, changed: Record, sent: Mapping[str, Any]) -> Record:
    """Store a changed record. before: its members so far. sent: those of the request, which may refer to
    other records."""
    collection = call.collection
    resolved: dict[str, Any] = {}
    if collection.references:
        resolved = resolve(sent, collection, behaviours=call.behaviours, state=call.state)
    tied = ties(collection, locate(call), call) if collection.ties else {}
    fixed = {name: before[name] for name in (*collection.set_by_server, *tied) if name in before}
    # What the server sets comes last, so that no request overwrites it.
    record = {**changed, **resolved, **fixed, **stamp_updated(before, collection, call.now)}
    if call.behaviour.binds:
        record = bind(record, call)
    if collection.unique:
        check_unique(record, collection, call.state)
    return _put(call, placed(record, collection))


def _put(call: Call, record: Record) -> Record:
    """Store a record, completed if the contract's records are, and return it."""
    collection = call.collection
    if call.builder is not None:
        record = call.builder.whole(record, collection, record[collection.key])
    call.state.put(collection.storage, key_of(record, collection), record)
    return record


def _below(call: Call, collection: Collection) -> dict[str, Any]:
    """The members that all records below those in the path have in common."""
    if not collection.parents:
        return {}
    tied = ties(collection, locate(call), call)
    return {member: key for member, key in tied.items() if member in collection.parents}


def _bound_texts(call: Call) -> dict[tuple[str, Kind], frozenset[str]]:
    """The texts that the members bound to values of the path may have.

    That of the value, or of none where records without a parent are found below the path.
    """
    behaviour = call.behaviour
    keys = {member for parameter, member in behaviour.binds.items() if parameter in behaviour.scope}
    has_parents = len(keys) < len(behaviour.binds)
    of_none = ("null",) if has_parents and shows_unbound(call) else ()
    texts: dict[tuple[str, Kind], frozenset[str]] = {}
    for member, value in bound_members(call).items():
        texts[member, "entries"] = frozenset({query_text(value), *(() if member in keys else of_none)})
    return texts


def refuse_taken(state: Transaction, collection: Collection, record: Record) -> None:
    """Raise ApiError (CONFLICT) if the key of this new record exists already."""
    if state.get(collection.storage, key_of(record, collection)) is not None:
        message = f"A {collection.called.lower()} {record[collection.key]!r} already exists"
        raise ApiError(ErrorCode.CONFLICT, message=message)


def _requested_order(call: Call) -> tuple[tuple[str, bool], ...]:
    """The members that the call wants to sort by. Raises ApiError (BAD_QUERY) for an unknown one."""
    sort, page = call.behaviour.sort, call.behaviour.page
    # A cursor is a position in the list's own order.
    if sort is None or (page is not None and page.mode == "cursor"):
        return ()
    if sort.parameter not in call.query:
        return ()
    direction = call.query.get(sort.direction) if sort.direction else None
    descending = str(direction).lower().startswith("desc")
    return listing.requested_order(call.query.get(sort.parameter), sort, descending=descending)


def _filters(call: Call) -> list[tuple[Filter, Any]]:
    """Declared filters with their requested values. Raises ApiError (BAD_QUERY) for an unknown filter."""
    declared = call.behaviour.filters
    if not declared:
        return []
    # Only names such as `filter[x]` are recognisable as filters; other unknown parameters are ignored.
    unknown = [name for name, _ in call.sent_query if "[" in name and name not in declared]
    if unknown:
        prefixes = {name.partition("[")[0] for name in declared if "[" in name}
        unknown = [name for name in unknown if name.partition("[")[0] in prefixes]
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
