"""Pagination of lists: by cursor, by page number or by offset."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mock_server.behaviours.listing import Comparable, Rank, rank, sort_records
from mock_server.errors.api_error import Violation, invalid

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection, Page
    from mock_server.store.protocol import Record

_FIRST_PAGE = 1
_LARGEST = 2**63 - 1
"""Largest 64-bit integer: beyond it clients and databases of the platforms overflow."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One page of a list: its records and the metadata for the envelope, by name."""

    records: Sequence[Record]
    meta: Mapping[str, Any]


def page_of(
    records: Sequence[Record],
    page: Page | None,
    query: Mapping[str, Any],
    collection: Collection,
    *,
    order: str | None = None,
    lenient: bool = False,
    url: str = "",
    sent: Sequence[tuple[str, str]] = (),
) -> RecordPage:
    """Return the requested page with all metadata that envelopes may contain; all records without a page.

    order: of the records, None for the order of the store; a cursor then follows the key. lenient, url, sent:
    as for page_by_cursor() and page_by_number(). Raises ApiError (INVALID) for an invalid cursor.
    """
    if page is None:
        total = len(records)
        return RecordPage(records, {"self": url, "shown": total, "total": total, "has_more": False})
    if page.mode == "cursor":
        if order is None:
            order = collection.key
            records = sort_records(records, order, collection)
        cut = page_by_cursor(records, query, page, order, collection, lenient=lenient)
        next_cursor = cut.meta["next_cursor"]
        link = linker(url, sent, page.at)(next_cursor) if next_cursor else None
        meta = {"next": link, **cut.meta}
    else:
        paginate = page_by_number if page.mode == "page" else page_by_offset
        cut = paginate(records, query, page, url=url, sent=sent)
        meta = {**_neighbours(cut.meta, page), **cut.meta}
    return RecordPage(cut.records, {"self": url, "shown": len(cut.records), **meta})


def _neighbours(meta: Mapping[str, Any], page: Page) -> dict[str, Any]:
    """The positions of the pages before and after one, None if there is none; the next one also as text."""
    position, step = meta["current_page"], 1
    if page.mode == "offset":
        position, step = meta["offset"], meta["per_page"]
    following = position + step if meta["has_more"] else None
    return {
        "next_number": following,
        "next_cursor": None if following is None else str(following),
        "prev_number": max(position - step, 0) if meta["has_previous"] else None,
    }


def page_by_cursor(
    records: Sequence[Record],
    query: Mapping[str, Any],
    page: Page,
    order: str,
    collection: Collection,
    *,
    lenient: bool = False,
) -> RecordPage:
    """Return the page after a cursor. records: sorted by `order`.

    A cursor contains the rank of the last record of the page before, so that records created or deleted in
    between do not shift the pages. Raises ApiError (INVALID) for a cursor that the server did not issue; if
    lenient, such a cursor is ignored.
    """
    total, cursor = len(records), query.get(page.at)
    seen = None if cursor is None else _decode(str(cursor), page.at, lenient=lenient)
    if seen is not None:
        ranked = ((record, rank(record, order, collection)) for record in records)
        if order.startswith("-"):
            records = [record for record, record_rank in ranked if record_rank < seen]
        else:
            records = [record for record, record_rank in ranked if record_rank > seen]
    size = _size(query, page)
    page_records, more = records[:size], len(records) > size
    next_cursor = _encode(rank(page_records[-1], order, collection)) if more else None
    meta = {"next_cursor": next_cursor, "has_more": more, "has_previous": seen is not None}
    return RecordPage(page_records, {**meta, "per_page": size, "total": total})


def page_by_number(
    records: Sequence[Record],
    query: Mapping[str, Any],
    page: Page,
    *,
    url: str,
    sent: Sequence[tuple[str, str]],
) -> RecordPage:
    """Return the page with a number; numbers below 1 mean 1, and a page after the last one is empty.

    url, sent: address and query of this request, from which links to other pages are built.
    """
    size = _size(query, page)
    number = max(_lenient_integer(query.get(page.at), _FIRST_PAGE), _FIRST_PAGE)
    before = (number - 1) * size
    page_records = records[before : before + size]
    # Rounded up; an empty list has one empty page.
    last = max(-(-len(records) // size), _FIRST_PAGE)
    place = {"current_page": number, "last_page": last, "path": url, "per_page": size, "total": len(records)}
    place |= {"offset": before}
    ends = {
        "from": before + 1 if page_records else None,
        "to": before + len(page_records) if page_records else None,
    }
    around = {"has_more": number < last, "has_previous": number > _FIRST_PAGE}
    link = linker(url, sent, page.at)
    links = {
        "first": link(_FIRST_PAGE),
        "last": link(last),
        "prev": link(number - 1) if number > _FIRST_PAGE else None,
        "next": link(number + 1) if number < last else None,
    }
    return RecordPage(page_records, {**place, **ends, **around, **links})


def page_by_offset(
    records: Sequence[Record],
    query: Mapping[str, Any],
    page: Page,
    *,
    url: str,
    sent: Sequence[tuple[str, str]],
) -> RecordPage:
    """Return the page at an offset in records. url, sent: as for page_by_number()."""
    size, before = _size(query, page), max(_lenient_integer(query.get(page.at), 0), 0)
    page_records, total = records[before : before + size], len(records)
    link = linker(url, sent, page.at)
    meta = {
        "offset": before,
        "current_page": before // size + 1,
        "last_page": max(-(-total // size), _FIRST_PAGE),
        "per_page": size,
        "total": total,
        "has_more": before + size < total,
        "has_previous": before > 0,
        "first": link(0),
        "last": link(max(total - 1, 0) // size * size),
        "prev": link(max(before - size, 0)) if before > 0 else None,
        "next": link(before + size) if before + size < total else None,
    }
    return RecordPage(page_records, meta)


def linker(url: str, sent: Sequence[tuple[str, str]], parameter: str) -> Callable[[object], str]:
    """Return a function that builds the address of another page, keeping the rest of the query.

    parameter: the query parameter with the page's position; if empty, every page has the address `url`.
    """
    others = [(name, value) for name, value in sent if name != parameter]

    def link(position: object) -> str:
        return f"{url}?{urlencode([*others, (parameter, str(position))])}" if parameter else url

    return link


def _size(query: Mapping[str, Any], page: Page) -> int:
    size = max(_lenient_integer(query.get(page.size), page.default), 1)
    return min(size, int(page.maximum)) if page.maximum else size


def _lenient_integer(value: Any, otherwise: int) -> int:
    """An integer as a lenient platform reads it: anything else counts as the default."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return otherwise
    return number if abs(number) <= _LARGEST else otherwise


def _encode(place: Rank) -> str:
    return urlsafe_b64encode(json.dumps([*place, _seal(place)]).encode()).decode().rstrip("=")


def _seal(place: Any) -> str:
    """A checksum that tells cursors of this server from invented or damaged ones."""
    return blake2b(json.dumps(place).encode(), digest_size=4).hexdigest()


def _decode(cursor: str, parameter: str, *, lenient: bool) -> Rank | None:
    """The rank that a cursor contains. Raises ApiError (INVALID), or returns None if lenient."""
    try:
        *place, seal = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if seal != _seal(place):
            raise ValueError("wrong seal")  # noqa: TRY301 - reported below like all other invalid cursors
        first, second = (_part(*part) for part in place)
    except (ValueError, TypeError, RecursionError) as error:
        if lenient:
            return None
        violation = Violation("query", (parameter,), "value", given=cursor, message="The cursor is not valid")
        raise invalid(violation) from error
    return first, second


def _part(type_rank: Any, value: Any) -> Comparable:
    """One half of a rank (see listing.comparable). Raises ValueError for a value of another type."""
    if type_rank == 2:
        fits = isinstance(value, str)
    else:
        fits = type_rank in (0, 1) and isinstance(value, (int, float))
    # True equals 1 but is not a rank that this server issues.
    if not fits or isinstance(type_rank, bool):
        raise ValueError("not a rank")
    return type_rank, value
