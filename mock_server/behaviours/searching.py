"""Conditions in the body of a search: `{field, operator, value}`, and several joined by AND or OR."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from mock_server.behaviours.listing import comparable
from mock_server.store.index import query_text

FIELD_NAMES = frozenset({"field", "property", "propertyname", "attribute", "path"})
"""Normalized names of the member with the name of what is compared."""
OPERATOR_NAMES = frozenset({"operator", "op", "comparison", "comparator"})
VALUE_NAMES = frozenset({"value", "values"})

ValueOf = Callable[[str], Any]
"""The value of a record at a dotted path."""


def accepts(condition: Any, value_of: ValueOf) -> bool:
    """Return whether a record satisfies a condition; what is no condition restricts nothing.

    condition: an object of a body, or a list of which all have to hold. value_of: reads the record.
    """
    if isinstance(condition, list):
        return all(accepts(each, value_of) for each in condition)
    if not isinstance(condition, Mapping):
        return True
    field = _member(condition, FIELD_NAMES)
    named = str(_member(condition, OPERATOR_NAMES) or "=").lower().replace(" ", "_")
    value = _member(condition, VALUE_NAMES)
    if isinstance(field, str):
        return _COMPARISONS.get(named, _equal)(value_of(field), value)
    if isinstance(value, list):
        joined = any if named == "or" else all
        return joined(accepts(each, value_of) for each in value)
    return True


def _member(condition: Mapping[str, Any], names: frozenset[str]) -> Any:
    found = (value for name, value in condition.items() if name.lower().replace("_", "") in names)
    return next(found, None)


def _entries(value: Any) -> list[str]:
    return [query_text(each) for each in (value if isinstance(value, list) else [value])]


def _equal(own: Any, value: Any) -> bool:
    return query_text(value) in _entries(own)


def _among(own: Any, value: Any) -> bool:
    return not set(_entries(own)).isdisjoint(_entries(value))


def _contains(own: Any, value: Any) -> bool:
    return any(query_text(value).casefold() in text.casefold() for text in _entries(own))


def _begins(own: Any, value: Any) -> bool:
    return query_text(own).casefold().startswith(query_text(value).casefold())


def _ends(own: Any, value: Any) -> bool:
    return query_text(own).casefold().endswith(query_text(value).casefold())


def _bound(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def holds(own: Any, value: Any) -> bool:
        (own_rank, own_key), (rank, key) = comparable(own), comparable(value)
        return own_rank == rank and compare(own_key, key)

    return holds


def _not(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda own, value: not holds(own, value)


_BY_WORDS: tuple[tuple[tuple[str, ...], Callable[[Any, Any], bool]], ...] = (
    (("=", "==", "eq", "equals", "equal", "is"), _equal),
    (("!=", "<>", "ne", "neq", "not_equals", "is_not"), _not(_equal)),
    (("in", "any", "one_of"), _among),
    (("nin", "not_in"), _not(_among)),
    (("~", "contains", "like"), _contains),
    (("!~", "not_contains", "does_not_contain"), _not(_contains)),
    (("^", "starts_with", "begins_with"), _begins),
    (("$", "ends_with"), _ends),
    ((">", "gt", "greater_than"), _bound(operator.gt)),
    ((">=", "gte", "ge"), _bound(operator.ge)),
    (("<", "lt", "less_than"), _bound(operator.lt)),
    (("<=", "lte", "le"), _bound(operator.le)),
)
_COMPARISONS = {word: holds for words, holds in _BY_WORDS for word in words}
