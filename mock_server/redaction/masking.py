"""How one value is masked."""

from __future__ import annotations

from typing import Any

MASKED = "**********"
"""Stands in place of a secret."""


def mask(value: Any) -> Any:
    """A value of the same outer JSON type without its content.

    Texts and numbers become MASKED, objects and lists become empty. null, true and false stay.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {}
    return [] if isinstance(value, list) else MASKED


def mark_emptied(redacted: Any, value: Any) -> Any:
    """The redacted value, or MASKED where redaction has emptied an object or list that was not empty.

    Without the mark a reader could not tell an emptied value from one that was sent empty.
    """
    is_emptied = value and isinstance(value, dict | list) and not redacted
    return MASKED if is_emptied else redacted


def mask_and_mark(value: Any) -> Any:
    """The masked value; MASKED for an object or list that was not empty."""
    return mark_emptied(mask(value), value)
