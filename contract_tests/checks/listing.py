"""A list has every thing once, over pages of any size, and says the same of it as a read does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from contract_tests.checks.pages import Page, all_pages, identities, identity, populated
from contract_tests.checks.records import hold, in_short, instant, json_of, record_of, success_schema
from contract_tests.checks.values import FOREIGN_LETTERS, NAMES
from contract_tests.citations import Citations
from contract_tests.contract import Contract, Operation
from contract_tests.making import Maker
from contract_tests.outcomes import Inconclusive, Skipped
from contract_tests.paging import cursor_of, page_of, size_of
from contract_tests.requirements import Family, Requirement
from contract_tests.resources import Resource, Resources
from contract_tests.session import SUCCESS, Session


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What pages, counts and items of each list owe."""
    make = Maker(contract, citations, Family.LISTING)
    for kind in Resources(contract).all:
        if kind.list is not None:
            if size_of(kind.list) is not None:
                yield from _of_sizes(make, kind, kind.list)
            if page_of(kind.list) is not None:
                yield from _of_pages(make, kind, kind.list)
            yield from _of_items(make, kind, kind.list)


def _of_sizes(make: Maker, kind: Resource, listing: Operation) -> Iterator[Requirement]:
    size = size_of(listing)
    parameter = listing.parameter(size or "", "query")
    assert size is not None and parameter is not None  # noqa: S101, PT018 - only such lists come here
    left_open = make.citations.open(make.contract.name, listing.id, f"query.{size}.kept")
    cites = parameter.cites if left_open is None else (left_open,)
    title = f"no page of {listing.id} has more items than {size} says"
    yield make(listing, "size", title=title, cites=cites, check=partial(size_kept, kind=kind))
    title = f"the pages of {listing.id} have every item once, whatever their size"
    yield make(
        listing, "pages", title=title, cites=(*cites, *listing.cites), check=partial(pages_join, kind=kind)
    )
    if cursor_of(listing) is not None:
        title = f"{listing.id} says that there is more exactly when there is"
        check = partial(more_is_more, kind=kind)
        yield make(listing, "more", title=title, cites=_body_cites(listing), check=check)


def _of_pages(make: Maker, kind: Resource, listing: Operation) -> Iterator[Requirement]:
    page = listing.parameter("page", "query")
    cites = listing.cites if page is None else page.cites
    title = f"each page of {listing.id} says where it stands"
    yield make(
        listing, "standing", title=title, cites=_body_cites(listing), check=partial(standing, kind=kind)
    )
    title = f"{listing.id} without a page shows the first"
    yield make(listing, "first-page", title=title, cites=cites, check=partial(first_page, kind=kind))
    decided = make.citations.accepted(make.contract.name, "page_out_of_range", listing.id)[1]
    title = f"{listing.id} shows nothing on a page beyond the last"
    yield make(listing, "beyond", title=title, cites=decided or cites, check=partial(beyond, kind=kind))


def _of_items(make: Maker, kind: Resource, listing: Operation) -> Iterator[Requirement]:
    if _count_names(listing):
        title = f"{listing.id} counts no fewer items than it shows"
        yield make(listing, "total", title=title, cites=_body_cites(listing), check=partial(total, kind=kind))
    if kind.read is not None:
        title = f"{listing.id} and {kind.read.id} say the same of one thing"
        check = partial(agrees_with_read, kind=kind)
        cites = (*listing.cites, *kind.read.cites)
        yield make(listing, "agrees", title=title, cites=cites, check=check, others=[kind.read.id])
    members = kind.create.body.schema.properties if kind.create and kind.create.body else {}
    name = next((each for each in NAMES if each in members), None)
    if name is not None:
        title = f"{listing.id} shows a {name} in any script"
        check = partial(letters, kind=kind, name=name)
        yield make(listing, f"letters.{name}", title=title, cites=listing.cites, check=check)
    parent = Resources(make.contract).keyed(kind.parents[-1]) if kind.parents else None
    if parent is not None and parent.create is not None:
        title = f"{listing.id} is empty below a thing just made"
        yield make(listing, "empty", title=title, cites=listing.cites, check=partial(empty, kind=kind))


def _body_cites(listing: Operation) -> tuple[str, ...]:
    found = [cite for status in listing.successes for cite in listing.responses[str(status)].cites]
    return tuple(found) or listing.cites


def _count_names(listing: Operation) -> list[str]:
    schema = success_schema(listing, "")
    if schema is None:
        return []
    inner = [one for each in schema.properties.values() for one in each.properties]
    return [
        name
        for name in ("total", "count", "total_count", "totalCount")
        if name in (*schema.properties, *inner)
    ]


def size_kept(session: Session, kind: Resource) -> None:
    """One item, two, and as many as a page may have."""
    listing = _list(kind)
    name = size_of(listing)
    parameter = listing.parameter(name or "", "query")
    assert name is not None and parameter is not None  # noqa: S101, PT018
    path = populated(session, kind)
    for size in dict.fromkeys((1, 2, parameter.schema.flat.get("maximum", 3))):
        exchange = session.expect(
            session.call(listing.id, path=path, query={name: size}), SUCCESS, what=f"for {name}={size}"
        )
        count = len(session.items(exchange, kind))
        if count > size:
            session.broken(
                expected=f"at most {size} items for {name}={size}", received=f"{count}", exchange=exchange
            )


def pages_join(session: Session, kind: Resource) -> None:
    """Pages of any size, and of none, hold the same items, each once."""
    name = size_of(_list(kind))
    assert name is not None  # noqa: S101 - only such lists come here
    path = populated(session, kind)
    whole = identities(session, kind, all_pages(session, kind, path))
    for size in (
        *((1,) if len(whole) <= 12 else ()),
        2 if len(whole) <= 24 else 7,
        3 if len(whole) <= 36 else 9,
        None,
    ):
        query = {} if size is None else {name: size}
        pages = list(session.pages(kind, path=path, query=query))
        found = [identity(kind, item) for page in pages for item in session.items(page, kind)]
        asked = "without a size" if size is None else f"for {name}={size}"
        twice = {one for one in found if found.count(one) > 1}
        if twice:
            session.broken(
                expected=f"every item once over all pages {asked}",
                received=f"{in_short(sorted(twice)[0])} {found.count(sorted(twice)[0])} times",
                exchange=pages[-1],
            )
        if whole - set(found) and isinstance(json_of(pages[-1]), list):
            raise Skipped("a bare array does not say how the list goes on")
        if whole - set(found):
            session.broken(
                expected=f"all {len(whole)} items over all pages {asked}",
                received=f"{len(set(found))}",
                exchange=pages[-1],
            )


def more_is_more(session: Session, kind: Resource) -> None:
    """A page that says there is more names the next; one that says there is none is the last with an item."""
    name = size_of(_list(kind)) or "limit"
    path = populated(session, kind)
    pages = [
        Page(exchange, json_of(exchange)) for exchange in session.pages(kind, path=path, query={name: 2})
    ]
    for page, following in zip(pages, [*pages[1:], None], strict=True):
        more = page.member("has_more")
        if more is True and following is None:
            session.broken(
                expected="a cursor where has_more is true", received="none", exchange=page.exchange
            )
        if more is False and following is not None and session.items(following.exchange, kind):
            session.broken(
                expected="has_more true where another page has items",
                received="false",
                exchange=page.exchange,
            )


def standing(session: Session, kind: Resource) -> None:
    """Number, size, first and last item, last page and total of each page fit each other and what
    was asked.
    """
    listing = _list(kind)
    size = size_of(listing)
    path = populated(session, kind)
    whole = len(identities(session, kind, all_pages(session, kind, path)))
    asked = max(2, -(-whole // 4))
    query = {} if size is None else {size: asked}
    for number, exchange in enumerate(session.pages(kind, path=path, query=query), start=1):
        page = Page(exchange, json_of(exchange))
        count = len(session.items(exchange, kind))
        per_page = page.number("per_page") or asked
        last = max(1, -(-whole // per_page))
        first = (number - 1) * per_page + 1 if count else None
        wanted = {
            "current_page": number,
            "per_page": asked if size is not None else per_page,
            "last_page": last,
            "total": whole,
            "from": first,
            "to": None if first is None else first + count - 1,
        }
        for member, value in wanted.items():
            if page.has(member) and page.member(member) != value:
                session.broken(
                    expected=f"{member} {value} on page {number} of {whole} items by {per_page}",
                    received=in_short(page.member(member)),
                    exchange=exchange,
                )
        told = page.page_in("next")
        if number < last and told is not None and told != number + 1:
            session.broken(
                expected=f"a link to page {number + 1} as next", received=f"page {told}", exchange=exchange
            )


def first_page(session: Session, kind: Resource) -> None:
    """No page named and page 1 named have the same items."""
    listing = _list(kind)
    path = populated(session, kind)
    shown = []
    for query in ({}, {"page": 1}):
        exchange = session.control(session.call(listing.id, path=path, query=query))
        shown.append([identity(kind, item) for item in session.items(exchange, kind)])
    if sorted(shown[0]) != sorted(shown[1]):
        session.broken(
            expected="the items of page 1 where no page is named",
            received=f"{len(set(shown[0]) ^ set(shown[1]))} others",
            exchange=session.exchanges[-1],
        )


def beyond(session: Session, kind: Resource) -> None:
    """A page far beyond the last is refused or empty."""
    listing = _list(kind)
    path = populated(session, kind)
    exchange = session.call(listing.id, path=path, query={"page": 99_999})
    session.expect(exchange, "page_out_of_range", what="for a page beyond the last")
    if exchange.ok and session.items(exchange, kind):
        session.broken(
            expected="no items on a page beyond the last",
            received=f"{len(session.items(exchange, kind))}",
            exchange=exchange,
        )


def total(session: Session, kind: Resource) -> None:
    """Every page counts at least the items all pages have."""
    listing = _list(kind)
    size = size_of(listing)
    path = populated(session, kind)
    whole = len(identities(session, kind, all_pages(session, kind, path)))
    exchange = session.control(session.call(listing.id, path=path, query={} if size is None else {size: 2}))
    page = Page(exchange, json_of(exchange))
    for name in _count_names(listing):
        told = page.number(name)
        if told is not None and told < whole:
            session.broken(expected=f"a {name} of at least {whole}", received=str(told), exchange=exchange)


def agrees_with_read(session: Session, kind: Resource) -> None:
    """Members that nothing moves are the same in the list and in a read of the same thing."""
    listing, read = _list(kind), kind.read
    assert read is not None  # noqa: S101 - only such kinds come here
    path = populated(session, kind)
    exchange = session.control(session.call(listing.id, path=path))
    for item in session.items(exchange, kind)[-3:]:
        if not isinstance(item, Mapping):
            continue
        key = item.get(kind.key, item.get(kind.id_pointer.rpartition("/")[2]))
        answer = session.call(read.id, path={**path, kind.key: key})
        session.expect(answer, SUCCESS, what=f"for {kind.key} {key}, which the list shows")
        record = record_of(answer, kind)
        if isinstance(record, Mapping):
            names = [name for name, value in item.items() if name in record and _is_steady(kind, name, value)]
            hold(session, item, (answer, record), names, what="as in the list")


def _is_steady(kind: Resource, name: str, value: Any) -> bool:
    """Texts and truth values, but for the state and the times of things a server may be busy with."""
    busy = kind.create is not None and name in ("status", "state", "updated_at")
    moment = instant(value) is not None and not name.startswith(("created", "granted"))
    return isinstance(value, str | bool) and not busy and not moment


def letters(session: Session, kind: Resource, name: str) -> None:
    """A name in several scripts is listed letter by letter."""
    members: dict[str, Any] = {name: f"{FOREIGN_LETTERS} {session.unique()}"}
    created = session.create(kind, **members)
    if created.exchange.ok and isinstance(created.record, Mapping) and name not in created.record:
        raise Skipped(f"{kind.name} does not show a {name}")
    found = session.find(created)
    if found is None:
        raise Inconclusive(f"{kind.name} {created.id} is not listed")
    sent = {name: created.record.get(name)}
    wanted = str(sent[name])
    if not wanted.startswith(FOREIGN_LETTERS):
        raise Inconclusive(f"the creation already shows another {name}")
    hold(session, sent, (session.exchanges[-1], found), [name], what="letter by letter")


def empty(session: Session, kind: Resource) -> None:
    """A list of nothing is an empty array, with a total of nothing."""
    listing = _list(kind)
    path = session.subject(listing.id, fresh=True)
    exchange = session.expect(session.call(listing.id, path=path), SUCCESS, what="for a list of nothing")
    count = len(session.items(exchange, kind))
    told = Page(exchange, json_of(exchange)).number("total")
    if count or told:
        session.broken(
            expected="no items and a total of none below a thing just made",
            received=f"{count} items, a total of {told}",
            exchange=exchange,
        )


def _list(kind: Resource) -> Operation:
    assert kind.list is not None  # noqa: S101 - only such kinds come here
    return kind.list
