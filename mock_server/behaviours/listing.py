"""Filter and sort lists of records."""

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


def filter_records(
    records: Sequence[Record], filters: Mapping[str, Any], collection: Collection, presenter: Presenter
) -> Sequence[Record]:
    """Return the records that satisfy every filter.

    filters: member, dotted through relations → requested value or list of values, any of which matches. A
    string may contain several values separated by commas. Values are compared as query text, so "true" also
    matches a boolean.
    """
    for path, requested in filters.items():
        values: set[str] = set()
        for value in requested if isinstance(requested, list) else [requested]:
            values.update(split_names(value) if isinstance(value, str) else [query_text(value)])
        # An empty filter (`?name=`) restricts nothing.
        if not values:
            continue
        records = [
            record for record in records if query_text(presenter.value(record, collection, path)) in values
        ]
    return records


def sort_records(records: Sequence[Record], order: str | None, collection: Collection) -> Sequence[Record]:
    """Return the records sorted by a member, then by key; unchanged if `order` is None.

    order: name of the member, with a hyphen before it for descending order.
    """
    if order is None:
        return records
    return sorted(records, key=lambda record: rank(record, order, collection), reverse=order.startswith("-"))


def sort_by(records: Sequence[Record], asked: Any, sort: Sort) -> Sequence[Record]:
    """Return the records in the order that a client requests. Case is ignored; the sort is stable.

    asked: names separated by commas, each with a hyphen before it for descending order. Raises ApiError
    (BAD_QUERY) for a name that `sort` does not allow.
    """
    names = split_names(asked)
    refused = [name for name in names if name.removeprefix("-") not in sort.allow]
    if refused:
        allowed = ", ".join(sort.allow)
        message = f"Requested sort(s) `{', '.join(refused)}` is not allowed. Allowed sort(s) are `{allowed}`."
        raise ApiError(ErrorCode.BAD_QUERY, message=message)
    # The sort is stable, so sorting by the least significant name first orders by all of them.
    for name in reversed(names):
        member = sort.allow[name.removeprefix("-")]
        records = sorted(records, key=case_insensitive(member), reverse=name.startswith("-"))
    return records


def rank(record: Record, order: str, collection: Collection) -> Rank:
    """Return the sort key of a record: value of the member, then key. All ranks are comparable."""
    return comparable(record.get(order.removeprefix("-"))), comparable(record[collection.key])


def case_insensitive(member: str) -> Callable[[Record], Comparable]:
    """Return a sort key function for a member that ignores case."""
    return lambda record: _folded(record.get(member))


def _folded(value: Any) -> Comparable:
    type_rank, comparable_value = comparable(value)
    if isinstance(comparable_value, str):
        comparable_value = comparable_value.casefold()
    return type_rank, comparable_value


def comparable(value: Any) -> Comparable:
    """Return a sort key by which values of all types are comparable: null, numbers, then strings.

    Timestamps sort by time, whatever their offset; arrays and objects by their JSON text.
    """
    if value is None:
        return 0, 0
    if isinstance(value, (int, float)):
        return 1, value
    text = value if isinstance(value, str) else json.dumps(value)
    timestamp = _INSTANT.match(text)
    return 2, text if timestamp is None else _sortable_timestamp(text, *timestamp.groups())


def _sortable_timestamp(text: str, seconds: str, fraction: str | None, utc: str | None) -> str:
    """A timestamp as UTC text with microseconds, which sorts by time."""
    try:
        moment = datetime.fromisoformat(text)
        # Nearly all timestamps are in UTC already: formatting the text itself is faster.
        if utc and fraction is None:
            return f"{seconds}{_MICROSECONDS}+00:00"
        if utc and fraction is not None and len(fraction) <= len(_MICROSECONDS):
            return f"{seconds}{fraction.ljust(len(_MICROSECONDS), '0')}+00:00"
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        # Not in the calendar, e.g. a leap second or the 30th of February.
        return text


def query_text(value: Any) -> str:
    """Return a value as the text that a query would contain."""
    return value if isinstance(value, str) else json.dumps(value)
