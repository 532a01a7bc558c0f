"""A list has every thing once, over pages of any size, and says the same of it as a read does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from contract_tests.checks.includes import documented_values
from contract_tests.checks.lib.pages import Page, all_pages, identities, identity, largest, populated
from contract_tests.checks.lib.records import READING, in_short, reading_of_a_file, success_schema
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.evidence.levels import carrying
from contract_tests.exchange import Exchange
from contract_tests.openapi import paging
from contract_tests.openapi.contract import Contract, Operation, Parameter
from contract_tests.openapi.list_parameters import INCLUDES, is_filter
from contract_tests.openapi.paging import cursor_of, goes_on, page_of, shown_next, size_of
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion, Requirement
from contract_tests.session.session import PAGES, SUCCESS, Session
from contract_tests.verdicts import Inconclusive, Skipped

_SEVERAL, _FEW = 3, 20
"""How many items a list has whose pages of one and of two items are all looked at."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What pages, counts and items of each list owe."""
    build = RequirementBuilder(contract, citations, Family.LISTING)
    for resource in resources_of(contract).all:
        if resource.list is not None:
            if size_of(resource.list) is not None:
                yield from _of_sizes(build, resource, resource.list)
            if page_of(resource.list) is not None:
                yield from _of_pages(build, resource, resource.list)
            yield from _of_items(build, resource, resource.list)


def _of_sizes(build: RequirementBuilder, resource: Resource, listing: Operation) -> Iterator[Requirement]:
    size = size_of(listing)
    parameter = listing.parameter(size or "", "query")
    assert size is not None and parameter is not None  # noqa: S101, PT018 - only such lists come here
    left_open = build.left_open(listing, f"query.{size}.kept")
    cites = parameter.cites if left_open is None else (left_open,)
    title = f"no page of {listing.id} has more items than {size} says"
    yield build(listing, "size", title=title, cites=cites, check=partial(size_kept, resource=resource))
    title = f"the pages of {listing.id} have every item once, whatever their size"
    cursor, page = cursor_of(listing), page_of(listing)
    following = listing.parameter(cursor or page or size, "query") or parameter
    of_size = carrying(facts_of(parameter.cites, build.citations), build.citations, build.contract)
    yield build(
        listing,
        "pages",
        title=title,
        cites=parameter.cites,
        besides=following.cites,
        background=listing.cites,
        check=partial(pages_join, resource=resource, of_size=of_size),
        also=[Assertion(f"the pages that {listing.id} leads to leave nothing out", of_size)],
    )
    if page_of(listing) is None and "maximum" in parameter.schema.flat:
        yield build(
            listing,
            "shown-pages",
            title=f"the pages that answers of {listing.id} lead to have every item once",
            cites=of_size,
            besides=reading_of_a_file(of_size, build.contract),
            background=listing.cites,
            check=partial(shown_pages_join, resource=resource),
        )
    if resource.create is not None and resource.delete is not None and goes_on(listing):
        title = f"the pages of {listing.id} leave nothing out while things are created"
        yield build(
            listing,
            "while-created",
            title=title,
            cites=parameter.cites,
            besides=("X14",),
            check=partial(while_created, resource=resource),
        )
    if cursor is not None:
        title = f"{listing.id} says that there is more exactly when there is"
        check = partial(more_is_more, resource=resource)
        yield build(listing, "more", title=title, cites=body_cites(listing), check=check)


def _of_pages(build: RequirementBuilder, resource: Resource, listing: Operation) -> Iterator[Requirement]:
    page = listing.parameter(page_of(listing) or "", "query")
    cites = listing.cites if page is None else page.cites
    title = f"each page of {listing.id} says where it stands"
    yield build(
        listing,
        "standing",
        title=title,
        cites=body_cites(listing),
        check=partial(standing, resource=resource),
    )
    title = f"{listing.id} without a page shows the first"
    yield build(listing, "first-page", title=title, cites=cites, check=partial(first_page, resource=resource))
    decided = build.decided("page_out_of_range", listing)
    title = f"{listing.id} shows nothing on a page beyond the last"
    yield build(
        listing, "beyond", title=title, cites=decided or cites, check=partial(beyond, resource=resource)
    )


def _of_items(build: RequirementBuilder, resource: Resource, listing: Operation) -> Iterator[Requirement]:
    if count_names(listing):
        title = f"{listing.id} counts no fewer items than it shows"
        yield build(
            listing, "total", title=title, cites=body_cites(listing), check=partial(total, resource=resource)
        )
        title = f"{listing.id} counts the same on its last page, and no more for a filter or an include"
        yield build(
            listing,
            "total-stays",
            title=title,
            cites=body_cites(listing),
            besides=("X14",),
            check=partial(total_stays, resource=resource),
        )


def body_cites(listing: Operation) -> tuple[str, ...]:
    """What stands behind the bodies with which a list answers."""
    found = [cite for status in listing.successes for cite in listing.responses[str(status)].cites]
    return tuple(found) or listing.cites


def count_names(listing: Operation) -> list[str]:
    """The documented members of a list that count its items."""
    schema = success_schema(listing, "")
    if schema is None:
        return []
    inner = [member for each in schema.properties.values() for member in each.properties]
    return [name for name in paging.TOTALS if name in (*schema.properties, *inner)]


def size_kept(session: Session, resource: Resource) -> None:
    """One item, two, and as many as a page may have."""
    listing = listing_of(resource)
    name = size_of(listing)
    parameter = listing.parameter(name or "", "query")
    assert name is not None and parameter is not None  # noqa: S101, PT018
    path = populated(session, resource)
    for size in dict.fromkeys((1, 2, parameter.schema.flat.get("maximum", 3))):
        exchange = session.expect(
            session.call(listing.id, path=path, query={name: size}), SUCCESS, what=f"for {name}={size}"
        )
        count = len(session.items(exchange, resource))
        if count > size:
            session.broken(
                expected=f"at most {size} items for {name}={size}", received=f"{count}", exchange=exchange
            )
        if size == parameter.schema.flat.get("maximum"):
            _takes_largest(session, parameter, exchange, count)


def _takes_largest(session: Session, parameter: Parameter, exchange: Exchange, count: int) -> None:
    """A page that is as large as may be asked for does not say that it holds fewer.

    count: how many items it has. A page that says this number may count what it shows.
    """
    largest_size = parameter.schema.flat["maximum"]
    shown = Page(exchange).number("per_page")
    if shown is not None and count < shown < largest_size:
        session.broken(
            expected=f"a page of up to {largest_size} items for {parameter.name}={largest_size}",
            received=f"per_page {shown}",
            exchange=exchange,
            # Where only a file describes a server, its operator may have set a smaller largest page.
            readings=reading_of_a_file(parameter.cites, session.contract),
        )


def pages_join(session: Session, resource: Resource, of_size: tuple[str, ...]) -> None:
    """Pages of any size, and of none, hold the same items, each once. of_size: what says how large."""
    name = size_of(listing_of(resource))
    assert name is not None  # noqa: S101 - only such lists come here
    if not goes_on(listing_of(resource)):
        raise Skipped(f"{listing_of(resource).id} documents no way to its next page")
    path = populated(session, resource)
    whole = identities(session, resource, all_pages(session, resource, path))
    leads_on = False  # a server that leads on from pages of one size has a way for all
    for size in (
        *((1,) if len(whole) <= 12 else ()),
        2 if len(whole) <= 24 else 7,
        3 if len(whole) <= 36 else 9,
        None,
    ):
        query = {} if size is None else {name: size}
        pages = list(session.pages(resource, path=path, query=query))
        found = [identity(resource, item) for page in pages for item in session.items(page, resource)]
        asked = "without a size" if size is None else f"for {name}={size}"
        leads_on = leads_on or _go_on(session, resource, pages)
        twice = {key for key in found if found.count(key) > 1}
        if twice:
            session.broken(
                expected=f"every item once over all pages {asked}",
                received=f"{in_short(sorted(twice)[0])} {found.count(sorted(twice)[0])} times",
                exchange=pages[-1],
                because=of_size if leads_on else (),
                readings=_numbering(session, resource, path, query),
            )
        is_repeated = session.exchanges[-1] is not pages[-1] and session.exchanges[-1].ok
        if whole - set(found) and not is_repeated and not session.is_last(pages[-1], resource, query):
            raise Skipped("the answers do not say how the list goes on")
        if whole - set(found):
            session.broken(
                expected=f"all {len(whole)} items over all pages {asked}",
                received=f"{len(set(found))}",
                exchange=pages[-1],
                because=of_size if leads_on else (),
                readings=_numbering(session, resource, path, query),
            )


def _numbering(
    session: Session, resource: Resource, path: Mapping[str, Any], query: Mapping[str, Any]
) -> tuple[str, ...]:
    """What an assertion on several pages rests on besides, where neither the document nor the server says
    that the first page is number 1: some count from 0."""
    listing = listing_of(resource)
    page = page_of(listing)
    if page is None or cursor_of(listing) is not None or paging.first_number(listing) is not None:
        return ()
    asked = [session.call(listing.id, path=path, query={**query, **more}) for more in ({}, {page: 1})]
    shown = [identities(session, resource, [session.control(exchange)]) for exchange in asked]
    return () if shown[0] == shown[1] else READING


def shown_pages_join(session: Session, resource: Resource) -> None:
    """Pages of one item and of two, by the way on that their answers show, have every item once.

    No document names that way, so a server that does not honour it breaks nothing: its second page is then
    the first one again. Where one page has led on, pages of another size may not end early either.
    """
    listing = listing_of(resource)
    name = size_of(listing) or ""
    path = populated(session, resource)
    first = session.control(session.call(listing.id, path=path, query={name: 1}))
    if paging.following(listing, {name: 1}, first.parsed, count=1) is not None:
        raise Skipped(f"{listing.id} goes on as documented")
    whole = _in_order(session, resource, path)
    if not _SEVERAL <= len(whole) <= _FEW:
        raise Skipped(f"the list has {len(whole)} items, of which no few pages can be made")
    leads_on, has_no_order = False, _has_no_order(session, resource, path, whole)
    for size in (1, 2):
        pages = list(_shown_pages(session, resource, path, {name: size}))
        if has_no_order and len(pages) > 1:
            session.broken(
                expected=f"the {len(whole)} items in one order, so that pages that follow each other join",
                received="another order each time",
                exchange=pages[-1],
            )
        leads_on = leads_on or _go_on(session, resource, pages)
        found = [identity(resource, item) for page in pages for item in session.items(page, resource)]
        wrong = next((key for key in whole if found.count(key) != 1), None)
        if wrong is None or not leads_on:
            continue
        if _in_order(session, resource, path) != whole:
            raise Inconclusive("the list changed while its pages were read")
        session.broken(
            expected=f"every item once over the pages that answers lead to, for {name}={size}",
            received=f"{in_short(wrong)} {found.count(wrong)} times",
            exchange=pages[-1],
        )
    if not leads_on:
        raise Skipped("no answer shows a way to the next page that the server takes")


def _has_no_order(session: Session, resource: Resource, path: Mapping[str, Any], first: list[str]) -> bool:
    """Whether a list that was read before has the same items in another order each time it is read."""
    orders = [first, *(_in_order(session, resource, path) for _ in range(2))]
    are_same_items = all(sorted(order) == sorted(first) for order in orders)
    return are_same_items and len(set(map(tuple, orders))) == len(orders)


def _shown_pages(
    session: Session, resource: Resource, path: Mapping[str, Any], query: Mapping[str, Any]
) -> Iterator[Exchange]:
    """The pages of a short list, each but the first as the one before it shows."""
    listing = listing_of(resource)
    added: dict[str, Any] | None = {}
    for _ in range(_FEW + 1):
        if added is None:
            return
        exchange = session.control(session.call(listing.id, path=path, query={**query, **added}))
        yield exchange
        count = len(session.items(exchange, resource))
        added = shown_next(exchange.headers.get("link", ""), exchange.parsed, count=count) if count else None


def _in_order(session: Session, resource: Resource, path: Mapping[str, Any]) -> list[str]:
    """What the items of the largest page are identified by, in its order."""
    exchange = session.control(session.call(listing_of(resource).id, path=path, query=largest(resource)))
    return [identity(resource, item) for item in session.items(exchange, resource)]


def _go_on(session: Session, resource: Resource, pages: list[Exchange]) -> bool:
    """Whether the second page shows something that the first does not: then the server has a way on, whatever
    documents say of it."""
    shown = [identities(session, resource, [page]) for page in pages[:2]]
    return len(shown) > 1 and bool(shown[1] - shown[0])


def while_created(session: Session, resource: Resource) -> None:
    """What was there before the first page is on one of them, though a thing is created after each of the
    first two."""
    name = size_of(listing_of(resource)) or ""
    path = populated(session, resource)
    whole = identities(session, resource, all_pages(session, resource, path))
    above = {parent: path[parent] for parent in resource.parents}
    found: set[str] = set()
    query, page = {name: max(2, -(-len(whole) // 8))}, None
    for number, page in enumerate(session.pages(resource, path=path, query=query)):
        found |= identities(session, resource, [page])
        if number < 2:
            session.create(resource, under=above)
    if page is None or (whole - found and not session.is_last(page, resource, query)):
        raise Skipped("the answers do not say how the list goes on")
    if whole - found:
        session.broken(
            expected=f"all {len(whole)} items that were there before the first page",
            received=f"{len(whole & found)} of them",
            exchange=page,
        )


def more_is_more(session: Session, resource: Resource) -> None:
    """A page that says there is more names the next; one that says there is none is the last with an item."""
    name = size_of(listing_of(resource)) or "limit"
    path = populated(session, resource)
    pages = [Page(exchange) for exchange in session.pages(resource, path=path, query={name: 2})]
    for page, following in zip(pages, [*pages[1:], None], strict=True):
        more = page.member("has_more")
        if more is True and following is None and len(pages) < PAGES:
            if not goes_on(listing_of(resource)):
                raise Skipped("the document does not say where an answer names the next page")
            session.broken(
                expected="a cursor where has_more is true", received="none", exchange=page.exchange
            )
        if more is False and following is not None and session.items(following.exchange, resource):
            session.broken(
                expected="has_more true where another page has items",
                received="false",
                exchange=page.exchange,
            )


def standing(session: Session, resource: Resource) -> None:
    """Number, size, first and last item, last page and total of each page fit each other and what
    was asked.
    """
    listing = listing_of(resource)
    size = size_of(listing)
    path = populated(session, resource)
    whole = len(identities(session, resource, all_pages(session, resource, path)))
    asked = max(2, -(-whole // 4))
    query = {} if size is None else {size: asked}
    for number, exchange in enumerate(session.pages(resource, path=path, query=query), start=1):
        page = Page(exchange)
        per_page = page.number("per_page") or asked
        place = _place(number, per_page, count=len(session.items(exchange, resource)), whole=whole)
        if size is None and not goes_on(listing):
            del place["total"], place["last_page"]  # further pages may exist that nothing leads to
        for member, value in {**place, **({} if size is None else {"per_page": asked})}.items():
            if page.has(member) and page.member(member) != value:
                session.broken(
                    expected=f"{member} {value} on page {number} of {whole} items by {per_page}",
                    received=in_short(page.member(member)),
                    exchange=exchange,
                )
        shown = page.page_in("next")
        if number < place["last_page"] and shown is not None and shown != number + 1:
            session.broken(
                expected=f"a link to page {number + 1} as next", received=f"page {shown}", exchange=exchange
            )


def _place(number: int, per_page: int, *, count: int, whole: int) -> dict[str, Any]:
    """What a page of so many items says of its place among the whole."""
    first = (number - 1) * per_page + 1 if count else None
    return {
        "current_page": number,
        "per_page": per_page,
        "last_page": max(1, -(-whole // per_page)),
        "total": whole,
        "from": first,
        "to": None if first is None else first + count - 1,
    }


def first_page(session: Session, resource: Resource) -> None:
    """No page named and the first page named have the same items."""
    listing = listing_of(resource)
    first = paging.first_number(listing)
    number = 1 if first is None else first
    path = populated(session, resource)
    shown = []
    for query in ({}, {page_of(listing) or "": number}):
        exchange = session.control(session.call(listing.id, path=path, query=query))
        shown.append([identity(resource, item) for item in session.items(exchange, resource)])
    if sorted(shown[0]) != sorted(shown[1]):
        session.broken(
            expected=f"the items of page {number} where no page is named",
            received=f"{len(set(shown[0]) ^ set(shown[1]))} others",
            exchange=session.exchanges[-1],
            # A server may count its pages from 0.
            readings=reading_of_a_file(listing.cites, session.contract) if first is None else (),
        )


def beyond(session: Session, resource: Resource) -> None:
    """A page far beyond the last is refused or empty."""
    listing = listing_of(resource)
    path = populated(session, resource)
    exchange = session.call(listing.id, path=path, query={page_of(listing) or "": 99_999})
    session.expect(exchange, "page_out_of_range", what="for a page beyond the last")
    if exchange.ok and session.items(exchange, resource):
        session.broken(
            expected="no items on a page beyond the last",
            received=f"{len(session.items(exchange, resource))}",
            exchange=exchange,
        )


def total(session: Session, resource: Resource) -> None:
    """Every page counts at least the items all pages have."""
    listing = listing_of(resource)
    size = size_of(listing)
    path = populated(session, resource)
    whole = len(identities(session, resource, all_pages(session, resource, path)))
    exchange = session.control(session.call(listing.id, path=path, query={} if size is None else {size: 2}))
    page, names = Page(exchange), count_names(listing)
    items = len(session.items(exchange, resource))
    for name in names:
        shown = page.number(name)
        is_of_page = name == "count" and shown == items
        if is_of_page and len(names) > 1:
            continue
        if shown is not None and shown < whole:
            session.broken(
                expected=f"a {name} of at least {whole}",
                received=str(shown),
                exchange=exchange,
                readings=READING if is_of_page else (),
            )


def total_stays(session: Session, resource: Resource) -> None:
    """The last page counts what the first does; an include leaves that, and a filter does not add to it."""
    listing = listing_of(resource)
    path = populated(session, resource)
    size = size_of(listing)
    query: dict[str, Any] = {} if size is None else {size: 2}
    pages = list(session.pages(resource, path=path, query=query))
    last_with_items = next((page for page in reversed(pages) if session.items(page, resource)), pages[0])
    first, last = Page(pages[0]), Page(last_with_items)
    for name in count_names(listing):
        counted = first.number(name)
        if counted is None:
            continue
        if last.number(name) != counted:
            _other_count(session, last, name, f"{counted}, as on the first page")
        for parameter in listing.of("query"):
            value = _asked_with(parameter)
            if value is None:
                continue
            exchange = session.call(listing.id, path=path, query={**query, parameter.name: value})
            page = Page(exchange)
            shown = page.number(name) if exchange.ok else None
            is_join = parameter.name in INCLUDES
            if shown is not None and (shown > counted or (is_join and shown != counted)):
                _other_count(session, page, name, f"{'' if is_join else 'at most '}{counted}")


def _asked_with(parameter: Parameter) -> str | None:
    """A value that joins related records, or that a filter may find; None for other parameters."""
    if parameter.name not in INCLUDES and not is_filter(parameter):
        return None
    values = documented_values(parameter)
    return values[0] if values else None


def _other_count(session: Session, page: Page, name: str, expected: str) -> None:
    session.broken(
        expected=f"{name} {expected}", received=in_short(page.member(name)), exchange=page.exchange
    )


def listing_of(resource: Resource) -> Operation:
    """The operation that lists things of a kind that can be listed."""
    assert resource.list is not None  # noqa: S101 - only such kinds come here
    return resource.list
