"""Places of generated values."""

from __future__ import annotations

Place = tuple[str | int, ...]
"""Identifies a generated value, e.g. by operation and path of members; part of its seed."""


def last_name(place: Place) -> str:
    """Return the name of the innermost member that contains a value; empty without one."""
    return next((part for part in reversed(place) if isinstance(part, str)), "")


def outer_name(place: Place) -> str:
    """Return the name of what contains that member: a member, or the collection of a record.

    The place of a member of a record is (collection, key, member): the key is passed over.
    """
    names = [part for part in place if isinstance(part, str)]
    if len(names) < 2:
        return ""
    is_in_record = len(place) == 3 or (len(place) == 5 and place[2] == "attempt")
    return names[0] if is_in_record else names[-2]
