"""Lists as any API might ask for them: filtered by members, searched, sorted, cut into pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.listing import put_in_order
from mock_server.behaviours.paging import Cut, cut_at_cursor, cut_by_number, cut_by_offset
from mock_server.handlers.registry import Call
from mock_server.inference.envelopes import words
from mock_server.store.protocol import Record

_SEARCH = frozenset({"q", "query", "search", "keyword", "keywords", "term", "searchterm"})
_DIRECTION = frozenset(
    {"order", "direction", "sortorder", "sortdir", "dir", "sortdirection", "orderdirection"}
)


def matching(records: Sequence[Record], call: Call, collection: Collection) -> Sequence[Record]:
    """The records that satisfy the declared filters, and hold the text that is searched for."""
    for parameter, member in call.behaviour.filters.items():
        if call.query.get(parameter) is not None:
            asked = call.query[parameter]
            wanted = {_text(one) for one in (asked if isinstance(asked, list) else [asked])}
            records = [one for one in records if wanted & _texts(one.get(member))]
    for parameter, asked in call.query.items():
        known = {*call.behaviour.filters, call.behaviour.sort.parameter if call.behaviour.sort else ""}
        if words(parameter) in _SEARCH and parameter not in known and isinstance(asked, str) and asked:
            shown = [{n: v for n, v in one.items() if n not in collection.private} for one in records]
            records = [
                one
                for one, seen in zip(records, shown, strict=True)
                if asked.casefold() in _text(seen).casefold()
            ]
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
    for entry in reversed([str(one).strip() for one in names]):
        name, _, suffix = entry.lstrip("+-").replace(":", " ").partition(" ")
        member = sort.allow.get(name)
        if member is None:
            continue
        down = entry.startswith("-") or suffix.lower().startswith("desc") or falling
        records = sorted(records, key=lambda one, by=member: _rank(one.get(by)), reverse=down)  # type: ignore[misc]
    return records


def cut(records: Sequence[Record], call: Call, collection: Collection) -> Cut:
    """One page as declared, with everything envelopes tell about lists; all of them where no paging is
    declared."""
    page = call.behaviour.page
    if page is None:
        return Cut(
            records, {"total": len(records), "has_more": False, "shown": len(records), "self": call.url}
        )
    if page.kind == "cursor":
        order = call.behaviour.order or collection.key
        ordered = put_in_order(records, order, collection)
        found = cut_at_cursor(ordered, call.query, page, order=order, collection=collection, lenient=True)
        following = found.meta["next_cursor"]
        link = (
            f"{call.url}?{urlencode([*_others(call, page.at), (page.at, following)])}" if following else None
        )
        return Cut(found.records, {**found.meta, "next": link, "self": call.url, "shown": len(found.records)})
    by = cut_by_number if page.kind == "page" else cut_by_offset
    found = by(records, call.query, page, url=call.url, sent=call.sent_query)
    size, total = found.meta["per_page"], len(records)
    at = found.meta.get("offset", (found.meta.get("current_page", 1) - 1) * size)
    step, here = (size, at) if page.kind == "offset" else (1, found.meta["current_page"])
    more = {
        "last_page": max(-(-total // size), 1),
        "current_page": at // size + 1,
        "offset": at,
        "next_cursor": str(here + step) if found.meta["has_more"] else None,
        "next_number": here + step if found.meta["has_more"] else None,
        "prev_number": max(here - step, 0) if found.meta["has_previous"] else None,
        "self": call.url,
        "shown": len(found.records),
    }
    return Cut(found.records, {**more, **found.meta})


def _others(call: Call, parameter: str) -> list[tuple[str, str]]:
    return [(name, text) for name, text in call.sent_query if name != parameter]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(value: Any) -> set[str]:
    return {_text(one) for one in value} if isinstance(value, list) else {_text(value)}


def _rank(value: Any) -> tuple[int, Any]:
    """Anything next to anything: nothing first, then numbers, then texts without regard to case."""
    if value is None:
        return 0, 0
    return (1, value) if isinstance(value, int | float) else (2, str(value).casefold())
