"""Lists: filtered and put in order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.relations import Presenter, split_names
from mock_server.errors.api_error import ApiError, ErrorCode

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection, Sort
    from mock_server.store.protocol import Record

Comparable = tuple[int, int | float | str]
Rank = tuple[Comparable, Comparable]
_MICROSECONDS = ".000000"
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(?:(Z)|[+-]\d\d:\d\d)$")


def keep_matching(
    records: Sequence[Record], filters: Mapping[str, Any], collection: Collection, presenter: Presenter
) -> Sequence[Record]:
    """The records that satisfy every filter. filters: member, dotted through relations → the value asked for.

    A comma in a text separates values of which any will do; true and false also mean truth values.
    """
    for path, asked in filters.items():
        several = asked if isinstance(asked, list) else [asked]
        values = {
            text
            for value in several
            for text in (split_names(value) if isinstance(value, str) else [text_of(value)])
        }
        if values:
            records = [
                record for record in records if text_of(presenter.value(record, collection, path)) in values
            ]
    return records


def put_in_order(records: Sequence[Record], order: str | None, collection: Collection) -> Sequence[Record]:
    """Records by a member (a hyphen before it: descending), then by key; as they come without an order."""
    if order is None:
        return records
    return sorted(records, key=lambda record: rank(record, order, collection), reverse=order.startswith("-"))


def sort_by(records: Sequence[Record], asked: Any, sort: Sort) -> Sequence[Record]:
    """Records in the order a caller asks for; letters count alike in both cases, ties stay as they are.

    Raises ApiError (BAD_QUERY) for a name that is not on offer.
    """
    names = split_names(asked)
    refused = [name for name in names if name.removeprefix("-") not in sort.allow]
    if refused:
        allowed = ", ".join(sort.allow)
        message = f"Requested sort(s) `{', '.join(refused)}` is not allowed. Allowed sort(s) are `{allowed}`."
        raise ApiError(ErrorCode.BAD_QUERY, message=message)
    for name in reversed(names):
        records = sorted(records, key=by(sort.allow[name.removeprefix("-")]), reverse=name.startswith("-"))
    return records


def rank(record: Record, order: str, collection: Collection) -> Rank:
    """The place of a record in an order: by the member, then by key; it compares with every other rank."""
    return comparable(record.get(order.removeprefix("-"))), comparable(record[collection.key])


def by(member: str) -> Callable[[Record], Comparable]:
    """Places records by a member; letters count alike in both cases."""
    return lambda record: _folded(record.get(member))


def _folded(value: Any) -> Comparable:
    type_rank, comparable_value = comparable(value)
    return type_rank, comparable_value.casefold() if isinstance(comparable_value, str) else comparable_value


def comparable(value: Any) -> Comparable:
    """Anything next to anything: nothing first, then numbers, then texts; instants by time."""
    if value is None:
        return 0, 0
    if isinstance(value, (int, float)):
        return 1, value
    text = value if isinstance(value, str) else json.dumps(value)
    written = _INSTANT.match(text)
    return 2, text if written is None else _instant(text, *written.groups())


def _instant(text: str, seconds: str, fraction: str | None, utc: str | None) -> str:
    """An instant as a text that sorts by time. Nearly all are in UTC already and need no reckoning."""
    try:
        moment = datetime.fromisoformat(text)
        if utc and (fraction is None or len(fraction) <= len(_MICROSECONDS)):
            return f"{seconds}{_MICROSECONDS if fraction is None else fraction.ljust(7, '0')}+00:00"
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        # It lies beyond the calendar: a leap second, the 30th of February.
        return text


def text_of(value: Any) -> str:
    """A value as a query would write it."""
    return value if isinstance(value, str) else json.dumps(value)
