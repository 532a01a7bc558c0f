"""What the items of a list owe: each once, as a read shows it, in any script; none where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from contract_tests.checks.lib.pages import Page, identity, populated, says_more
from contract_tests.checks.lib.records import (
    READING,
    differences,
    echoed_members,
    hold,
    in_short,
    instant,
    reading_of_a_file,
    record_of,
)
from contract_tests.checks.lib.values import FOREIGN_LETTERS, NAMES
from contract_tests.checks.listing import listing_of
from contract_tests.evidence.citations import Citations, without_statuses
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.names import words
from contract_tests.openapi.paging import counts_more, has_pages, page_of
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.creations import Siblings
from contract_tests.session.session import SUCCESS, Session
from contract_tests.verdicts import Inconclusive, Skipped

MANY = 26
"""More than the usual default page sizes 10, 20 and 25."""

_LAG = 1.0
"""Seconds after which a count is asked for again that does not show what was created."""

_COUNT = frozenset({"count", "counts", "counting", "number"})
"""Words of a description for an operation that counts."""

_PLAIN = frozenset(
    {"the", "of", "all", "a", "in", "for", "get", "gets", "return", "returns", "total", "model", "models"}
    | {"ok", "success", "successful", "response", "records", "items"}
)
"""Words beside them that choose no part of what there is to count."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Per kind of thing that can be listed."""
    build = RequirementBuilder(contract, citations, Family.LISTING)
    for resource in resources_of(contract).all:
        if resource.list is not None:
            yield from _of_items(build, resource)
            yield from _of_counts(build, resource)


def _of_items(build: RequirementBuilder, resource: Resource) -> Iterator[Requirement]:
    listing = listing_of(resource)
    listed = without_statuses(listing.cites, build.citations)
    title = f"{listing.id} shows nothing twice"
    yield build(listing, "once", title=title, cites=listed, check=partial(once, resource=resource))
    if resource.read is not None:
        title = f"{listing.id} and {resource.read.id} say the same of one thing"
        check = partial(agrees_with_read, resource=resource)
        cites = (*listed, *without_statuses(resource.read.cites, build.citations))
        yield build(listing, "agrees", title=title, cites=cites, check=check, others=[resource.read.id])
    members = resource.create.body.schema.properties if resource.create and resource.create.body else {}
    name = next((each for each in NAMES if each in members), None)
    if name is not None:
        title = f"{listing.id} shows a {name} in any script"
        check = partial(letters, resource=resource, name=name)
        yield build(listing, f"letters.{name}", title=title, cites=listed, check=check)
    if resource.parents:
        title = f"{listing.id} is empty below a thing that has nothing below it"
        yield build(listing, "empty", title=title, cites=listed, check=partial(empty, resource=resource))
    if _is_whole(resource):
        title = f"{listing.id}, which has no pages, shows everything there is"
        yield build(listing, "whole", title=title, cites=listed, check=partial(whole, resource=resource))


def _of_counts(build: RequirementBuilder, resource: Resource) -> Iterator[Requirement]:
    """For an operation that counts what can be created and deleted again."""
    if resource.create is None or resource.delete is None:
        return
    for operation in build.contract.operations.values():
        if operation.method in ("GET", "POST") and operation.place == f"{resource.collection}/count":
            title = f"{operation.id} counts a new one of {resource.name}"
            check = partial(counted, resource=resource, operation=operation)
            yield build(operation, "counts", title=title, cites=operation.cites, check=check)


def counted(session: Session, resource: Resource, operation: Operation) -> None:
    """The count is greater after creations than before.

    Where the document says no more than that it counts, and the list shows that nothing else was created or
    deleted meanwhile, nothing explains another count.
    """
    first = session.create(resource)
    above = {name: first.path[name] for name in resource.parents}
    listed_before, before = session.listed(Siblings.of(resource, above)), _count(session, operation, above)
    made = {str(session.create(resource, under=above).id) for _ in range(2)}
    after, listed_after = _count(session, operation, above), session.listed(Siblings.of(resource, above))
    if after > before:
        return
    session.context.sleep(_LAG)
    later = _count(session, operation, above)
    if later > before:
        return
    is_quiet = (
        listed_before is not None and listed_after is not None and {*listed_before, *made} == {*listed_after}
    )
    session.broken(
        expected=f"a count above {before} after two further creations",
        received=str(later),
        exchange=session.exchanges[-1],
        readings=() if is_quiet and _counts_everything(operation, resource) else READING,
    )


def _counts_everything(operation: Operation, resource: Resource) -> bool:
    """Whether a document says that an operation counts, and names nothing but what it counts: not "Count
    published posts", which leaves out others."""
    answers = [operation.responses[str(status)].description for status in operation.successes]
    said = {word for text in (operation.summary, operation.description, *answers) for word in words(text)}
    own = {name.rstrip("s") for name in words(resource.name)}
    return bool(said & _COUNT) and all(
        word in _COUNT or word in _PLAIN or word.rstrip("s") in own for word in said
    )


def _count(session: Session, operation: Operation, path: Mapping[str, Any]) -> int:
    """The number in an answer, alone or as the only one of an object. Raises Inconclusive without one."""
    shown = session.control(session.call(operation.id, path=path)).parsed
    found = [shown] if not isinstance(shown, Mapping) else list(shown.values())
    numbers = [value for value in found if isinstance(value, int) and not isinstance(value, bool)]
    if len(numbers) != 1:
        raise Inconclusive(f"{operation.id} shows no single number")
    return numbers[0]


def _is_whole(resource: Resource) -> bool:
    """Whether a list has no pages, and enough things for a hidden limit can be made and deleted again."""
    listing = listing_of(resource)
    return (
        not has_pages(listing)
        and resource.create is not None
        and resource.create.body is not None
        and resource.delete is not None
    )


def whole(session: Session, resource: Resource) -> None:
    """As many new things as no usual page holds are all in one answer."""
    first = session.create(resource)
    path = {name: first.path[name] for name in resource.parents}
    made = [first, *(session.create(resource, under=path) for _ in range(MANY - 1))]
    exchange = session.control(session.call(listing_of(resource).id, path=path))
    found = {identity(resource, item) for item in session.items(exchange, resource)}
    missing = [created for created in made if str(created.id) not in found]
    if len(missing) == len(made):
        raise Inconclusive(f"{resource.name}: no new one is listed")
    may_have_pages = reading_of_a_file(listing_of(resource).cites, session.contract)
    if missing and (
        says_more(exchange) or (may_have_pages and counts_more(exchange.parsed, count=len(found)))
    ):
        raise Inconclusive(f"{listing_of(resource).id} says that there is more, and documents no pages")
    if missing:
        session.broken(
            expected=f"all {MANY} new ones of {resource.name} in the list",
            received=f"{MANY - len(missing)} of them",
            exchange=exchange,
        )


def once(session: Session, resource: Resource) -> None:
    """No two items of one answer are the same thing."""
    path = populated(session, resource)
    exchange = session.control(session.call(listing_of(resource).id, path=path))
    found = [identity(resource, item) for item in session.items(exchange, resource)]
    twice = next((key for key in found if found.count(key) > 1), None)
    if twice is not None:
        session.broken(expected=f"{twice} once", received=f"{found.count(twice)} times", exchange=exchange)


def agrees_with_read(session: Session, resource: Resource) -> None:
    """Members that nothing moves are the same in the list and in a read of the same thing, and what a client
    set is null in both or in none."""
    listing, read = listing_of(resource), resource.read
    assert read is not None  # noqa: S101 - only such kinds come here
    path = populated(session, resource)
    exchange = session.control(session.call(listing.id, path=path))
    items = session.items(exchange, resource)
    for item in [*items[:1], *items[1:][-3:]]:
        key = resource.id_in(item) if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or key is None:
            continue
        named = {**path, resource.key: key}
        answer = session.call(read.id, path=named)
        session.expect(answer, SUCCESS, what=f"for {resource.key} {key}, which the list shows")
        record = record_of(answer, resource)
        if isinstance(record, Mapping):
            names = [
                name for name, value in item.items() if name in record and _is_steady(resource, name, value)
            ]
            differing = [name for name, _, _ in differences(item, record, names)]
            moving = _moving(session, resource, item, named, differing) if differing else ()
            steady = [name for name in differing if name not in moving]
            hold(session, item, (answer, record), steady, what="as in the list")
            _null_in_both(session, resource, item, record, answer)


def _null_in_both(
    session: Session,
    resource: Resource,
    item: Mapping[str, Any],
    record: Mapping[str, Any],
    answer: Exchange,
) -> None:
    """An object or array that a client may set is not null in the list and something in a read: that lists
    leave out what is large is a habit, so this is a reading."""
    for name in echoed_members(resource.create, resource) if resource.create else ():
        if name not in item or name not in record:
            continue
        listed, read = item[name], record[name]
        if listed is None and isinstance(read, Mapping | list):
            session.broken(
                expected=f"{name} null, as in the list",
                received=in_short(read),
                exchange=answer,
                readings=READING,
            )


def _moving(
    session: Session,
    resource: Resource,
    item: Mapping[str, Any],
    path: Mapping[str, Any],
    differing: list[str],
) -> set[str]:
    """The members in which a list and a read differ because they change by themselves: another read, or the
    list read again, shows another value than before. path: names the thing."""
    assert resource.read is not None  # noqa: S101 - it was just read
    record, again = (record_of(session.call(resource.read.id, path=path), resource) for _ in range(2))
    listed = session.items(session.call(listing_of(resource).id, path=path), resource)
    later = [each for each in listed if isinstance(each, Mapping)]
    later = [each for each in later if resource.id_in(each) == resource.id_in(item)]
    pairs = [(record, again), *((item, each) for each in later)]
    return {name for first, second in pairs for name, _, _ in differences(first, second, differing)}


def _is_steady(resource: Resource, name: str, value: Any) -> bool:
    """Texts and truth values, but for the state and the times of things a server may be busy with."""
    busy = resource.create is not None and name in ("status", "state", "updated_at")
    moment = instant(value) is not None and not name.startswith(("created", "granted"))
    return isinstance(value, str | bool) and not busy and not moment


def letters(session: Session, resource: Resource, name: str) -> None:
    """A name in several scripts is listed letter by letter."""
    members: dict[str, Any] = {name: f"{FOREIGN_LETTERS} {session.unique()}"}
    created = session.create(resource, **members)
    if not isinstance(created.record, Mapping) or name not in created.record:
        raise Skipped(f"the answer to the creation of {resource.name} does not show a {name}")
    found = session.find(created)
    if found is None:
        raise Inconclusive(f"{resource.name} {created.id} is not listed")
    sent = {name: created.record.get(name)}
    wanted = str(sent[name])
    if not wanted.startswith(FOREIGN_LETTERS):
        raise Inconclusive(f"the creation already shows another {name}")
    hold(session, sent, (session.exchanges[-1], found), [name], what="letter by letter")


def empty(session: Session, resource: Resource) -> None:
    """A list of nothing is an empty array, with a total of nothing.

    It stands below something just made, or below what the target says to be empty.
    """
    listing = listing_of(resource)
    parent = session.resources.parent(resource)
    readings: tuple[str, ...]
    if parent is not None and parent.create is not None:
        path, readings = session.subject(listing.id, fresh=True), ("X14",)
    else:
        readings = ()
        *above, last = resource.parents
        path = {name: session.fixtures.known(name, resource.item) for name in above}
        path[last] = session.fixtures.empty(last, resource.item)
    exchange = session.expect(session.call(listing.id, path=path), SUCCESS, what="for a list of nothing")
    count = len(session.items(exchange, resource))
    # Without pages a total may count more than what is listed here; with them it is what they hold.
    total = Page(exchange).number("total") if page_of(listing) is not None else None
    if count or total:
        session.broken(
            expected="no items and a total of none",
            received=f"{count} items, a total of {total}",
            exchange=exchange,
            readings=readings,  # a server may put something below each new thing
        )
