"""Filter and sort lists of records."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.keys import key_of
from mock_server.behaviours.relations import Presenter, split_names
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.store.index import Kind, Order, query_text

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, Comparison, Filter, Sort
    from mock_server.store.protocol import Record, Transaction
    from mock_server.store.selection import Selection

Comparable = tuple[int, int | float | str]
Rank = tuple[Comparable, Comparable]
_MICROSECONDS = ".000000"
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(?:(Z)|[+-]\d\d:\d\d)$")


def select_records(
    state: Transaction,
    behaviours: Behaviours,
    collection: Collection,
    *,
    below: Mapping[str, Any],
    bound: Mapping[tuple[str, Kind], frozenset[str]],
    filters: Sequence[tuple[Filter, Any]],
    order: tuple[Order | None, bool],
) -> Sequence[Record]:
    """Return the records that satisfy every filter, sorted, found by the indexes of the store where possible.

    below: member values that all have. bound: members with the texts that each may have. filters: each with
    the requested value. order: as sort_order() returns it.
    """
    if not filters:
        return state.select(collection.storage, below, texts=bound, order=order[0], descending=order[1])
    texts = dict(bound)
    ranked: list[tuple[Order, _KeysOf]] = []
    conditions: list[Callable[[Record], bool]] = []
    presenter = Presenter(behaviours, state)
    for declared, requested in filters:
        accepts = _condition(declared, requested)
        # An empty filter (`?name=`) restricts nothing.
        if accepts is None:
            continue
        found = _indexed(declared, requested, collection, behaviours, state)
        is_one_more = any(len(values) > 1 for values in texts.values())
        by_rank = _by_rank(declared, requested, collection, presenter) if found is None else None
        if by_rank is not None:
            ranked.append(by_rank)
        elif found is None or found[0] in texts or (is_one_more and len(found[1]) > 1):
            conditions.append(_record_condition(declared.member, accepts, collection, presenter))
        else:
            texts[found[0]] = found[1]
    records = state.select(collection.storage, below, texts=texts, order=order[0], descending=order[1])
    if ranked:
        sets = [
            keys_of(state.select(collection.storage, below, texts=texts, order=rank_order))
            for rank_order, keys_of in ranked
        ]
        records = records.only(set.intersection(*sets))
    if not conditions:
        return records
    return [record for record in records if all(holds(record) for holds in conditions)]


_KeysOf = Callable[["Selection"], set[str]]
"""The keys of those records of a selection that satisfy a filter on their rank."""


def _by_rank(
    declared: Filter, requested: Any, collection: Collection, presenter: Presenter
) -> tuple[Order, _KeysOf] | None:
    """The order of records by which a filter is answered without looking at them, and how; None where an
    order does not help."""
    member = declared.member
    if member is not None and "." in member:
        return None
    if declared.compare == "contains" and not isinstance(requested, dict):
        text = query_text(requested).casefold()

        def folded(record: Record) -> str:
            shown = presenter.show(record, collection, related=False) if member is None else record
            values = shown.values() if member is None else [record.get(member)]
            return _BETWEEN.join([query_text(value).casefold() for value in values])

        if _BETWEEN in text:
            return None
        return Order(f"text of {member}", folded), lambda records: records.keys(lambda rank: text in rank)
    bounds = _bounds(declared, requested)
    if member is None or not bounds:
        return None
    order = Order(f"rank of {member}", lambda record: comparable(record.get(member)))
    return order, lambda records: _within(records, bounds).keys()


_BETWEEN = "\0"
"""Between the values of a record in the text that is searched."""


def _bounds(declared: Filter, requested: Any) -> list[tuple[str, Comparable]]:
    """The comparisons that a filter consists of, with their bounds; empty where it is no bound."""
    if not isinstance(requested, dict):
        return [(declared.compare, comparable(requested))] if declared.compare in _BOUNDS else []
    named = [(_WORDS.get(name, name), comparable(value)) for name, value in requested.items()]
    return named if all(name in _BOUNDS for name, _ in named) else []


def _within(records: Selection, bounds: Sequence[tuple[str, Comparable]]) -> Selection:
    """Those of the records whose rank satisfies every bound. records: a whole group, ordered by rank."""
    start, stop = 0, len(records)
    for compare, rank in bounds:
        # Values of another type satisfy no bound.
        first, end = records.ranks_below((rank[0],)), records.ranks_below((rank[0] + 1,))
        if compare in {"gt", "ge"}:
            first = records.ranks_below(rank, equal=compare == "gt")
        else:
            end = records.ranks_below(rank, equal=compare == "le")
        start, stop = max(start, first), min(stop, end)
    return records[start : max(start, stop)]


def _record_condition(
    member: str | None, accepts: Callable[[Any], bool], collection: Collection, presenter: Presenter
) -> Callable[[Record], bool]:
    """Whether a record satisfies a filter that no index answers, as a function."""
    if member is None:
        return lambda record: any(map(accepts, presenter.show(record, collection, related=False).values()))
    return lambda record: accepts(presenter.value(record, collection, member))


def _indexed(
    declared: Filter, requested: Any, collection: Collection, behaviours: Behaviours, state: Transaction
) -> tuple[tuple[str, Kind], frozenset[str]] | None:
    """The member and the texts by which an index answers a filter; None if none does."""
    if declared.member is None or declared.compare not in {"any", "equal"} or isinstance(requested, dict):
        return None
    values = _requested_values(requested, split=declared.compare == "any")
    kind: Kind = "text" if declared.compare == "any" else "entries"
    return _by_member(
        declared.member, kind, frozenset(values), collection, behaviours=behaviours, state=state
    )


def _by_member(
    path: str,
    kind: Kind,
    values: frozenset[str],
    collection: Collection,
    *,
    behaviours: Behaviours,
    state: Transaction,
) -> tuple[tuple[str, Kind], frozenset[str]] | None:
    """The own member that has one of certain texts where a dotted path leads to one of the values."""
    step, _, rest = path.partition(".")
    if not rest:
        return (step, kind), values
    relation = collection.relations.get(step)
    if relation is None:
        return None
    # A record without a related one has the value null; of several related ones only the first counts.
    if relation.cardinality != "one" or "null" in values:
        return None
    other = behaviours.collections[relation.collection]
    inner = _by_member(rest, kind, values, other, behaviours=behaviours, state=state)
    if inner is None:
        return None
    related = state.select(other.storage, texts=dict([inner]))
    return (relation.by, "text"), frozenset(key_of(record, other) for record in related)


def _condition(declared: Filter, requested: Any) -> Callable[[Any], bool] | None:
    """Whether a value satisfies a filter, as a function; None for a filter that restricts nothing."""
    if declared.everything is not None and requested == declared.everything:
        return None
    if isinstance(requested, dict):
        return _all_of(requested)
    if declared.compare == "contains":
        text = query_text(requested).casefold()
        return (lambda value: text in query_text(value).casefold()) if text else None
    if declared.compare in _BOUNDS:
        return _bound(requested, _BOUNDS[declared.compare])
    values = _requested_values(requested, split=declared.compare == "any")
    return _membership(values, declared.compare) if values else None


def _membership(values: set[str], compare: Comparison) -> Callable[[Any], bool]:
    """Whether a value, or one of a list, is among these texts, as a function."""
    if compare == "any":
        return lambda value: query_text(value) in values
    if compare == "differs":
        return lambda value: values.isdisjoint(_texts(value))
    return lambda value: not values.isdisjoint(_texts(value))


def _all_of(requested: Mapping[str, Any]) -> Callable[[Any], bool] | None:
    """Whether a value satisfies each part of a filter with several (created[gte], owner[name])."""
    conditions: list[tuple[str, Callable[[Any], bool]]] = []
    for name, bound in requested.items():
        compare = _BOUNDS.get(_WORDS.get(name, name))
        if compare is not None:
            conditions.append(("", _bound(bound, compare)))
        elif bound != "":
            conditions.append((name, _membership(_requested_values(bound, split=False), "equal")))

    def accepts(value: Any) -> bool:
        inner = value if isinstance(value, Mapping) else {}
        return all(holds(inner.get(name) if name else value) for name, holds in conditions)

    return accepts if conditions else None


_WORDS: Mapping[str, str] = {
    "gte": "ge",
    "lte": "le",
    "after": "gt",
    "before": "lt",
    "since": "ge",
    "until": "le",
}
"""Words for a comparison in the brackets of a parameter."""

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


def requested_order(asked: Any, sort: Sort, *, descending: bool = False) -> tuple[tuple[str, bool], ...]:
    """Return the members that a client wants to sort by, each with whether it is in descending order.

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
    members: dict[str, bool] = {}
    for name in names:
        # Of a member that is named twice, the first and more significant place counts.
        members.setdefault(sort.allow[name.removeprefix("-")], descending or name.startswith("-"))
    return tuple(members.items())


@lru_cache(maxsize=512)
def sort_order(
    requested: tuple[tuple[str, bool], ...], declared: str | None, key: str
) -> tuple[Order | None, bool]:
    """Return the order of a list and whether it is descending; no order for that of creation.

    requested: members to sort by and whether they are descending, the most significant first; case is
    ignored. declared: the order of records that are equal in these. key: the member with the key.
    """
    keys: list[tuple[Callable[[Record], Any], bool]] = [
        (case_insensitive(member), descending) for member, descending in requested
    ]
    if declared is not None:
        member, is_descending = declared.removeprefix("-"), declared.startswith("-")
        keys.append((_ranked(member, key), is_descending))
    name = json.dumps([requested, declared, key])
    if not keys:
        return None, False
    if len(keys) == 1:
        return Order(name, keys[0][0]), keys[0][1]
    if len({descending for _, descending in keys}) == 1:
        functions = [function for function, _ in keys]
        return Order(name, lambda record: tuple(function(record) for function in functions)), keys[0][1]
    mixed = [_reversing(function) if descending else function for function, descending in keys]
    return Order(name, lambda record: tuple(function(record) for function in mixed)), False


@dataclass(frozen=True, slots=True)
class _Reversed:
    """Sorts in the opposite order of its value."""

    value: Any

    def __lt__(self, other: _Reversed) -> bool:
        return bool(other.value < self.value)


def _reversing(function: Callable[[Record], Any]) -> Callable[[Record], Any]:
    return lambda record: _Reversed(function(record))


def _ranked(member: str, key: str) -> Callable[[Record], Rank]:
    return lambda record: (comparable(record.get(member)), comparable(record[key]))


def _usual_form(text: str) -> str:
    """A name to sort by, with a hyphen before it for descending order: `name:desc` and `name desc` too."""
    name, _, suffix = text.lstrip("+-").replace(":", " ").partition(" ")
    is_descending = text.startswith("-") or suffix.strip().lower().startswith("desc")
    return f"-{name}" if is_descending else name


def rank(record: Record, order: str, collection: Collection) -> Rank:
    """Return the sort key of a record: value of the member, then key. All ranks are comparable."""
    return _ranked(order.removeprefix("-"), collection.key)(record)


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
