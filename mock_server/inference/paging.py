"""Lists of inferred contracts: filters, bounds, search, sorting and pagination by conventional names."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.listing import case_insensitive, comparable, query_text, sort_records
from mock_server.behaviours.paging import RecordPage, linker
from mock_server.handlers.registry import Call
from mock_server.handlers.resource import page_of
from mock_server.inference.envelopes import normalized
from mock_server.store.protocol import Record

_SEARCH = frozenset({"q", "query", "search", "keyword", "keywords", "term", "searchterm"})
_DIRECTION = frozenset(
    {"order", "direction", "sortorder", "sortdir", "dir", "sortdirection", "orderdirection"}
)
_Compare = Callable[[Any, Any], bool]
_BOUNDS: Mapping[str, _Compare] = {
    "after": operator.gt,
    "before": operator.lt,
    "since": operator.ge,
    "until": operator.le,
    "from": operator.ge,
    "to": operator.le,
    "min": operator.ge,
    "max": operator.le,
    "gte": operator.ge,
    "lte": operator.le,
    "gt": operator.gt,
    "lt": operator.lt,
}
"""Word in a parameter's name (startsAfter, price_min, minPrice, created[gte]) → comparison."""


def filtered(records: Sequence[Record], call: Call, collection: Collection) -> Sequence[Record]:
    """Return the records that satisfy the declared filters, the requested bounds and the text search."""
    for parameter, member in call.behaviour.filters.items():
        if call.query.get(parameter) is not None:
            requested = _texts(call.query[parameter])
            records = [record for record in records if requested & _texts(record.get(member))]
    page, sort = call.behaviour.page, call.behaviour.sort
    known = set(call.behaviour.filters)
    if page is not None:
        known |= {page.size, page.at}
    if sort is not None:
        known.add(sort.parameter)
    members = {name for record in records for name in record if name not in collection.private}
    for parameter, requested in call.query.items():
        if parameter in known or isinstance(requested, list | dict):
            continue
        if normalized(parameter) in _SEARCH and isinstance(requested, str):
            records = [record for record in records if _contains(record, requested, collection)]
        for member, compare in _bounds(normalized(parameter), members):
            records = [record for record in records if _within(record.get(member), requested, compare)]
    return records


def sorted_as_requested(records: Sequence[Record], call: Call) -> Sequence[Record]:
    """Return the records in the requested order; unknown names are ignored.

    Descending order is written as `-name`, `name:desc`, `name desc` or in a parameter of its own.
    """
    sort = call.behaviour.sort
    requested = call.query.get(sort.parameter) if sort else None
    if sort is None or requested is None:
        return records
    all_descending = any(
        normalized(name) in _DIRECTION and name != sort.parameter and str(value).lower().startswith("desc")
        for name, value in call.query.items()
    )
    names = requested if isinstance(requested, list) else str(requested).split(",")
    # The sort is stable, so sorting by the least significant name first orders by all of them.
    for entry in reversed([str(name).strip() for name in names]):
        name, _, suffix = entry.lstrip("+-").replace(":", " ").partition(" ")
        member = sort.allow.get(name)
        if member is None:
            continue
        descending = all_descending or entry.startswith("-") or suffix.lower().startswith("desc")
        records = sorted(records, key=case_insensitive(member), reverse=descending)
    return records


def paginated(records: Sequence[Record], call: Call, collection: Collection) -> RecordPage:
    """Return the requested page, with all metadata that envelopes may contain.

    Without declared pagination it contains all records.
    """
    page = call.behaviour.page
    if page is not None and page.mode == "cursor":
        records = sort_records(records, call.behaviour.order or collection.key, collection)
    records_page = page_of(call, records, collection, lenient=True)
    more: dict[str, Any] = {"self": call.url, "shown": len(records_page.records), "has_more": False}
    if page is not None and page.mode == "cursor":
        next_cursor = records_page.meta["next_cursor"]
        more["next"] = linker(call.url, call.sent_query, page.at)(next_cursor) if next_cursor else None
    elif page is not None:
        position, step = records_page.meta["current_page"], 1
        if page.mode == "offset":
            position, step = records_page.meta["offset"], records_page.meta["per_page"]
        next_position = position + step if records_page.meta["has_more"] else None
        more["next_number"] = next_position
        more["next_cursor"] = None if next_position is None else str(next_position)
        more["prev_number"] = max(position - step, 0) if records_page.meta["has_previous"] else None
    return RecordPage(records_page.records, {**more, **records_page.meta})


def _texts(value: Any) -> set[str]:
    return {query_text(entry) for entry in value} if isinstance(value, list) else {query_text(value)}


def _contains(record: Record, text: str, collection: Collection) -> bool:
    """Whether a visible member of a record contains a text, ignoring case."""
    visible = [value for name, value in record.items() if name not in collection.private]
    return any(text.casefold() in query_text(value).casefold() for value in visible)


def _bounds(word: str, members: set[str]) -> Iterator[tuple[str, _Compare]]:
    """Yield the member that a parameter sets a bound for, with the comparison; nothing for other parameters.

    word: the parameter's normalized name: a word for the bound, before or after the member's name, whose
    ending `at`, `on` or `date` may be missing.
    """
    by_stem = {
        normalized(name).removesuffix(ending): name
        for name in sorted(members)
        for ending in ("at", "on", "date")
    }
    by_stem |= {normalized(name): name for name in members}
    for bound, compare in _BOUNDS.items():
        for stem in (word.removesuffix(bound), word.removeprefix(bound)):
            if stem != word and stem in by_stem:
                yield by_stem[stem], compare
                return


def _within(value: Any, bound: Any, compare: _Compare) -> bool:
    """Whether a value satisfies a bound; values of another type never do."""
    (value_rank, value_key), (bound_rank, bound_key) = comparable(value), comparable(bound)
    return value_rank == bound_rank and compare(value_key, bound_key)
