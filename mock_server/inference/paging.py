"""Lists as any API might ask for them: filtered by members, searched, sorted, cut into pages."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.listing import case_insensitive, comparable, query_text, sort_records
from mock_server.behaviours.paging import RecordPage, linker
from mock_server.handlers.registry import Call
from mock_server.handlers.resource import page_of
from mock_server.inference.envelopes import words
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
"""What a name says of the values it admits: startsAfter, price_min, minPrice, created[gte]."""


def matching(records: Sequence[Record], call: Call, collection: Collection) -> Sequence[Record]:
    """The records that satisfy the declared filters, lie within the bounds that are set, and hold the text
    that is searched for."""
    for parameter, member in call.behaviour.filters.items():
        if call.query.get(parameter) is not None:
            asked = call.query[parameter]
            wanted = {query_text(value) for value in (asked if isinstance(asked, list) else [asked])}
            records = [record for record in records if wanted & _texts(record.get(member))]
    page, sort = call.behaviour.page, call.behaviour.sort
    known = {*call.behaviour.filters, *([page.size, page.at] if page else ()), sort.parameter if sort else ""}
    seen = {name for record in records for name in record if name not in collection.private}
    for parameter, asked in call.query.items():
        if parameter in known or isinstance(asked, list | dict):
            continue
        if words(parameter) in _SEARCH and isinstance(asked, str):
            records = [record for record in records if _holds(record, asked, collection)]
        for member, within in _bounds(words(parameter), seen):
            records = [record for record in records if _within(record.get(member), asked, within)]
    return records


def sorted_as_asked(records: Sequence[Record], call: Call) -> Sequence[Record]:
    """The records in the order that is asked for; names that say nothing are passed over."""
    sort = call.behaviour.sort
    asked = call.query.get(sort.parameter) if sort else None
    if sort is None or asked is None:
        return records
    falling = any(
        words(name) in _DIRECTION and name != sort.parameter and str(value).lower().startswith("desc")
        for name, value in call.query.items()
    )
    names = asked if isinstance(asked, list) else str(asked).split(",")
    for entry in reversed([str(name).strip() for name in names]):
        name, _, suffix = entry.lstrip("+-").replace(":", " ").partition(" ")
        member = sort.allow.get(name)
        if member is None:
            continue
        down = entry.startswith("-") or suffix.lower().startswith("desc") or falling
        records = sorted(records, key=case_insensitive(member), reverse=down)
    return records


def cut(records: Sequence[Record], call: Call, collection: Collection) -> RecordPage:
    """One page as declared, with everything envelopes tell about lists; all of them where no paging is
    declared."""
    page = call.behaviour.page
    if page is not None and page.mode == "cursor":
        records = sort_records(records, call.behaviour.order or collection.key, collection)
    page_cut = page_of(call, records, collection, lenient=True)
    more: dict[str, Any] = {"self": call.url, "shown": len(page_cut.records), "has_more": False}
    if page is not None and page.mode == "cursor":
        next_page = page_cut.meta["next_cursor"]
        more["next"] = linker(call.url, call.sent_query, page.at)(next_page) if next_page else None
    elif page is not None:
        here, step = page_cut.meta["current_page"], 1
        if page.mode == "offset":
            here, step = page_cut.meta["offset"], page_cut.meta["per_page"]
        next_page = here + step if page_cut.meta["has_more"] else None
        more["next_number"] = next_page
        more["next_cursor"] = None if next_page is None else str(next_page)
        more["prev_number"] = max(here - step, 0) if page_cut.meta["has_previous"] else None
    return RecordPage(page_cut.records, {**more, **page_cut.meta})


def _texts(value: Any) -> set[str]:
    return {query_text(entry) for entry in value} if isinstance(value, list) else {query_text(value)}


def _holds(record: Record, text: str, collection: Collection) -> bool:
    """Whether a text occurs in what is shown of a record, in either case."""
    visible = [value for name, value in record.items() if name not in collection.private]
    return any(text.casefold() in query_text(value).casefold() for value in visible)


def _bounds(word: str, members: set[str]) -> Iterator[tuple[str, _Compare]]:
    """The member a parameter sets a bound for, and how: a word for the bound before or after its name, of
    which `at`, `on` and `date` may be left out."""
    by_word = {
        words(name).removesuffix(end): name for name in sorted(members) for end in ("at", "on", "date")
    }
    by_word |= {words(name): name for name in members}
    for said, compare in _BOUNDS.items():
        for stem in (word.removesuffix(said), word.removeprefix(said)):
            if stem != word and stem in by_word:
                yield by_word[stem], compare
                return


def _within(value: Any, bound: Any, compare: _Compare) -> bool:
    (kind, place), (asked, limit) = comparable(value), comparable(bound)
    return kind == asked and compare(place, limit)
