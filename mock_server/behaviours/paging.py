"""Pagination of lists: by cursor, by token, by the key of a record, by page number or by offset."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from mock_server.behaviours.keys import storage_key
from mock_server.behaviours.listing import Comparable, Rank, rank
from mock_server.errors.api_error import Violation, invalid
from mock_server.store.selection import Selection

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection, Page
    from mock_server.store.protocol import Record

_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII)

_LARGEST = 2**63 - 1
"""Largest 64-bit integer: beyond it clients and databases of the platforms overflow."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One page of a list: its records and the metadata for the envelope, by name."""

    records: Sequence[Record]
    meta: dict[str, Any]


def page_of(
    records: Sequence[Record],
    page: Page | None,
    query: Mapping[str, Any],
    collection: Collection | None,
    *,
    order: str | None = None,
    lenient: bool = False,
    url: str = "",
    sent: Sequence[tuple[str, str]] = (),
    describes_pages: bool = False,
    wanted: Set[str] | None = None,
) -> RecordPage:
    """Return the requested page with all metadata that envelopes may contain; all records without a page.

    Without a page the answer may still describe pages (describes_pages), and client libraries then ask for
    the next one until it is empty, whether the document declares the parameter or not: all records are on the
    first.

    wanted: the metadata that are used, None for all. collection: of the records, None for values that belong
    to none. order: of the records, None for the order they have. lenient, url, sent: as for page_by_cursor()
    and page_by_number(). Raises ApiError (INVALID) for an invalid cursor.
    """
    # The default of the behaviour file counts before that of the parameter.
    is_other = page is not None and query.get(page.size, page.default) != page.default
    if page is not None and is_other and page.size not in dict(sent):
        query = {**query, page.size: page.default}
    if page is None:
        is_beyond = describes_pages and _lenient_integer(dict(sent).get("page"), 1) > 1
        shown = [] if is_beyond else records
        cut = RecordPage(shown, {"total": len(records), "has_more": False, "has_previous": is_beyond})
    elif page.mode in {"cursor", "token", "key"}:
        cut = _page_after(records, page, query, collection, order=order, lenient=lenient)
        position = cut.meta["next_cursor"]
        if wanted is None or "next" in wanted:
            following = None if position is None else linker(url, sent, page.at)(position)
            cut.meta.update(next=following, is_token=True)
    else:
        paginate = page_by_number if page.mode == "page" else page_by_offset
        cut = paginate(records, query, page, url=url, sent=sent)
        if wanted is None or not wanted.isdisjoint(_NEIGHBOURS):
            cut.meta.update(_neighbours(cut.meta, page))
    listed = cut.records.listed() if isinstance(cut.records, Selection) else list(cut.records)
    if wanted is None or not wanted.isdisjoint(_DESCRIBED):
        cut.meta.update(_described(listed, cut.meta, collection, url))
    return RecordPage(listed, cut.meta)


_NEIGHBOURS = frozenset({"next_number", "next_cursor", "prev_number"})
"""Metadata that _neighbours() returns."""

_DESCRIBED = frozenset({"self", "shown", "empty", "first_key", "last_key", "is_first", "is_last"})
"""Metadata that _described() returns."""


def _page_after(
    records: Sequence[Record],
    page: Page,
    query: Mapping[str, Any],
    collection: Collection | None,
    *,
    order: str | None,
    lenient: bool,
) -> RecordPage:
    """The page after a cursor, a token or a key, or before a key."""
    skipped = 0 if query.get(page.at) is not None else max(_lenient_integer(query.get(page.skip), 0), 0)
    total, records = len(records), records[skipped:] if skipped else records
    if page.mode == "key":
        cut = _page_by_key(records, query, page, collection)
    elif page.mode == "cursor" and order is not None and collection is not None:
        cut = page_by_cursor(records, query, page, order, collection, lenient=lenient)
    else:
        cut = _page_by_position(records, query, page, collection, lenient=lenient)
    cut.meta.update(total=total, offset=skipped)
    return cut


def _described(
    records: Sequence[Any], meta: Mapping[str, Any], collection: Collection | None, url: str
) -> dict[str, Any]:
    """What every page tells about itself."""
    return {
        "self": url,
        "shown": len(records),
        "empty": not records,
        "first_key": _key(records[0], collection) if records else None,
        "last_key": _key(records[-1], collection) if records else None,
        "is_first": not meta.get("has_previous"),
        "is_last": not meta.get("has_more"),
    }


def _neighbours(meta: Mapping[str, Any], page: Page) -> dict[str, Any]:
    """The positions of the pages before and after one, None if there is none; the next one also as text."""
    position, step = meta["current_page"], 1
    if page.mode == "offset":
        position, step = meta["offset"], meta["per_page"]
    following = position + step if meta["has_more"] and page.at else None
    return {
        "next_number": following,
        "next_cursor": None if following is None else str(following),
        "prev_number": max(position - step, 0) if meta["has_previous"] else None,
    }


def _key(record: Any, collection: Collection | None) -> Any:
    """The key of a record; of a value that belongs to no collection, its member `id`."""
    if collection is not None:
        return record[collection.key]
    return record.get("id") if isinstance(record, Mapping) else None


def _place_of(key: str, records: Sequence[Record], collection: Collection | None) -> int | None:
    """The index of the record with a key, or None."""
    if isinstance(records, Selection) and collection is not None:
        outer = records[0] if records and collection.within else {}
        index = records.place_of(storage_key(key, outer, collection))
        if index is not None and str(_key(records[index], collection)) == key:
            return index
        if not collection.within:
            return None
    keys = (str(_key(record, collection)) for record in records)
    return next((index for index, own in enumerate(keys) if own == key), None)


def _page_by_key(
    records: Sequence[Record], query: Mapping[str, Any], page: Page, collection: Collection | None
) -> RecordPage:
    """The page after the record whose key is the cursor, or before one. Raises ApiError (INVALID).

    Records stand in the same order on a page before a key: it is the end of what precedes that record.
    """
    size = _size(query, page)
    begin, end = 0, len(records)
    after, before = query.get(page.at), query.get(page.before)
    if after not in (None, ""):
        begin = _known_place(str(after), page.at, records, collection) + 1
    if before not in (None, ""):
        end = _known_place(str(before), page.before, records, collection)
    is_backwards = before not in (None, "") and after in (None, "")
    chosen = (
        records[max(end - size, begin) : end] if is_backwards else records[begin : min(begin + size, end)]
    )
    has_more = len(chosen) < end - begin
    last_key = _key(chosen[-1], collection) if chosen else None
    meta = {
        "next_cursor": str(last_key) if has_more and not is_backwards else None,
        "has_more": has_more,
        "has_previous": begin > 0,
        "per_page": size,
    }
    return RecordPage(chosen, meta)


def _known_place(key: str, parameter: str, records: Sequence[Record], collection: Collection | None) -> int:
    place = _place_of(key, records, collection)
    if place is None:
        violation = Violation(
            "query", (parameter,), "value", given=key, message=f"No record has the key {key}"
        )
        raise invalid(violation)
    return place


def _page_by_position(
    records: Sequence[Record],
    query: Mapping[str, Any],
    page: Page,
    collection: Collection | None,
    *,
    lenient: bool,
) -> RecordPage:
    """The page after a token that contains the key of the last record of the page before, and its index.

    The index counts once that record is deleted, or where records have no key.
    """
    begin = 0
    cursor = query.get(page.at)
    place = None if cursor in (None, "") else _unsealed(str(cursor), page.at, lenient=lenient)
    if place is not None:
        key, index = place
        found = None if key is None else _place_of(str(key), records, collection)
        begin = index if found is None else found + 1
    size = _size(query, page)
    chosen = records[begin : begin + size]
    more = begin + size < len(records)
    following = _encode((_key(chosen[-1], collection), begin + size)) if more else None
    meta = {"next_cursor": following, "has_more": more, "has_previous": begin > 0, "per_page": size}
    return RecordPage(chosen, meta)


def _unsealed(cursor: str, parameter: str, *, lenient: bool) -> tuple[Any, int] | None:
    """Key and index in a token of _page_by_position(). Raises ApiError (INVALID), or None if lenient."""
    parts = _parts(cursor, parameter, lenient=lenient)
    if parts is None:
        return None
    if len(parts) == 2 and isinstance(parts[1], int):
        return parts[0], max(parts[1], 0)
    _refuse(cursor, parameter, lenient=lenient)
    return None


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
    if seen is not None and isinstance(records, Selection):
        records = records.after(seen)
    elif seen is not None:
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
    """Return the page with a number; smaller numbers mean the first page, and one after the last is empty.

    url, sent: address and query of this request, from which links to other pages are built.
    """
    size = _size(query, page)
    number = max(_lenient_integer(query.get(page.at), page.first), page.first)
    before = (number - page.first) * size
    page_records = records[before : before + size]
    # Rounded up; an empty list has one empty page.
    pages = max(-(-len(records) // size), 1)
    last = pages - 1 + page.first
    link = linker(url, sent, page.at)
    meta = {
        "current_page": number,
        "last_page": last,
        "path": url,
        "per_page": size,
        "total": len(records),
        "offset": before,
        "pages": pages,
        "from": before + 1 if page_records else None,
        "to": before + len(page_records) if page_records else None,
        "has_more": number < last,
        "has_previous": number > page.first,
        "first": link(page.first),
        "last": link(last),
        "prev": link(number - 1) if number > page.first else None,
        "next": link(number + 1) if number < last else None,
    }
    return RecordPage(page_records, meta)


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
    pages = max(-(-total // size), 1)
    link = linker(url, sent, page.at)
    meta = {
        "offset": before,
        "current_page": before // size + 1,
        "last_page": pages,
        "pages": pages,
        "per_page": size,
        "total": total,
        "has_more": before + size < total,
        "has_previous": before > 0,
        "first": link(0),
        "last": link(max(total - 1, 0) // size * size),
        "prev": link(max(before - size, 0)) if before > 0 else None,
        # Without a parameter for it there is no address of another page.
        "next": link(before + size) if before + size < total and page.at else None,
    }
    return RecordPage(page_records, meta)


def linker(url: str, sent: Sequence[tuple[str, str]], parameter: str) -> Callable[[object], str]:
    """Return a function that builds the address of another page, keeping the rest of the query.

    parameter: the query parameter with the page's position; if empty, every page has the address `url`.
    """
    if not parameter:
        return lambda _position: url
    others = [f"{_quoted(name)}={_quoted(value)}&" for name, value in sent if name != parameter]
    before = f"{url}?{''.join(others)}{_quoted(parameter)}="
    return lambda position: before + (str(position) if type(position) is int else _quoted(str(position)))


def _quoted(text: str) -> str:
    """A text as part of a query."""
    # Nearly all consist of such characters, for which the general function takes four times as long.
    return text if _UNRESERVED.fullmatch(text) else quote_plus(text)


def _size(query: Mapping[str, Any], page: Page) -> int:
    size = max(_lenient_integer(query.get(page.size), page.default), 1)
    return min(size, int(page.maximum)) if page.maximum else size


def _lenient_integer(value: Any, otherwise: int) -> int:
    """An integer as a lenient platform reads it: anything else counts as the default."""
    if value is None:
        return otherwise
    try:
        number = int(value)
    except (TypeError, ValueError):
        return otherwise
    return number if abs(number) <= _LARGEST else otherwise


def _encode(place: Sequence[Any]) -> str:
    return urlsafe_b64encode(json.dumps([*place, _seal(place)]).encode()).decode().rstrip("=")


def _seal(place: Any) -> str:
    """A checksum that tells cursors of this server from invented or damaged ones."""
    return blake2b(json.dumps(place).encode(), digest_size=4).hexdigest()


def _decode(cursor: str, parameter: str, *, lenient: bool) -> Rank | None:
    """The rank that a cursor contains. Raises ApiError (INVALID), or returns None if lenient."""
    parts = _parts(cursor, parameter, lenient=lenient)
    if parts is None:
        return None
    try:
        first, second = (_part(*part) for part in parts)
    except (ValueError, TypeError):
        _refuse(cursor, parameter, lenient=lenient)
        return None
    return first, second


def _parts(cursor: str, parameter: str, *, lenient: bool) -> list[Any] | None:
    """The values sealed in a cursor. Raises ApiError (INVALID), or returns None if lenient."""
    try:
        place: list[Any]
        *place, seal = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        place, seal = [], None
    if seal == _seal(place):
        return place
    _refuse(cursor, parameter, lenient=lenient)
    return None


def _refuse(cursor: str, parameter: str, *, lenient: bool) -> None:
    """Raise ApiError (INVALID) for a cursor unless it is to be ignored."""
    if not lenient:
        raise invalid(
            Violation("query", (parameter,), "value", given=cursor, message="The cursor is not valid")
        )


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
