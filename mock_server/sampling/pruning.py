"""Remove from a value what makes it invalid, so that one impossible optional member costs only itself."""

from __future__ import annotations

from typing import Any

from mock_server.contract.validation import Check

NO_VALUE: Any = object()
"""Marks the absence of a value, because None is one (null)."""

_REMOVALS = 16
"""Maximum number of members and entries that are removed from a value."""

_Path = tuple[str | int, ...]


def without_invalid_parts(check: Check, value: Any) -> Any:
    """Return the value without its invalid optional members and entries, or NO_VALUE if it stays invalid.

    The value itself is not changed.
    """
    invalid = _invalid_paths(check, value)
    for _ in range(_REMOVALS):
        if not invalid:
            return value
        # The innermost member whose removal helps: removing more than that would lose valid ones.
        path = max(invalid, key=len)
        for length in range(len(path), 0, -1):
            smaller = _without(value, path[:length])
            remaining = _invalid_paths(check, smaller)
            if len(remaining) < len(invalid):
                value, invalid = smaller, remaining
                break
        else:
            return NO_VALUE
    return NO_VALUE if invalid else value


def _invalid_paths(check: Check, value: Any) -> list[_Path]:
    return [tuple(error.instance_path) for error in check.compiled.iter_errors(value)]


def _without(value: Any, path: _Path) -> Any:
    """A copy of the value without the member or entry at a path."""
    first, rest = path[0], path[1:]
    if isinstance(value, dict):
        if rest:
            return {**value, str(first): _without(value[str(first)], rest)}
        return {name: item for name, item in value.items() if name != first}
    if isinstance(value, list) and isinstance(first, int):
        changed = [_without(value[first], rest)] if rest else []
        return [*value[:first], *changed, *value[first + 1 :]]
    return value
