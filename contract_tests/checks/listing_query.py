"""What a reader asks of a list is done: sorted, filtered, joined with what is included, and all of
it at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from contract_tests.checks.includes import documented_values
from contract_tests.checks.lib.pages import all_pages, identities, identity, largest, populated
from contract_tests.checks.lib.records import (
    READING,
    in_short,
    instant,
    reading_of_a_file,
    spelled,
    success_schema,
)
from contract_tests.checks.lib.values import NAMES
from contract_tests.checks.lifecycle_update import update_body
from contract_tests.checks.listing import listing_of
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation, Parameter
from contract_tests.openapi.list_parameters import INCLUDES, SORTS, is_filter
from contract_tests.openapi.paging import first_number, page_of, size_of
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import SUCCESS, Created, Session
from contract_tests.verdicts import Inconclusive, Skipped

_PAGES = 24
"""Over how many pages a sorted list is read, so that an order within each page alone is seen."""

_PAIRS = 3
"""How many pairs of filters are tried at most."""

_WAYS = (",asc", ",desc")
"""How a sort of `member,way` says its way, as Spring Data takes it."""

_WITH_A_WAY = re.compile(r"property,\(asc\|desc\)", re.IGNORECASE)
"""What the description of such a parameter says."""

_FEW = 5
"""How many items a filter may find for its small pages to be read."""

_BOUND = re.compile(
    r"level|severity|priority|rank|\b(min|max|least|most|up to|than|above|below|higher|lower|later|earlier)",
    re.IGNORECASE,
)
"""What the name or the description of a filter says that may be a bound."""

_KEY = re.compile(r"(^|_)id$|Id$")
"""The names of members that hold a key."""

_FOR = re.compile(r"^for(?=[A-Z_])")
"""How the name of a filter may begin before that of the thing that it looks for."""

_PLAIN = re.compile(r"[a-z0-9]+")


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """An order per documented sort value, a subset per filter, and everything at once, per list."""
    build = RequirementBuilder(contract, citations, Family.LISTING)
    for resource in resources_of(contract).all:
        listing = resource.list
        if listing is None:
            continue
        for parameter in listing.of("query"):
            if parameter.name in SORTS:
                yield from _of_sort(build, resource, listing, parameter)
            elif is_filter(parameter):
                title = (
                    f"{listing.id} filtered by {parameter.name} shows nothing that it does not show without"
                )
                check = partial(filtered, resource=resource, parameter=parameter)
                yield build(
                    listing, f"filter.{parameter.name}", title=title, cites=parameter.cites, check=check
                )
        filters = [parameter for parameter in listing.of("query") if is_filter(parameter)]
        if len(filters) > 1:
            title = f"{listing.id} with two filters shows nothing that one of them alone leaves out"
            check = partial(both_filters, resource=resource, filters=filters)
            cites = facts_of([cite for each in filters for cite in each.cites], citations)
            # Filters that only a file of the implementation lists may be alternatives.
            may_be_alternatives = reading_of_a_file(cites, contract)
            yield build(
                listing, "filters", title=title, cites=cites, besides=may_be_alternatives, check=check
            )
        if page_of(listing) is not None and any(parameter.name in SORTS for parameter in listing.of("query")):
            title = f"{listing.id} sorts, pages and includes at once"
            yield build(
                listing,
                "combined",
                title=title,
                cites=listing.cites,
                check=partial(combined, resource=resource),
            )


def _of_sort(
    build: RequirementBuilder, resource: Resource, listing: Operation, parameter: Parameter
) -> Iterator[Requirement]:
    by_suffix = [f"{resource.id_member}{way}" for way in _WAYS if _WITH_A_WAY.search(parameter.description)]
    for value in documented_values(parameter) or by_suffix:
        member = _sorted_member(value)
        if member in _item_members(listing, resource):
            way = "downwards" if _is_downwards(value) else "upwards"
            title = f"{listing.id} with {parameter.name}={value} is ordered by {member} {way}"
            check = partial(ordered, resource=resource, parameter=parameter.name, value=value)
            yield build(listing, f"sort.{value}", title=title, cites=parameter.cites, check=check)


def _sorted_member(value: str) -> str:
    return value.lstrip("-+").partition(",")[0]


def _is_downwards(value: str) -> bool:
    return value.startswith("-") or value.endswith(_WAYS[1])


def _item_members(listing: Operation, resource: Resource) -> list[str]:
    schema = success_schema(listing, resource.items_pointer or "")
    items = None if schema is None else schema.items
    return [] if items is None else list(items.properties)


def ordered(session: Session, resource: Resource, parameter: str, value: str) -> None:
    """The items of all pages are in order, and they are those of the list without an order."""
    assert resource.list is not None  # noqa: S101 - only such kinds come here
    member = _sorted_member(value)
    path = _with_names(session, resource, member)
    whole = identities(session, resource, all_pages(session, resource, path))
    size = size_of(resource.list)
    query = {parameter: value} if size is None else {parameter: value, size: max(2, -(-len(whole) // _PAGES))}
    pages = list(session.pages(resource, path=path, query=query))
    items = [item for page in pages for item in session.items(page, resource)]
    found = {identity(resource, item) for item in items}
    if found != whole or len(items) != len(whole):
        session.broken(
            expected=f"the same {len(whole)} items with {parameter}={value}",
            received=f"{len(items)}, {len(found & whole)} of them the same",
            exchange=pages[-1],
        )
    _in_order(session, [_key(item, member) for item in items], value, pages[0])


def _in_order(session: Session, keys: list[Any], value: str, exchange: Exchange) -> None:
    """Keys that cannot be compared everywhere in the same way are passed over."""
    plain = [key for key in keys if key is not None]
    if len({type(key) for key in plain}) > 1:
        raise Inconclusive("the values of the sorted member are of several types")
    wanted = sorted(plain, reverse=_is_downwards(value))
    if len(set(plain)) < 2:
        raise Inconclusive("no two values of the sorted member can be compared")
    if plain != wanted:
        first = next(index for index, key in enumerate(plain) if key != wanted[index])
        session.broken(
            expected=f"{in_short(wanted[first])} in place {first + 1} for sort {value}",
            received=in_short(plain[first]),
            exchange=exchange,
        )


def _key(item: Any, member: str) -> Any:
    """What an item is ordered by: a moment, a number, or a plain word in small letters; None
    for other texts, which databases order in ways of their own.
    """
    value = item.get(member) if isinstance(item, Mapping) else None
    if isinstance(value, str):
        return instant(value) or (value if _PLAIN.fullmatch(value) else None)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _with_names(session: Session, resource: Resource, member: str) -> dict[str, Any]:
    """A list with plain words in the sorted member, made out of order; two differ in their last letter."""
    path = populated(session, resource)
    members = resource.create.body.schema.properties if resource.create and resource.create.body else {}
    if resource.delete is not None and member in NAMES and member in members:
        alike = f"dct{session.unique()}".replace("-", "")
        words = [f"{letter}ct{session.unique()}".replace("-", "") for letter in "tzcmab"]
        above = {name: path[name] for name in resource.parents}
        made = [
            session.create(resource, under=above, **{member: text})
            for text in (*words, f"{alike}z", f"{alike}a")
        ]
        _rename(session, made[0], member)
    return path


def _rename(session: Session, created: Created, member: str) -> None:
    """Give a thing another value of the sorted member, before all others: a list is in the order of what it
    shows, not of the first names."""
    update = created.resource.update
    if update is None or update.body is None or member not in update.body.schema.properties:
        return
    body = created.exchange.sent.body
    sent = json.loads(body) if body else {}
    change = {member: f"aact{session.unique()}".replace("-", "")}
    session.call(update.id, path=created.path, body=update_body(session, created, sent, change))


def filtered(session: Session, resource: Resource, parameter: Parameter) -> None:
    """A filter's result is part of the whole list; where the filter is named after a member, the
    thing with its value is in it.
    """
    assert resource.list is not None  # noqa: S101
    path = populated(session, resource)
    pages = all_pages(session, resource, path)
    whole = identities(session, resource, pages)
    member = _filtered_member(parameter)
    items = [item for page in pages for item in session.items(page, resource) if isinstance(item, Mapping)]
    _has_effect(session, resource, parameter, path, items)
    # The last, which is on no first page of a few items.
    value = next((item[member] for item in reversed(items) if isinstance(item.get(member), str)), None)
    shown = next(iter(parameter.examples), None)
    random = session.unique()
    is_member = any(_has(item, member) for item in items) and _compares_texts(parameter)
    # The random value first: what it shows breaks the document, what another one shows may rest on a reading.
    for asked in (text for text in (random, value, shown, "") if text is not None):
        query = {parameter.name: asked, **largest(resource)}
        exchange = session.call(resource.list.id, path=path, query=query)
        statuses, _ = session.context.accepted("unknown_query_value", resource.list)
        session.expect(exchange, {*SUCCESS, *(statuses or ())}, what=f"for {parameter.name}={asked}")
        if not exchange.ok:
            continue
        found = identities(session, resource, [exchange])
        others = found - whole
        if others and others - identities(session, resource, all_pages(session, resource, path)):
            session.broken(
                expected=f"only items of the whole list for {parameter.name}={asked}",
                received=f"{len(others)} others",
                exchange=exchange,
                readings=() if asked == random else READING,  # a list may leave out what a filter names
            )
        finds_all = asked == random and bool(found) and found == whole
        if finds_all and (is_member or _finds_all_by_relation(session, resource, path, parameter, whole)):
            session.broken(
                expected=f"no item for {parameter.name}={asked}, a value that nothing has",
                received=f"all {len(found)} of the list",
                exchange=exchange,
                because=parameter.cites,
            )
        if asked == random and found and found < whole and _names_a_key(member, items):
            _finds_nothing_else(session, resource, path, parameter, found)
        if asked == value and found < whole:
            _found_on_small_pages(session, resource, path, parameter, asked=asked, found=found)
        if (
            asked == value
            and len(whole) <= len(items)
            and not _holders(resource, items, member, value) & found
        ):
            session.broken(
                expected=f"items whose {member} is {value}",
                received=f"{len(found)} others",
                exchange=exchange,
                readings=["X14"],  # a filter need not compare with the member of its name
            )


def _has(item: Mapping[str, Any], member: str) -> bool:
    """Whether an item has a member that a filter of that name looks at: the list `tags` for `tag`."""
    return member in item or isinstance(item.get(f"{member}s"), list)


def _has_effect(
    session: Session,
    resource: Resource,
    parameter: Parameter,
    path: Mapping[str, Any],
    items: list[Mapping[str, Any]],
) -> None:
    """A filter by one of a few documented values, or by a number, does not show everything that has another
    one. That it does not take the value for a bound, or add what has it, may be a reading."""
    assert resource.list is not None  # noqa: S101
    held = [item[parameter.name] for item in items if parameter.name in item]
    value = _value_not_held(resource, parameter, held)
    if len(held) < len(items) or not items or value is None:
        return
    exchange = session.call(resource.list.id, path=path, query={parameter.name: value, **largest(resource)})
    found = identities(session, resource, [exchange]) if exchange.ok else set()
    others = {identity(resource, item) for item in items if item[parameter.name] != value}
    if others and others <= found:
        session.broken(
            expected=f"no item whose {parameter.name} is not {value}",
            received=f"all {len(others)} of the list",
            exchange=exchange,
            because=parameter.cites,
            readings=() if _asks_for_equals(parameter) else READING,
        )


def _asks_for_equals(parameter: Parameter) -> bool:
    """Whether a filter can only ask for equal values: one by a key, or by a documented value of a set without
    an order. A truth value may add what has it, and a number or a severity may be a bound."""
    if "enum" in parameter.schema.flat:
        return not _BOUND.search(f"{parameter.name} {parameter.description}")
    return parameter.schema.types - {"null"} == {"integer"} and bool(_KEY.search(parameter.name))


def _value_not_held(resource: Resource, parameter: Parameter, held: list[Any]) -> Any:
    """A value of a filter that not every item has, of those that both the filter and the member of its name
    may have; None where none is known."""
    assert resource.list is not None  # noqa: S101
    schema = success_schema(resource.list, resource.items_pointer or "")
    member = schema.items.properties.get(parameter.name) if schema is not None and schema.items else None
    types = parameter.schema.types - {"null"}
    if member is None or not held:
        return None
    if types == {"integer"}:
        numbers = [value for value in held if isinstance(value, int)]
        candidates: list[Any] = [max(numbers, default=0) + 1_000_003]
    elif types == {"boolean"}:
        candidates = [True, False]
    else:
        shared = set(map(str, member.flat.get("enum", ())))
        candidates = [value for value in parameter.schema.flat.get("enum", ()) if str(value) in shared]
    few = sorted(candidates, key=held.count)
    return next((value for value in few if held.count(value) < len(held)), None)


def _names_a_key(name: str, items: list[Mapping[str, Any]]) -> bool:
    """Whether a filter is named after a member of the items or after the key in one: `forSession` after
    `session_id`. A search is not, and may find what is like a text."""
    named = (name, f"{_FOR.sub('', name)}_id")
    return any(spelled(each, item) is not None for each in named for item in items)


def _finds_nothing_else(
    session: Session, resource: Resource, path: Mapping[str, Any], parameter: Parameter, found: set[str]
) -> None:
    """A filter that finds something for a value that nothing has finds other things, or nothing, for another
    such value: else it may ask only whether a thing has any."""
    another = session.unique()
    if _compares_texts(parameter) and _found(session, resource, path, {parameter.name: another}) == found:
        session.broken(
            expected=f"no item for {parameter.name}={another}, a value that nothing has",
            received=f"{len(found)} items, the same as for another such value",
            exchange=session.exchanges[-1],
            readings=READING,
        )


def _finds_all_by_relation(
    session: Session, resource: Resource, path: Mapping[str, Any], parameter: Parameter, whole: set[str]
) -> bool:
    """Whether a filter named after a relation shows the whole list for the id of one related record too,
    though the list has several: then it has no effect for any value."""
    ids = _related_ids(session, resource, path, _filtered_member(parameter))
    return len(ids) > 1 and all(
        _found(session, resource, path, {parameter.name: each}) == whole for each in ids[:2]
    )


def _found_on_small_pages(
    session: Session,
    resource: Resource,
    path: Mapping[str, Any],
    parameter: Parameter,
    *,
    asked: str,
    found: set[str],
) -> None:
    """Pages of one item have what a filter finds on a large page: it filters the list, not each page."""
    listing = listing_of(resource)
    size = listing.parameter(size_of(listing) or "", "query")
    if size is None or not 0 < len(found) <= _FEW:
        return
    query = {parameter.name: asked, size.name: 1}
    pages = list(session.pages(resource, path=path, query=query))
    missing = found - identities(session, resource, pages)
    if missing & (_found(session, resource, path, {parameter.name: asked}) or set()):
        session.broken(
            expected=f"the {len(found)} items for {parameter.name}={asked} with {size.name}=1 too",
            received=f"{len(found) - len(missing)} of them",
            exchange=pages[-1],
            because=(*parameter.cites, *size.cites),
        )
    shown = [len(session.items(page, resource)) for page in pages]
    gaps = [page for page, held, later in zip(pages, shown, shown[1:], strict=False) if held < later]
    if gaps and page_of(listing) is not None:
        session.broken(
            expected=f"the items for {parameter.name}={asked} on the first pages with {size.name}=1",
            received="an empty page before one with an item",
            exchange=gaps[0],
            because=(*parameter.cites, *size.cites),
            # A server that only a file describes may cut its pages first.
            readings=reading_of_a_file(parameter.cites, session.contract),
        )


def both_filters(session: Session, resource: Resource, filters: list[Parameter]) -> None:
    """A filter that finds something beside one that finds nothing finds nothing, whichever comes first."""
    assert resource.list is not None  # noqa: S101
    path = populated(session, resource)
    pages = all_pages(session, resource, path)
    items = [item for page in pages for item in session.items(page, resource) if isinstance(item, Mapping)]
    finding: dict[str, str] = {}
    empty: dict[str, str] = {}
    for parameter in filters:
        member = _filtered_member(parameter)
        shown = next((item[member] for item in items if isinstance(item.get(member), str)), None)
        ids = _related_ids(session, resource, path, member) if shown is None else []
        for value in (shown, *ids[:1], *map(str, parameter.examples[:1])):
            if value is not None and _found(session, resource, path, {parameter.name: value}):
                finding[parameter.name] = value
        nothing = session.unique()
        if _compares_texts(parameter) and _found(session, resource, path, {parameter.name: nothing}) == set():
            empty[parameter.name] = nothing
    pairs = [(one, other) for one in finding for other in empty if one != other]
    if not pairs:
        raise Skipped("no filter that finds something is known beside one that finds nothing")
    for one, other in pairs[:_PAIRS]:
        both = {one: finding[one], other: empty[other]}
        for query in (both, dict(reversed(both.items()))):
            found = _found(session, resource, path, query)
            if found:
                session.broken(
                    expected=f"nothing for {one} beside {other}, which alone finds nothing",
                    received=f"{len(found)} items",
                    exchange=session.exchanges[-1],
                )


def _filtered_member(parameter: Parameter) -> str:
    """The member that a filter is named after: `name` of `filter[name]` and of `name`."""
    return parameter.name.rpartition("[")[2].rstrip("]")


def _related_ids(session: Session, resource: Resource, path: Mapping[str, Any], member: str) -> list[str]:
    """The ids of related records of that name, which the list shows where it is asked to include them."""
    listing = listing_of(resource)
    include = next((parameter for parameter in listing.of("query") if parameter.name in INCLUDES), None)
    ways = [] if include is None else [value.split(".") for value in documented_values(include)]
    way = next((each for each in ways if each[-1] == member), None)
    if include is None or way is None:
        return []
    query = {include.name: ".".join(way), **largest(resource)}
    exchange = session.call(listing.id, path=path, query=query)
    found: Any = session.items(exchange, resource) if exchange.ok else []
    for name in way:
        records = [each for each in found if isinstance(each, Mapping)]
        named = [(each, spelled(name, each)) for each in records]
        found = [each[key] for each, key in named if key is not None]
    ids = [each.get("id") for each in found if isinstance(each, Mapping)]
    return list(dict.fromkeys(str(each) for each in ids if each is not None))


def _found(
    session: Session, resource: Resource, path: Mapping[str, Any], query: Mapping[str, Any]
) -> set[str] | None:
    """What a list shows with a query; None where it is refused."""
    assert resource.list is not None  # noqa: S101
    exchange = session.call(resource.list.id, path=path, query={**query, **largest(resource)})
    return identities(session, resource, [exchange]) if exchange.ok else None


def _compares_texts(parameter: Parameter) -> bool:
    """Whether any text may be a value of a filter, and not the name of a state or a truth value, of which a
    server may ignore those that it does not know."""
    flat = parameter.schema.flat
    is_text = parameter.schema.types - {"null"} == {"string"}
    return is_text and not {"enum", "format", "pattern"} & set(flat)


def _holders(resource: Resource, items: list[Mapping[str, Any]], member: str, value: Any) -> set[str]:
    return {identity(resource, item) for item in items if item.get(member) == value}


def combined(session: Session, resource: Resource) -> None:
    """The second page of a sorted list is the same with and without an include, and follows the first."""
    assert resource.list is not None  # noqa: S101
    size = size_of(resource.list)
    sort = next(parameter for parameter in resource.list.of("query") if parameter.name in SORTS)
    values = documented_values(sort)
    if size is None or not values:
        raise Skipped(f"{resource.list.id} documents no size or no order")
    include = next((parameter for parameter in resource.list.of("query") if parameter.name in INCLUDES), None)
    several = [] if include is None else [value for value in documented_values(include) if "." not in value]
    path = _with_names(session, resource, values[-1].lstrip("-+"))
    query = {sort.name: values[-1], size: 3}
    shown: dict[tuple[int, bool], list[str]] = {}
    number, first = page_of(resource.list) or "", first_number(resource.list)
    pages = (0, 1) if first == 0 else (1, 2)
    for page in pages:
        for including in (False, True):
            extra = {include.name: ",".join(several)} if include is not None and including else {}
            exchange = session.call(resource.list.id, path=path, query={**query, number: page, **extra})
            session.expect(
                exchange, SUCCESS, what=f"for page {page}, sorted{' and with includes' if extra else ''}"
            )
            shown[page, including] = [identity(resource, item) for item in session.items(exchange, resource)]
    last = session.exchanges[-1]
    for page in pages:
        if shown[page, False] != shown[page, True]:
            session.broken(
                expected=f"the same page {page} with and without includes", received="another", exchange=last
            )
    if set(shown[pages[0], True]) & set(shown[pages[1], True]):
        session.broken(
            expected="other items on the second page than on the first",
            received="some of them again",
            exchange=last,
        )
