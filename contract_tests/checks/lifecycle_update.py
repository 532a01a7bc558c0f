"""An update changes what was sent, leaves the rest, and shows in every read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from contract_tests.checks.lib.records import (
    LONGER_THAN_A_SECOND,
    READING,
    differences,
    echoed_members,
    fixed_members,
    hold,
    hold_steady,
    holds_all_of,
    in_short,
    is_changed_at,
    is_envelope,
    is_made_at,
    is_marked,
    is_servers_own,
    may_be_hidden,
    member_cites,
    reading_of_a_file,
    record_of,
    reread,
    same,
    says_state,
    shown_cites,
    shown_members,
    stating_facts,
)
from contract_tests.checks.lib.values import NoOtherError, free_objects, has_other_value, other_value
from contract_tests.checks.lifecycle import checked_times, made
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.evidence.levels import carrying, is_place
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion, Requirement
from contract_tests.session.context import Allowed
from contract_tests.session.session import IF_MATCH, SUCCESS, Created, Session
from contract_tests.verdicts import Inconclusive, Skipped

_REFUSED = frozenset({400, 409, 422})
"""Refusals of a body, which may be due to a value that was made up."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What an update owes, per kind of thing that can be created and updated."""
    build = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    for resource in resources_of(contract).all:
        if resource.create is not None and resource.update is not None and resource.update.body is not None:
            yield from _of_members(build, resource, resource.update)
            yield from _of_the_whole(build, resource, resource.update)
            for other in _other_updates(contract, resource):
                yield from _of_members(build, replace(resource, update=other), other)


def _other_updates(contract: Contract, resource: Resource) -> list[Operation]:
    """The PATCH beside a PUT, or the PUT beside a PATCH."""
    return [
        operation
        for operation in contract.operations.values()
        if operation.method in ("PUT", "PATCH")
        and operation.place == resource.item
        and operation not in (resource.update, resource.create)
        and operation.body is not None
    ]


def _of_members(build: RequirementBuilder, resource: Resource, update: Operation) -> Iterator[Requirement]:
    assert update.body is not None  # noqa: S101 - only such operations come here
    echoed = echoed_members(update, resource)
    for name, schema in update.body.schema.properties.items():
        is_fixed = is_marked(schema, "readOnly") or _names_the_record(name, resource, update)
        if is_fixed or is_envelope(name, schema) or not has_other_value(update, name):
            continue
        cites = member_cites(build, update, name)
        title = f"{update.id} changes {name} alone and leaves the rest"
        check = partial(changes, resource=resource, names=[name])
        own = READING if is_servers_own(update, name, schema, resource) else ()
        shown = (*shown_cites(build, update, resource, name), *own)
        yield build(
            update,
            f"changes.{name}",
            title=title,
            cites=cites,
            besides=shown,
            check=check,
            also=_agreements(build, resource, update) if name in echoed else (),
        )
        if name in echoed and "null" in schema.types and _may_be_shown_as_null(resource, update, name):
            title = f"{update.id} clears {name} when it is sent null"
            # Many generators write null for what may be left out, and many servers take it for that.
            meant = READING if all(is_place(cite, build.contract) for cite in cites) else ()
            yield build(
                update,
                f"clears.{name}",
                title=title,
                cites=cites,
                besides=(*shown, *meant),
                check=partial(clears, resource=resource, name=name),
            )
    for name in free_objects(update):
        if name in echoed:
            title = f"{update.id} puts a new {name} in place of the old one"
            check = partial(replaces, resource=resource, name=name)
            yield build(
                update, f"replaces.{name}", title=title, cites=member_cites(build, update, name), check=check
            )


def _may_be_shown_as_null(resource: Resource, update: Operation, name: str) -> bool:
    """Whether the document lets a thing show null for a member: else null may stand for leaving it out."""
    answers = [shown_members(each, resource).get(name) for each in (update, resource.read)]
    return all(not shown.types or "null" in shown.types for shown in answers if shown is not None)


def _agreements(build: RequirementBuilder, resource: Resource, update: Operation) -> list[Assertion]:
    """What a server's own answers have to agree on, whatever documents say of their members."""
    facts = _facts(build, update)
    agreed = [
        Assertion(f"reads show what the answer to {update.id} showed", facts),
        Assertion(f"{update.id} sets what a creation with the same value is seen to set", facts),
    ]
    if resource.list is not None and resource.read is not None:
        what = f"{resource.list.id} does not go on to show what {resource.read.id} showed before"
        agreed.append(Assertion(what, _facts(build, resource.list)))
    return agreed


def _facts(build: RequirementBuilder, operation: Operation) -> tuple[str, ...]:
    return carrying(facts_of(operation.cites, build.citations), build.citations, build.contract)


def _names_the_record(name: str, resource: Resource, update: Operation) -> bool:
    """Whether a member is the record's id, or what the path calls it by: changing it may rename the record,
    or be ignored, and no document says which."""
    return name == resource.id_member or update.path.endswith(f"{{{name}}}")


def _of_the_whole(build: RequirementBuilder, resource: Resource, update: Operation) -> Iterator[Requirement]:
    assert update.body is not None  # noqa: S101
    names = [
        name
        for name, schema in echoed_members(update, resource).items()
        if not _names_the_record(name, resource, update)
        and not is_servers_own(update, name, schema, resource)
    ]
    cites = update.cites
    if len(names) > 1:
        title = f"{update.id} changes several members at once"
        left_open = [cite for name in names for cite in member_cites(build, update, name)]
        check = partial(changes, resource=resource, names=names)
        yield build(update, "changes-several", title=title, cites=left_open, check=check)
    own = [cite for cite in ("HTTP-40",) if cite in build.citations]
    title = f"{update.id} never changes the id, the parents and the time of creation"
    yield build(
        update, "keeps-fixed", title=title, cites=own or cites, check=partial(keeps_fixed, resource=resource)
    )
    shown = shown_members(resource.read, resource)
    times = [name for name, schema in shown.items() if is_changed_at(name, schema)]
    if times:
        title = f"{update.id} moves the time of change"
        of_times = [cite for name in times for cite in shown_cites(build, update, resource, name)]
        check = partial(moves_time, resource=resource)
        moved = [*cites, *of_times]
        yield build(update, "moves-time", title=title, cites=moved, besides=READING, check=check, waits=True)
    if is_partial(resource) and update.body is not None:
        title = f"{update.id} needs none of the members that it does not require"
        stated = facts_of(update.body.cites, build.citations)
        # A file of an API often does not say which members its server wants.
        may_need_more = reading_of_a_file(stated, build.contract)
        check = partial(needs_no_more, resource=resource)
        yield build(update, "required-only", title=title, cites=stated, besides=may_need_more, check=check)
    if "412" in update.responses and update.parameter(IF_MATCH, "header") is not None:
        title = f"{update.id} refuses the entity tag of an earlier state"
        check = partial(refuses_stale, resource=resource)
        yield build(update, "stale", title=title, cites=update.responses["412"].cites, check=check)
    title = f"{update.id} with nothing to change changes nothing"
    yield build(
        update, "changes-nothing", title=title, cites=cites, check=partial(changes_nothing, resource=resource)
    )


def changes(session: Session, resource: Resource, names: list[str]) -> None:
    """Members sent are shown by the answer and by later reads; what the client set before, and what never
    changes, stays.
    """
    update = _update(resource)
    sent, created = made(session, resource)
    before = reread(session, created)[1]
    exchange, change = _changed(session, resource, created, sent, names=names, before=before)
    echoed = echoed_members(update, resource)
    shown = [name for name in names if name in echoed]
    answer = record_of(exchange, resource)
    after = reread(session, created)
    _kept_as_answered(session, update, change, [before, answer, after[1]], after[0])
    _set_as_by_creation(session, resource, {name: change[name] for name in shown if name in change}, after)
    if isinstance(answer, Mapping):
        hold(
            session,
            change,
            (exchange, answer),
            [name for name in shown if name in answer],
            what="as it was sent",
        )
    hold(session, change, after, [name for name in shown if name in change], what="as the update set it")
    if isinstance(answer, Mapping):
        hold_steady(
            session,
            resource,
            answer,
            after,
            partial(reread, session, created),
            what="as the answer to the update showed it",
            sent=change,
        )
    rest = [name for name in _kept(resource, sent) if name not in change]
    if isinstance(before, Mapping):
        hold_unsent(session, resource, before, after, rest, what="as before the update")
    checked_times(session, resource, *after)
    _listed_alike(session, created, change, shown, before=before, after=after[1])


def _kept_as_answered(
    session: Session, update: Operation, change: Mapping[str, Any], seen: list[Any], exchange: Exchange | None
) -> None:
    """A read does not show what was before while the answer to the update showed the change.

    seen: what the read before, the answer and the read afterwards showed.
    """
    before, answer, after = (each if isinstance(each, Mapping) else {} for each in seen)
    for name, value in change.items():
        is_old = name in before and same(after.get(name), before[name]) and not same(before[name], value)
        if is_old and name in answer and same(answer[name], value):
            session.broken(
                expected=f"{name} {in_short(value)}, as the answer to the update showed it",
                received=f"{in_short(after[name])}, as before the update",
                exchange=exchange,
                because=facts_of(update.cites, session.citations),
            )


def _set_as_by_creation(
    session: Session, resource: Resource, change: Mapping[str, Any], after: tuple[Exchange | None, Any]
) -> None:
    """A member does not show another value than an update sent, while a creation that sends the same value
    shows it: then the server itself says what the member holds, whatever documents say of its answers.

    Nothing where only the file of an API speaks: an update may pass over what a creation alone can set.
    Nothing where an object was merged or a list appended to, either: no document forbids that.
    """
    update, create = _update(resource), resource.create
    facts = stating_facts(session, update)
    record = after[1] if isinstance(after[1], Mapping) else {}
    differing = [
        name
        for name, _, _ in differences(change, record, change)
        if name in record and not _is_merged(change[name], record[name])
    ]
    members = create.body.schema.properties if create is not None and create.body is not None else {}
    for name in differing if facts else ():
        if create is None or name not in members or is_servers_own(create, name, members[name], resource):
            continue
        if holds_all_of(change[name], record[name]):
            continue
        path = session.subject(create.id)
        body = {**session.valid.body(create), name: change[name]}
        exchange = session.call(create.id, path=path, body=body)
        shown = reread(session, session.created(resource, exchange, path))[1] if exchange.ok else None
        if isinstance(shown, Mapping) and same(shown.get(name), change[name]):
            session.broken(
                expected=f"{name} {in_short(change[name])}, which {create.id} sets and shows",
                received=f"{in_short(record[name])} after {update.id}",
                exchange=after[0],
                because=facts,
            )


def _is_merged(sent: Any, shown: Any) -> bool:
    """Whether an object or array shows all that was sent beside what it held before: whether an update merges
    or replaces is a reading, of which `replaces` speaks."""
    if isinstance(sent, Mapping) and isinstance(shown, Mapping):
        return all(name in shown and same(shown[name], value) for name, value in sent.items())
    if isinstance(sent, list) and isinstance(shown, list):
        return all(value in shown for value in sent)
    return False


def moves_time(session: Session, resource: Resource) -> None:
    """The time of change never goes back, is a later one once more than a second has passed, and stays where
    nothing but a read came between."""
    update = _update(resource)
    sent, created = made(session, resource)
    names = [name for name in echoed_members(update, resource) if name in sent]
    first = _time_of_change(session, resource, created)
    if first is None:
        raise Skipped(f"{resource.name} shows no time of change")
    session.context.sleep(LONGER_THAN_A_SECOND)
    seen, record = reread(session, created)
    if checked_times(session, resource, seen, record)[1] != first:
        _stays_when_read(session, resource, created)
    change = _changed(session, resource, created, sent, names=names, before=record)[1]
    later = _time_of_change(session, resource, created)
    if later is None or later > first:
        return
    session.broken(
        expected=f"a time of change after {first.isoformat()}, since {' and '.join(change)} changed",
        received=later.isoformat(),
        exchange=session.exchanges[-1],
    )


def _stays_when_read(session: Session, resource: Resource, created: Created) -> None:
    """A time of change that moved after the creation does not go on moving with each read: a server may have
    been busy with a new thing."""
    moments = [_time_of_change(session, resource, created)]
    for _ in range(2):
        session.context.sleep(LONGER_THAN_A_SECOND)
        moments.append(_time_of_change(session, resource, created))
    if len(set(moments)) == len(moments):
        session.broken(
            expected=f"a time of change that stays {moments[0].isoformat()} while nothing is changed",
            received=moments[-1].isoformat(),
            exchange=session.exchanges[-1],
        )


def _time_of_change(session: Session, resource: Resource, created: Created) -> Any:
    return checked_times(session, resource, *reread(session, created))[1]


def clears(session: Session, resource: Resource, name: str) -> None:
    """Null in the place of a nullable member empties it."""
    update = _update(resource)
    sent, created = made(session, resource)
    if sent.get(name) is None:
        _fill(session, created, sent, name)
    emptied = update_body(session, created, sent, {name: None})
    exchange = session.call(update.id, path=created.path, body=emptied)
    session.expect(
        exchange, _statuses_of_update(session, update), what=f"for a null {name}, which is documented"
    )
    seen, record = reread(session, created)
    if isinstance(record, Mapping) and record.get(name) is not None:
        session.broken(
            expected=f"no {name} after null was sent", received=in_short(record[name]), exchange=seen
        )


def _fill(session: Session, created: Created, sent: Mapping[str, Any], name: str) -> None:
    """Give a member a value: one that the document shows, or that another thing of the list has. Raises
    Skipped where none is taken."""
    resource = created.resource
    update = _update(resource)
    values: list[Any] = []
    with suppress(NoOtherError):
        values.append(other_value(session.unique, update, name, None))
    others = session.walk(resource, path=created.path) if resource.list is not None else []
    held = [each[name] for each in others if isinstance(each, Mapping) and each.get(name) is not None]
    for value in (*values, *held[:1]):
        body = update_body(session, created, sent, {name: value})
        if session.call(update.id, path=created.path, body=body).ok:
            return
    raise Skipped(f"no value of {name} is known that {update.id} takes")


def replaces(session: Session, resource: Resource, name: str) -> None:
    """A member that is an object holds, after an update, what the update sent and nothing of what it held
    before.
    """
    update = _update(resource)
    sent, created = made(session, resource)
    first = {name: {"before": "x", "both": 1, "list": ["a", "b"]}}
    if not session.call(update.id, path=created.path, body=update_body(session, created, sent, first)).ok:
        raise Skipped(f"{update.id} takes no {name} of a form of its own")
    second = {name: {"both": 2, "after": ["y"], "list": ["c"]}}
    body = update_body(session, created, sent, second)
    session.control(session.call(update.id, path=created.path, body=body))
    seen, record = reread(session, created)
    shown = record.get(name) if isinstance(record, Mapping) else None
    kept = [each for each in ("a", "b") if isinstance(shown, Mapping) and each in str(shown.get("list"))]
    if isinstance(shown, Mapping) and ("before" in shown or kept):
        session.broken(
            expected=f"{name} {in_short(second[name])} and nothing of what it held before",
            received=in_short(shown),
            exchange=seen,
        )
    hold(session, second, (seen, record), [name], what="as the update set it")


def keeps_fixed(session: Session, resource: Resource) -> None:
    """Sending an id, a parent or a time of creation has no effect on them."""
    update = _update(resource)
    sent, created = made(session, resource)
    before = reread(session, created)[1]
    if not isinstance(before, Mapping):
        raise Inconclusive(f"{resource.name} {created.id} is not an object")
    fixed = [name for name in fixed_members(resource) if name in before]
    shown = shown_members(resource.create, resource)
    named = resource.id_member
    other = {
        name: "2001-02-03T04:05:06Z" if is_made_at(name, shown[name]) else _another(before[name])
        for name in fixed
    }
    session.call(update.id, path=created.path, body=update_body(session, created, sent, other))
    after = reread(session, created)
    hold(session, before, after, [*fixed, *((named,) if named in before else ())], what="as it was made with")


def changes_nothing(session: Session, resource: Resource) -> None:
    """An empty update, where it is accepted, leaves all the client set as it is."""
    update = _update(resource)
    sent, created = made(session, resource)
    before = reread(session, created)[1]
    exchange = session.call(update.id, path=created.path, body=update_body(session, created, sent, {}))
    if exchange.ok and isinstance(before, Mapping):
        kept = _kept(resource, sent)
        hold_unsent(session, resource, before, reread(session, created), kept, what="as before")


def refuses_stale(session: Session, resource: Resource) -> None:
    """An update with the entity tag from before another update is refused with 412 (RFC 9110, section
    13.1.1), and changes nothing."""
    update, read = _update(resource), resource.read
    if read is None:
        raise Skipped(f"{resource.name} shows no entity tag")
    sent, created = made(session, resource)
    tag = session.control(session.call(read.id, path=created.path)).headers.get("etag")
    if tag is None:
        raise Skipped(f"{read.id} shows no entity tag")
    names = [name for name in echoed_members(update, resource) if name in sent]
    session.control(_updated(session, created, sent, names, tag))
    exchange = _updated(session, created, sent, names, tag)
    session.expect(exchange, 412, what="for the entity tag of an earlier state")


def _updated(
    session: Session, created: Created, sent: Mapping[str, Any], names: list[str], tag: str
) -> Exchange:
    """The answer to an update to other values of some members under an entity tag."""
    update = _update(created.resource)
    change = other_values(session, update, names, sent, reread(session, created)[1])
    body = update_body(session, created, sent, change)
    return session.call(update.id, path=created.path, body=body, headers={IF_MATCH: tag})


def needs_no_more(session: Session, resource: Resource) -> None:
    """An update that names one member is taken, where it is taken together with all the others."""
    update = _update(resource)
    sent, created = made(session, resource)
    members = update.body.schema.properties if update.body else {}
    before = reread(session, created)[1]
    name, value = next(iter(other_values(session, update, list(members), sent, before).items()))
    exchange = session.call(update.id, path=created.path, body={name: value})
    if exchange.ok:
        return
    whole = {each: held for each, held in sent.items() if each in members}
    session.control(session.call(update.id, path=created.path, body={**whole, name: value}))
    session.expect(exchange, SUCCESS, what=f"for {name} alone, since no other member is required")


def hold_unsent(
    session: Session,
    resource: Resource,
    before: Mapping[str, Any],
    after: tuple[Exchange | None, Any],
    names: list[str],
    *,
    what: str,
) -> None:
    """Members that an update did not send are as before.

    That a PUT leaves them is a reading, and it may empty those that may be null (RFC 9110 section 9.3.4).
    """
    update, record = _update(resource), after[1] if isinstance(after[1], Mapping) else {}
    is_put = update.method == "PUT"
    emptied = [name for name in names if is_put and record.get(name) is None and _is_nullable(update, name)]
    hold(
        session,
        before,
        after,
        [name for name in names if name in before and name not in emptied],
        what=what,
        readings=session.context.accepted("update", update)[1] if is_put else (),
    )


def _is_nullable(update: Operation, name: str) -> bool:
    member = update.body.schema.properties.get(name) if update.body else None
    return member is not None and "null" in member.types


def is_partial(resource: Resource) -> bool:
    """Whether an update leaves out what stays: a PATCH does, and a PUT none of whose members is required
    although creation requires some, since a replacement could then leave a thing without them.
    """
    update, create = _update(resource), resource.create
    owed = update.body.schema.flat.get("required") if update.body else None
    needed = create.body.schema.flat.get("required") if create is not None and create.body else None
    return update.method == "PATCH" or (not owed and bool(needed))


def update_body(
    session: Session, created: Created, sent: Mapping[str, Any], change: Mapping[str, Any]
) -> dict[str, Any]:
    """What an update sends: the change alone for an update in part, else all that the client set, with the
    change in it, and the id where the body has a member for it: some servers compare it with the path's.
    """
    resource = created.resource
    if is_partial(resource):
        return dict(change)
    update = _update(resource)
    members = update.body.schema.properties if update.body else {}
    whole = {name: value for name, value in sent.items() if name in members}
    owed = session.valid.body(update) or {}
    named = members.get(resource.id_member)
    # A path may name a thing by another member than its id, such as a user by the name.
    shown = created.record.get(resource.id_member) if isinstance(created.record, Mapping) else None
    own_id = created.id if shown is None else shown
    is_sent = named is not None and not is_marked(named, "readOnly") and named.accepts(own_id)
    own = {resource.id_member: own_id} if is_sent else {}
    return {**{name: value for name, value in owed.items() if name not in whole}, **own, **whole, **change}


def other_values(
    session: Session, update: Operation, names: list[str], sent: Mapping[str, Any], before: Any
) -> dict[str, Any]:
    """Another value for each member for which one is known. Raises Skipped when there is none for any."""
    held = before if isinstance(before, Mapping) else {}
    found: dict[str, Any] = {}
    for name in names:
        try:
            found[name] = other_value(session.unique, update, name, held.get(name, sent.get(name)))
        except NoOtherError:
            continue
    if not found:
        raise Skipped(f"no other value of {' and '.join(names)} is known")
    return found


def _changed(
    session: Session,
    resource: Resource,
    created: Created,
    sent: Mapping[str, Any],
    *,
    names: list[str],
    before: Any,
) -> tuple[Exchange, dict[str, Any]]:
    """The answer to an update of members to other values, and these values. Of several members those that are
    refused alone are left out. Raises Inconclusive where all are refused, since the values are made up.
    """
    update = _update(resource)

    def send(change: Mapping[str, Any]) -> Exchange:
        return session.call(update.id, path=created.path, body=update_body(session, created, sent, change))

    change = other_values(session, update, names, sent, before)
    exchange = send(change)
    if exchange.status in _REFUSED and len(change) > 1:
        taken = [name for name, value in change.items() if send({name: value}).status not in _REFUSED]
        if taken:
            change = other_values(session, update, taken, sent, reread(session, created)[1])
            exchange = send(change)
    if exchange.status in _REFUSED:
        raise Inconclusive(f"{update.id} takes no {' and '.join(change)} such as {in_short(dict(change))}")
    what = f"for another {' and '.join(change)}"
    return session.expect(exchange, _statuses_of_update(session, update), what=what), change


def _statuses_of_update(session: Session, update: Operation) -> Allowed | None:
    """What may answer an update: what decisions say, and each documented success, such as a 201 of a PUT."""
    allowed = session.context.allowed(update, "update")
    return None if allowed is None else allowed.with_statuses(update.successes)


def _kept(resource: Resource, sent: Mapping[str, Any]) -> list[str]:
    """The members an update that does not name them leaves: what the client set, and what never changes."""
    echoed = echoed_members(resource.create, resource) if resource.create else {}
    return [*fixed_members(resource), *(name for name in echoed if name in sent)]


def _listed_alike(
    session: Session,
    created: Created,
    change: Mapping[str, Any],
    names: list[str],
    *,
    before: Any,
    after: Any,
) -> None:
    """The list shows the change as well. before, after: what reads showed before and after the update."""
    resource = created.resource
    if resource.list is None or resource.read is None:
        return
    found = session.find(created)
    if found is None:
        missed = session.exchanges[-1]
        session.broken(
            expected=f"{resource.name} {created.id} in its list after an update",
            received="a list without it",
            exchange=missed,
            readings=READING if _may_hide(resource, change) or may_be_hidden(session, created) else (),
        )
    listed = [name for name in names if name in change and name in found]
    earlier, later = (each if isinstance(each, Mapping) else {} for each in (before, after))
    for name in listed:
        is_stale = same(found[name], earlier.get(name)) and not same(found[name], change[name])
        if is_stale and name in earlier and same(later.get(name), change[name]):
            session.broken(
                expected=f"{name} {in_short(change[name])} in the list, as the read shows it",
                received=f"{in_short(found[name])}, as before the update",
                exchange=session.exchanges[-1],
                because=facts_of(resource.list.cites, session.citations),
            )
    hold(session, change, (session.exchanges[-1], found), listed, what="in the list, as the update set it")


def _may_hide(resource: Resource, change: Mapping[str, Any]) -> bool:
    """Whether a change may have brought a thing into a state in which its list leaves it out."""
    update = _update(resource)
    members = update.body.schema.properties if update.body else {}
    return any(says_state(name, members[name]) for name in change if name in members)


def _another(value: Any) -> Any:
    return value + 1 if isinstance(value, int) else "00000000-0000-4000-8000-00000000dead"


def _update(resource: Resource) -> Operation:
    assert resource.update is not None  # noqa: S101 - only such kinds come here
    return resource.update
