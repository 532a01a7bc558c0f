"""Equality of JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal. Unlike in Python, true is not 1, at any depth. The order of members
    does not matter."""
    # The first three tests are not needed for the result: they answer most calls without those of types.
    if left is right:
        return True
    if left is None or right is None:
        return False
    if isinstance(left, str):
        return bool(left == right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and _same_members(left, right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _same_members(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    for name, value in left.items():
        # Of two versions of a record most members are the very same object.
        if value is not right[name] and not same(value, right[name]):
            return False
    return True
