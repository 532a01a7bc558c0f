"""A thing that was made shows what its maker sent, keeps what the server gave it, and is found again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from uuid import UUID

from contract_tests.checks.lib.bodies import rich_body
from contract_tests.checks.lib.records import (
    READING,
    echoed_members,
    fixed_members,
    hold,
    hold_steady,
    in_short,
    instant,
    is_changed_at,
    is_made_at,
    listed_alike,
    may_be_hidden,
    may_be_sent,
    names_parent,
    objects_filled_in,
    record_of,
    reread,
    same,
    shown_members,
)
from contract_tests.checks.lib.values import NAMES
from contract_tests.evidence.citations import Citations, without_statuses
from contract_tests.evidence.levels import stating
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation, cited
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.openapi.schemas import Schema
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.creations import Siblings
from contract_tests.session.session import Created, Session
from contract_tests.session.tracker import new_id_of
from contract_tests.verdicts import Inconclusive, Skipped

SKEW = timedelta(seconds=5)
"""How far the clocks of two servers of one service may differ."""

QUARTER = timedelta(minutes=15)
"""Zones lie whole quarters of an hour apart, at most FARTHEST of them from UTC."""

FARTHEST = 14 * 4

OWNERS = ("company", "company_id", "tenant", "tenant_id", "account_id", "owner_id", "user_id", "team_id")
"""Members in which servers keep whose a thing is, and which no client may set."""

_SEVERAL = 2
"""With fewer things in a list nothing has come with the one that was made."""

_YEAR_2001 = 1_000_000_000
"""A number of seconds since 1970 above which a number is taken for a time."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What creating, reading and listing one thing owe each other, per kind of thing that can be created."""
    build = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    for resource in resources_of(contract).all:
        if resource.create is not None:
            yield from _of_creation(build, resource, resource.create)


def _of_creation(build: RequirementBuilder, resource: Resource, create: Operation) -> Iterator[Requirement]:
    answer = [cite for status in create.successes for cite in create.responses[str(status)].cites]
    cites = without_statuses(answer or create.cites, build.citations)
    given = partial(build, create, cites=cites)
    members = shown_members(create, resource)
    if any(names_parent(name, parent, resource) for name in members for parent in resource.parents):
        title = f"what {create.id} makes names the things above it"
        yield given("names-its-parents", title=title, check=partial(names_its_parents, resource=resource))
    if create.body is not None:
        title = f"{create.id} with the same body again makes another thing or says that there is one"
        twins = build.decided("duplicate", create)
        yield given("twin", title=title, background=twins, check=partial(twin, resource=resource))
        title = f"{create.id} gives each new thing an id of its own"
        yield given("unique-id", title=title, check=partial(unique_ids, resource=resource))
        title = f"{create.id} sets the members that are the server's itself"
        own = [cite for cite in ("HTTP-40",) if cite in build.citations]
        check = partial(server_sets, resource=resource)
        yield build(create, "server-sets", title=title, cites=own or cites, check=check)
        facts = stating(create.cites, build.citations, build.contract)
        if facts and (resource.read is not None or resource.list is not None):
            title = f"what {create.id} makes stays where its path says, whatever owner the body names"
            check = partial(stays_in_place, resource=resource)
            yield build(create, "in-place", title=title, cites=facts, check=check)
    if any(is_made_at(name, schema) for name, schema in members.items()):
        title = f"the times of what {create.id} makes are in order"
        yield given("times", title=title, check=partial(times_in_order, resource=resource))
    yield from _of_showing(build, resource, create, cites)


def _of_showing(
    build: RequirementBuilder, resource: Resource, create: Operation, cites: tuple[str, ...]
) -> Iterator[Requirement]:
    """What a read and a list show of a new thing. cites: what states that it is made."""
    if resource.read is not None:
        title = f"{resource.read.id} shows what {create.id} made"
        check = partial(read_back, resource=resource)
        shown = without_statuses((*resource.read.cites, *cites), build.citations)
        yield build(resource.read, "read-your-writes", title=title, cites=shown, check=check)
    if resource.read is not None and resource.list is not None:
        title = f"{resource.read.id} changes nothing"
        check = partial(reading_changes_nothing, resource=resource)
        safe = [cite for cite in ("HTTP-19",) if cite in build.citations] or resource.read.cites
        yield build(resource.read, "safe", title=title, cites=safe, besides=READING, check=check)
    if resource.list is not None:
        title = f"{resource.list.id} shows a new one of {resource.name} exactly once, as {create.id} did"
        check = partial(listed_once, resource=resource)
        shown = without_statuses((*resource.list.cites, *cites), build.citations)
        yield build(resource.list, "listed-once", title=title, cites=shown, check=check)


def made(session: Session, resource: Resource, body: Any = None) -> tuple[Any, Created]:
    """What was sent and the thing it made; body: by default one with every optional member some example
    shows, or without those where it is refused, or ends in a server error: a made up value may be what the
    server looks up elsewhere, as an address at a map service.
    """
    assert resource.create is not None  # noqa: S101 - only such kinds come here
    if resource.create.body is None:
        return {}, session.create(resource)
    path = session.subject(resource.create.id)
    sent = rich_body(session, resource.create) if body is None else body
    exchange = session.call(resource.create.id, path=path, body=sent)
    if body is None and exchange.status >= 400:
        session.context.bodies.without_optional.add(resource.create.id)
        sent = session.valid.body(resource.create)
        exchange = session.call(resource.create.id, path=path, body=sent)
    return sent, session.created(resource, session.control(exchange), path)


def made_beside(session: Session, resource: Resource, first: Created) -> Created | None:
    """Another thing below the same parents; None where they take no second one of the same body."""
    assert resource.create is not None  # noqa: S101 - only such kinds come here
    path = {name: first.path[name] for name in resource.created_below}
    if resource.create.body is None:
        return session.create(resource, under=path)
    session.ready(resource.create, path)
    exchange = session.call(resource.create.id, path=path, body=session.valid.body(resource.create))
    return (
        None if 400 <= exchange.status < 500 else session.created(resource, session.control(exchange), path)
    )


def names_its_parents(session: Session, resource: Resource) -> None:
    """Members such as `collection_id` name what stands in the path, below a neighbour as well."""
    _, created = made(session, resource)
    _names_parents_in(session, created)
    beside = {
        name: session.fixtures.neighbour(name, place)
        for name, place in zip(resource.parents[-1:], resource.parent_places[-1:], strict=True)
        if session.fixtures.has("neighbour", name, place)
    }
    if beside and resource.delete is not None:
        path = {**{name: created.path[name] for name in resource.parents}, **beside}
        with suppress(Inconclusive, Skipped):  # the caller may have no rights there
            _names_parents_in(session, session.create(resource, under=path))


def _names_parents_in(session: Session, created: Created) -> None:
    """The answer that made a thing, and what shows it later, name the things above it."""
    resource = created.resource
    for exchange, record in (
        (created.exchange, record_of(created.exchange, resource)),
        shown_later(session, created),
    ):
        for name, value in record.items() if isinstance(record, Mapping) else ():
            for parent in resource.parents:
                if names_parent(name, parent, resource) and not same(value, created.path[parent]):
                    session.broken(
                        expected=f"{name} {created.path[parent]}, as in the path",
                        received=in_short(value),
                        exchange=exchange,
                    )


def twin(session: Session, resource: Resource) -> None:
    """The first one stays whatever becomes of the second."""
    assert resource.create is not None  # noqa: S101 - only such kinds come here
    sent, created = made(session, resource)
    again = session.call(
        resource.create.id, path={name: created.path[name] for name in resource.created_below}, body=sent
    )
    session.expect(again, "duplicate", what="for the same body again")
    # Without a list nothing shows two of them beside each other: then the second may stand for the first.
    is_same = again.ok and same(new_id_of(resource, again, created.path), created.id)
    if is_same and resource.list is not None:
        session.broken(
            expected="another thing for the same body again, or a refusal",
            received=f"the one made before, {in_short(created.id)}",
            exchange=again,
            readings=(*READING, *session.context.accepted("duplicate", resource.create)[1]),
        )
    if resource.read is not None or resource.list is not None:
        reread(session, created)


def unique_ids(session: Session, resource: Resource) -> None:
    """Two new things below the same parents have two ids, and the second does not take the first one's place.
    Where there can be no second one, a UUID is not used elsewhere either (RFC 9562, section 1).
    """
    first_sent, first = made(session, resource)
    second = made_beside(session, resource, first)
    if second is None:
        _, second = made(session, resource)
        if not _is_uuid(first.id):
            raise Skipped(
                "a second one below the same parents is refused, and elsewhere its id may be the same"
            )
    if str(first.id) == str(second.id):
        assert resource.create is not None  # noqa: S101 - only such kinds come here
        alike = _look_alike(resource, first, second)
        session.broken(
            expected="another id than that of the thing made before",
            received=in_short(second.id),
            exchange=second.exchange,
            readings=session.context.accepted("duplicate", resource.create)[1] if alike else (),
        )
    if resource.read is not None:
        echoed = echoed_members(resource.create, resource) if resource.create else {}
        hold(
            session,
            first_sent,
            reread(session, first),
            list(echoed),
            what="as before another was made",
            filled_in=objects_filled_in(resource.create),
        )


def _look_alike(resource: Resource, first: Created, second: Created) -> bool:
    """Whether two things were made with the same values, as far as they are shown.

    What tells one thing from another may then be the same, and a second creation may update the first.
    """
    echoed = echoed_members(resource.create, resource) if resource.create else {}
    shown = [each.record if isinstance(each.record, Mapping) else {} for each in (first, second)]
    return all(same(shown[0].get(name), shown[1].get(name)) for name in echoed)


def _is_uuid(value: Any) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


def stays_in_place(session: Session, resource: Resource) -> None:
    """A thing is found below the parents in its path after a body that names others, and by its owner after a
    creation and an update that name another owner, where these are taken at all."""
    create, update = resource.create, resource.update
    assert create is not None  # noqa: S101 - only such kinds come here
    path = session.subject(create.id)
    parents = zip(resource.parents, resource.parent_places, strict=True)
    others = {name: _another_parent(session, name, place, path) for name, place in parents if name in path}
    owners = {name: session.unique() for name in OWNERS}
    for named in (others, owners):
        undocumented = {name: value for name, value in named.items() if not may_be_sent(create, name)}
        if undocumented:
            body = {**session.valid.body(create), **undocumented}
            exchange = session.call(create.id, path=path, body=body)
            if exchange.ok:
                reread(session, session.created(resource, exchange, path))
    if update is None or update.body is None:
        return
    created = session.create(resource)
    prepared = session.valid.body(update)
    undocumented = {name: value for name, value in owners.items() if not may_be_sent(update, name)}
    session.call(update.id, path=created.path, body={**(prepared or {}), **undocumented})
    reread(session, created)


def _another_parent(session: Session, name: str, place: str, path: Mapping[str, Any]) -> Any:
    """Another parent than that of the path: a neighbour where the target names one, else what nothing has."""
    if session.fixtures.has("neighbour", name, place):
        return session.fixtures.neighbour(name, place)
    return session.made_up_id(path[name], uuid=_is_uuid(path[name]))


def server_sets(session: Session, resource: Resource) -> None:
    """An id and a time that a client sends do not become the thing's own; an id that the document lets it
    choose may."""
    assert resource.create is not None  # noqa: S101
    earlier = session.create(resource).id
    chosen_id = session.made_up_id(earlier, uuid=_is_uuid(earlier))
    shown = shown_members(resource.create, resource)
    named = resource.id_member
    times = {name: "2001-02-03T04:05:06Z" for name, schema in shown.items() if is_made_at(name, schema)}
    body = {**session.valid.body(resource.create), named: chosen_id, **times}
    path = session.subject(resource.create.id)
    exchange = session.call(resource.create.id, path=path, body=body)
    if not exchange.ok:
        return
    _delete_under(session, resource, exchange, path, chosen_id)
    chosen = may_be_sent(resource.create, named)
    if not chosen and same(resource.new_id(exchange.parsed), chosen_id):
        session.broken(
            expected=f"an id of the server's own, not the {named} sent",
            received=in_short(chosen_id),
            exchange=exchange,
        )
    record = record_of(exchange, resource)
    for name, value in times.items():
        if isinstance(record, Mapping) and name in record and same(record[name], value):
            session.broken(
                expected=f"a {name} of the server's own, not the one sent", received=value, exchange=exchange
            )


def _delete_under(
    session: Session, resource: Resource, creation: Exchange, path: Mapping[str, Any], chosen_id: Any
) -> None:
    """Delete what a server may have made under an id that it was sent, beside what it says it made."""
    if resource.read is None or resource.delete is None:
        return
    named = {**path, resource.key: chosen_id}
    is_its_own = same(new_id_of(resource, creation, path), chosen_id)
    if is_its_own or not session.call(resource.read.id, path=named).ok:
        return
    if not session.delete(resource, named, creation.sent.credential):
        session.context.leftovers.append(Siblings.of(resource, named).path(chosen_id))


def times_in_order(session: Session, resource: Resource) -> None:
    """A thing never changed before it was made, and not made before what is above it or came first."""
    parent = session.resources.parent(resource)
    if parent is not None and parent.create is not None:
        first_made = session.create(parent)
        both = [first_made, session.create(resource, under=first_made)]
    else:
        both = [made(session, resource)[1], made(session, resource)[1]]
    moments = []
    for created in both:
        exchange, record = shown_later(session, created)
        moments.append((checked_times(session, created.resource, exchange, record)[0], exchange))
    for (made_at, exchange), created in zip(moments, both, strict=True):
        _in_its_zone(session, made_at, created.exchange, exchange)
    first, last = moments
    if first[0] is not None and last[0] is not None and last[0] + SKEW < first[0]:
        session.broken(
            expected=f"a time of creation not before {first[0].isoformat()}",
            received=last[0].isoformat(),
            exchange=last[1],
        )


def _in_its_zone(session: Session, made_at: Any, creation: Exchange, seen: Exchange | None) -> None:
    """A time of creation is not whole quarters of an hour away from the time at which the server says that it
    answered the creation: it would be that of another zone (RFC 9110, section 6.6.1, on `Date`)."""
    answered = _date(creation)
    if made_at is None or answered is None:
        return
    if _is_zone(abs(made_at - answered)):
        session.broken(
            expected=f"a time of creation near {answered.isoformat()}, when it was answered",
            received=made_at.isoformat(),
            exchange=seen,
            readings=READING,
        )


def _date(exchange: Exchange) -> datetime | None:
    try:
        return parsedate_to_datetime(exchange.headers.get("date", ""))
    except ValueError:
        return None


def checked_times(
    session: Session, resource: Resource, exchange: Exchange | None, record: Any
) -> tuple[Any, Any]:
    """When a thing was made and changed. Raises Broken when it changed before it was made."""
    shown = shown_members(resource.create or resource.read, resource)
    held = record if isinstance(record, Mapping) else {}
    made_at = next((name for name, schema in shown.items() if is_made_at(name, schema)), "")
    changed_at = next((name for name, schema in shown.items() if is_changed_at(name, schema)), "")
    began, changed = instant(held.get(made_at)), instant(held.get(changed_at))
    if began is not None and changed is not None and changed < began:
        session.broken(
            expected=f"a change not before the creation at {began.isoformat()}",
            received=changed.isoformat(),
            exchange=exchange,
            because=_of_one_zone(session, shown, made_at, changed_at) if _is_zone(began - changed) else (),
        )
    return began, changed


def _of_one_zone(session: Session, shown: Mapping[str, Schema], *names: str) -> tuple[str, ...]:
    """What documents state of some times, all of which they show in UTC; none where a file alone speaks."""
    cites = [cite for name in names for cite in cited(shown[name].flat)]
    return stating(cites, session.citations, session.contract)


def _is_zone(away: timedelta) -> bool:
    """Whether two times are as far apart as those of two time zones: whole quarters of an hour."""
    quarters = round(away / QUARTER)
    return 0 < quarters <= FARTHEST and abs(away - quarters * QUARTER) <= SKEW


def read_back(session: Session, resource: Resource) -> None:
    """A read shows the id, the parents, the time and the client's members as the creation did."""
    sent, created = made(session, resource)
    answer = record_of(created.exchange, resource)
    held = answer if isinstance(answer, Mapping) else {}
    echoed = echoed_members(resource.create, resource) if resource.create else {}
    documented = shown_members(resource.read, resource)
    shown = {name: value for name, value in held.items() if not documented or name in documented}
    seen, names = reread(session, created), [name for name in echoed if name in sent and name in shown]
    hold(session, shown, seen, names, what="as when it was made")
    hold_steady(
        session,
        resource,
        shown,
        seen,
        partial(reread, session, created),
        what="as when it was made",
        sent=names,
    )


def reading_changes_nothing(session: Session, resource: Resource) -> None:
    """Of two new things the list shows the one that is read as before, or changes the other as well. Times
    and counts may tell of a read, and of what moves by itself nothing is asserted."""
    assert resource.read is not None  # noqa: S101 - only such kinds come here
    pair = (made(session, resource)[1], made(session, resource)[1])
    _are_listed(session, resource, pair)
    moving = _moved(_listed(session, pair), _listed(session, pair))
    for created, other in (pair, pair[::-1]):
        before = _listed(session, pair)
        session.control(session.call(resource.read.id, path=created.path))
        after = _listed(session, pair)
        if _moved({other.id: before[other.id]}, after) - moving:
            raise Inconclusive(f"{resource.name} {other.id} changes although it is not read")
        changed = _moved({created.id: before[created.id]}, after) - moving
        if not changed:
            return
    name = min(changed)
    session.broken(
        expected=f"{name} {in_short(before[created.id][name])} in the list, as before the read",
        received=in_short(after[created.id].get(name)),
        exchange=session.exchanges[-1],
    )


def _are_listed(session: Session, resource: Resource, pair: tuple[Created, Created]) -> None:
    """Raises Skipped or Inconclusive where the list does not show two different things."""
    if str(pair[0].id) == str(pair[1].id):
        raise Skipped(f"a second creation of {resource.name} has the id of the first")
    for created in pair:
        if session.find(created) is None:
            raise Inconclusive(f"{resource.name} {created.id} is not listed")


def _listed(session: Session, pair: tuple[Created, Created]) -> dict[Any, Mapping[str, Any]]:
    """What the list shows of some things, by their ids: texts other than times, booleans and objects."""
    shown: dict[Any, Mapping[str, Any]] = {}
    for created in pair:
        found = session.find(created)
        record = found if isinstance(found, Mapping) else {}
        shown[created.id] = {
            name: value
            for name, value in record.items()
            if isinstance(value, str | bool | dict) and instant(value) is None
        }
    return shown


def _moved(before: Mapping[Any, Mapping[str, Any]], after: Mapping[Any, Mapping[str, Any]]) -> set[str]:
    """The members that show another value than before."""
    return {
        name
        for key, record in before.items()
        for name, value in record.items()
        if not same(value, after[key].get(name))
    }


def listed_once(session: Session, resource: Resource) -> None:
    """The list has the new thing, once, with the members its creation showed."""
    sent, created = made(session, resource)
    found = _found_once(session, created)
    _alone(session, created, sent)
    _adds_one(session, created)
    answer = record_of(created.exchange, resource)
    held = answer if isinstance(answer, Mapping) else {}
    echoed = echoed_members(resource.create, resource) if resource.create else {}
    names = [
        name
        for name in (*fixed_members(resource), *(name for name in echoed if name in sent))
        if name in held and name in found
    ]
    hold(session, held, (session.exchanges[-1], found), names, what="as when it was made")
    _last_by_name(session, created)


def _found_once(session: Session, created: Created) -> Any:
    """The thing as its list shows it. Raises Broken where it shows it not at all, or several times."""
    found = session.find_all(created)
    if len(found) != 1:
        missed = session.exchanges[-1]
        session.broken(
            expected=f"{created.resource.name} {created.id} once in the list",
            received=f"it {len(found)} times",
            exchange=missed,
            readings=READING if not found and may_be_hidden(session, created) else (),
        )
    return found[0]


def _last_by_name(session: Session, created: Created) -> None:
    """A thing whose name comes behind most others is listed too, where the list is in the order of names."""
    create = created.resource.create
    members = create.body.schema.properties if create is not None and create.body is not None else {}
    name = next((each for each in NAMES if each in members), None)
    text = f"zz{session.unique()}"
    if name is None or not members[name].accepts(text):
        return
    above = {parent: created.path[parent] for parent in created.resource.parents}
    named: dict[str, Any] = {name: text}
    try:
        last = session.create(created.resource, under=above, **named)
    except (Inconclusive, Skipped):  # there may be one such thing at a time
        return
    _found_once(session, last)


def _alone(session: Session, created: Created, sent: Any) -> None:
    """Nothing else in the list shows the name that this creation alone was sent."""
    nonce = session.context.permissions.made_up.nonce
    own = {
        name: value
        for name, value in (sent.items() if isinstance(sent, Mapping) else ())
        if name in NAMES and isinstance(value, str) and nonce in value
    }
    alike = listed_alike(session, created.resource, created.path, [own]) if own else frozenset()
    others = alike - {str(created.id)}
    if others and str(created.id) in alike:
        session.broken(
            expected=f"one {created.resource.name} for one creation",
            received=f"{len(alike)} that show what it was sent",
            exchange=session.exchanges[-1],
        )


def _adds_one(session: Session, created: Created) -> None:
    """Below a parent that is this check's own, where no one else creates, another creation adds one thing and
    not a second one that differs from it in nothing but ids and times.

    Asked only where the first creation has come with something: a new parent may hold things from the start.
    """
    resource = created.resource
    if not session.context.permissions.is_below_created(resource.item, created.path):
        return
    before = session.listed(Siblings.of(resource, created.path)) or {}
    if len(before) < _SEVERAL:
        return
    second = made_beside(session, resource, created)
    after = session.listed(Siblings.of(resource, created.path)) or {}
    own = None if second is None else after.get(str(second.id))
    others = [record for key, record in after.items() if key not in before and record is not own]
    twin = next((each for each in others if own is not None and _differ_by_ids(resource, own, each)), None)
    if twin is not None:
        session.broken(
            expected=f"one more of {resource.name} for one creation",
            received=f"{len(others) + 1} more that show the same",
            exchange=session.exchanges[-1],
        )


def _differ_by_ids(resource: Resource, record: Any, other: Any) -> bool:
    """Whether two records show the same members, and the same values in all but ids and times."""
    if not isinstance(record, Mapping) or not isinstance(other, Mapping) or record.keys() != other.keys():
        return False
    first, second = (
        {name: value for name, value in each.items() if name != resource.id_member and not _is_time(value)}
        for each in (record, other)
    )
    return first == second


def _is_time(value: Any) -> bool:
    """Whether a value is a moment, as a text or as seconds or milliseconds since 1970."""
    return instant(value) is not None or (isinstance(value, int) and value > _YEAR_2001)


def shown_later(session: Session, created: Created) -> tuple[Exchange | None, Any]:
    """What a read or a list shows, else what the creation answered."""
    resource = created.resource
    if resource.read is None and resource.list is None:
        return created.exchange, record_of(created.exchange, resource)
    return reread(session, created)
