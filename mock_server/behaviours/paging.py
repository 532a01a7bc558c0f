"""Lists cut into pages, at a cursor or by number."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mock_server.behaviours.listing import Comparable, Rank, rank
from mock_server.errors.problem import Violation, invalid

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
    records: Sequence[Record], query: Mapping[str, Any], page: Page, order: str, collection: Collection
) -> Cut:
    """The page after a cursor, records being in order already.

    The cursor names the last record seen by its place in the order, so that records that come or go meanwhile
    shift nothing. Raises ApiError (INVALID) for a cursor nobody handed out.
    """
    if (cursor := query.get(page.at)) is not None:
        seen = _decode(str(cursor), page.at)
        places = ((one, rank(one, order, collection)) for one in records)
        records = [one for one, at in places if (at < seen if order.startswith("-") else at > seen)]
    size = query.get(page.size, page.default)
    shown, more = records[:size], len(records) > size
    following = _encode(rank(shown[-1], order, collection)) if more else None
    return Cut(shown, {"next_cursor": following, "has_more": more})


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
    size = max(_whole(query.get(page.size), page.default), 1)
    size = min(size, page.maximum) if page.maximum else size
    number = max(_whole(query.get(page.at), _FIRST_PAGE), _FIRST_PAGE)
    before = (number - 1) * size
    shown = records[before : before + size]
    last = max(-(-len(records) // size), _FIRST_PAGE)
    meta = {
        "current_page": number,
        "from": before + 1 if shown else None,
        "last_page": last,
        "path": url,
        "per_page": size,
        "to": before + len(shown) if shown else None,
        "total": len(records),
    }
    others = [(name, value) for name, value in sent if name != page.at]
    return Cut(shown, {**meta, **_links(number, last, url, others, page.at)})


def _links(number: int, last: int, url: str, others: list[tuple[str, str]], parameter: str) -> dict[str, Any]:
    def link(to: int) -> str:
        return f"{url}?{urlencode([*others, (parameter, str(to))])}"

    return {
        "first": link(_FIRST_PAGE),
        "last": link(last),
        "prev": link(number - 1) if number > _FIRST_PAGE else None,
        "next": link(number + 1) if number < last else None,
    }


def _whole(value: Any, otherwise: int) -> int:
    """A number as a lenient platform reads it: what is none becomes the usual one."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return otherwise
    return number if abs(number) <= _LARGEST else otherwise


def _encode(place: Rank) -> str:
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _decode(cursor: str, parameter: str) -> Rank:
    try:
        parts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        first, second = (_part(*part) for part in parts)
    except (ValueError, TypeError, RecursionError) as error:
        violation = Violation("query", (parameter,), "value", given=cursor, message="The cursor is not valid")
        raise invalid(violation) from error
    return first, second


def _part(kind: Any, value: Any) -> Comparable:
    """One half of a place. Raises ValueError when it could not be compared with others of its kind."""
    fits = isinstance(value, str) if kind == 2 else kind in (0, 1) and isinstance(value, (int, float))
    if not fits or isinstance(kind, bool):
        raise ValueError("no place in an order")
    return kind, value
