"""Filter and sort lists of records."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.relations import Presenter, split_names
from mock_server.errors.api_error import ApiError, ErrorCode

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection, Filter, Sort
    from mock_server.store.protocol import Record

Comparable = tuple[int, int | float | str]
Rank = tuple[Comparable, Comparable]
_MICROSECONDS = ".000000"
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(?:(Z)|[+-]\d\d:\d\d)$")


def filter_records(
    records: Sequence[Record],
    filters: Sequence[tuple[Filter, Any]],
    collection: Collection,
    presenter: Presenter,
) -> Sequence[Record]:
    """Return the records that satisfy every filter. filters: each with the requested value."""
    for declared, requested in filters:
        accepts = _condition(declared, requested)
        # An empty filter (`?name=`) restricts nothing.
        if accepts is None:
            continue
        member = declared.member
        if member is None:
            records = [
                record
                for record in records
                if any(map(accepts, presenter.show(record, collection, related=False).values()))
            ]
        else:
            records = [record for record in records if accepts(presenter.value(record, collection, member))]
    return records


def _condition(declared: Filter, requested: Any) -> Callable[[Any], bool] | None:
    """Whether a value satisfies a filter, as a function; None for a filter that restricts nothing."""
    if declared.compare == "contains":
        text = query_text(requested).casefold()
        return (lambda value: text in query_text(value).casefold()) if text else None
    if declared.compare in _BOUNDS:
        return _bound(requested, _BOUNDS[declared.compare])
    values = _requested_values(requested, split=declared.compare == "any")
    if not values:
        return None
    if declared.compare == "any":
        return lambda value: query_text(value) in values
    return lambda value: not values.isdisjoint(_texts(value))


_BOUNDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def _bound(bound: Any, compare: Callable[[Any, Any], bool]) -> Callable[[Any], bool]:
    """Whether a value satisfies a bound, as a function; values of another type never do."""
    bound_rank, bound_key = comparable(bound)

    def accepts(value: Any) -> bool:
        value_rank, value_key = comparable(value)
        return value_rank == bound_rank and compare(value_key, bound_key)

    return accepts


def _requested_values(requested: Any, *, split: bool) -> set[str]:
    """The values that a filter requests, as query text."""
    values: set[str] = set()
    for value in requested if isinstance(requested, list) else [requested]:
        if isinstance(value, str) and split:
            values.update(split_names(value))
        elif value != "":
            values.add(query_text(value))
    return values


def _texts(value: Any) -> set[str]:
    """A value, or each value of a list, as query text."""
    return {query_text(entry) for entry in value} if isinstance(value, list) else {query_text(value)}


def sort_records(records: Sequence[Record], order: str | None, collection: Collection) -> Sequence[Record]:
    """Return the records sorted by a member, then by key; unchanged if `order` is None.

    order: name of the member, with a hyphen before it for descending order.
    """
    if order is None:
        return records
    return sorted(records, key=lambda record: rank(record, order, collection), reverse=order.startswith("-"))


def sort_by(
    records: Sequence[Record], asked: Any, sort: Sort, *, descending: bool = False
) -> Sequence[Record]:
    """Return the records in the order that a client requests. Case is ignored; the sort is stable.

    asked: names separated by commas, or a list of names, each with a hyphen before it for descending order.
    descending: whether all names are in descending order. Raises ApiError (BAD_QUERY) for a name that `sort`
    does not allow, unless it is lenient.
    """
    names = [name for text in asked for name in split_names(text)] if isinstance(asked, list) else None
    names = split_names(asked) if names is None else names
    if sort.lenient:
        names = [name for text in names if (name := _usual_form(text)).removeprefix("-") in sort.allow]
    refused = [name for name in names if name.removeprefix("-") not in sort.allow]
    if refused:
        allowed = ", ".join(sort.allow)
        message = f"Requested sort(s) `{', '.join(refused)}` is not allowed. Allowed sort(s) are `{allowed}`."
        raise ApiError(ErrorCode.BAD_QUERY, message=message)
    # The sort is stable, so sorting by the least significant name first orders by all of them.
    for name in reversed(names):
        member = sort.allow[name.removeprefix("-")]
        reverse = descending or name.startswith("-")
        records = sorted(records, key=case_insensitive(member), reverse=reverse)
    return records


def _usual_form(text: str) -> str:
    """A name to sort by, with a hyphen before it for descending order: `name:desc` and `name desc` too."""
    name, _, suffix = text.lstrip("+-").replace(":", " ").partition(" ")
    is_descending = text.startswith("-") or suffix.strip().lower().startswith("desc")
    return f"-{name}" if is_descending else name


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
