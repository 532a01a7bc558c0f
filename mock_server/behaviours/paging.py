"""Lists cut into pages: at a cursor, by number or by offset."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mock_server.behaviours.listing import Comparable, Rank, rank
from mock_server.errors.api_error import Violation, invalid

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection, Page
    from mock_server.store.protocol import Record

_FIRST_PAGE = 1
_LARGEST = 2**63 - 1
"""The integers that travel in JSON everywhere end here."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One page: its records, and what is told about it."""

    records: Sequence[Record]
    meta: Mapping[str, Any]


def cut_at_cursor(
    records: Sequence[Record],
    query: Mapping[str, Any],
    page: Page,
    order: str,
    collection: Collection,
    *,
    lenient: bool = False,
) -> Cut:
    """The page after a cursor, records being in order already.

    The cursor names the last record seen by its place in the order, so that records that come or go meanwhile
    shift nothing. Raises ApiError (INVALID) for a cursor nobody handed out;
    leniently that one is overlooked.
    """
    total, cursor = len(records), query.get(page.at)
    seen = None if cursor is None else _decode(str(cursor), page.at, lenient=lenient)
    if seen is not None:
        places = ((record, rank(record, order, collection)) for record in records)
        records = [record for record, at in places if (at < seen if order.startswith("-") else at > seen)]
    size = _size(query, page)
    page_records, more = records[:size], len(records) > size
    next_cursor = _encode(rank(page_records[-1], order, collection)) if more else None
    meta = {"next_cursor": next_cursor, "has_more": more, "has_previous": seen is not None}
    return Cut(page_records, {**meta, "per_page": size, "total": total})


def cut_by_number(
    records: Sequence[Record],
    query: Mapping[str, Any],
    page: Page,
    *,
    url: str,
    sent: Sequence[tuple[str, str]],
) -> Cut:
    """The page of a number; numbers out of range are put right, a page after the last one is empty.

    url, sent: the address and the query of this request, from which links to other pages are made.
    """
    size = _size(query, page)
    number = max(_whole(query.get(page.at), _FIRST_PAGE), _FIRST_PAGE)
    before = (number - 1) * size
    page_records = records[before : before + size]
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
    return Cut(page_records, {**place, **ends, **around, **links})


def cut_by_offset(
    records: Sequence[Record],
    query: Mapping[str, Any],
    page: Page,
    *,
    url: str,
    sent: Sequence[tuple[str, str]],
) -> Cut:
    """The records after as many as the query leaves out; url and sent as for a page of a number."""
    size, before = _size(query, page), max(_whole(query.get(page.at), 0), 0)
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
    return Cut(page_records, meta)


def linker(url: str, sent: Sequence[tuple[str, str]], parameter: str) -> Callable[[object], str]:
    """Makes the address of another place in the list; the rest of the query is kept."""
    others = [(name, value) for name, value in sent if name != parameter]
    return lambda place: f"{url}?{urlencode([*others, (parameter, str(place))])}" if parameter else url


def _size(query: Mapping[str, Any], page: Page) -> int:
    size = max(_whole(query.get(page.size), page.default), 1)
    return min(size, int(page.maximum)) if page.maximum else size


def _whole(value: Any, otherwise: int) -> int:
    """A number as a lenient platform reads it: what is none becomes the usual one."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return otherwise
    return number if abs(number) <= _LARGEST else otherwise


def _encode(place: Rank) -> str:
    return urlsafe_b64encode(json.dumps([*place, _seal(place)]).encode()).decode().rstrip("=")


def _seal(place: Any) -> str:
    """What tells a cursor we handed out from one that somebody made or mangled."""
    return blake2b(json.dumps(place).encode(), digest_size=4).hexdigest()


def _decode(cursor: str, parameter: str, *, lenient: bool) -> Rank | None:
    """The place a cursor names. One nobody handed out is refused or, leniently, names none."""
    try:
        *place, seal = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if seal != _seal(place):
            raise ValueError("not one of ours")  # noqa: TRY301 - told below, like every other way to be none
        first, second = (_part(*part) for part in place)
    except (ValueError, TypeError, RecursionError) as error:
        if lenient:
            return None
        violation = Violation("query", (parameter,), "value", given=cursor, message="The cursor is not valid")
        raise invalid(violation) from error
    return first, second


def _part(kind: Any, value: Any) -> Comparable:
    """One half of a place. Raises ValueError when it could not be compared with others of its kind."""
    fits = isinstance(value, str) if kind == 2 else kind in (0, 1) and isinstance(value, (int, float))
    if not fits or isinstance(kind, bool):
        raise ValueError("no place in an order")
    return kind, value
