"""What installed packages add to the harness: entry points, by group and name.

`requirements.families` and `reports.registry` are the two registries that use this.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import EntryPoint, entry_points
from typing import Any


class ExtensionError(Exception):
    """An installed package adds something that cannot be used; the text names the entry point."""


def installed(group: str, *, built_in: Collection[str]) -> dict[str, EntryPoint]:
    """The entry points of a group by name, in alphabetical order.

    Raises ExtensionError for a name that is built in, and for one that two packages give different objects.
    """
    found: dict[str, EntryPoint] = {}
    for point in sorted(entry_points(group=group), key=lambda each: each.name):
        if point.name in built_in:
            raise ExtensionError(f"{_shown(point)}: the name is taken by a built-in one")
        if point.name in found and found[point.name].value != point.value:
            raise ExtensionError(f"{_shown(point)}: the name is taken by {_shown(found[point.name])}")
        found[point.name] = point
    return found


def names(group: str, *, built_in: Collection[str]) -> tuple[str, ...]:
    """The built-in names in their order, then those of installed packages. Loads nothing and never fails."""
    added = {point.name for point in entry_points(group=group)}
    return (*built_in, *sorted(added - set(built_in)))


def load(point: EntryPoint) -> Any:
    """The callable an entry point names. Raises ExtensionError."""
    try:
        loaded = point.load()
    except Exception as error:  # the module of another package: whatever it raises is why it cannot be used
        raise ExtensionError(f"{_shown(point)}: {type(error).__name__}: {error}") from error
    if not callable(loaded):
        raise ExtensionError(f"{_shown(point)}: not callable")
    return loaded


def _shown(point: EntryPoint) -> str:
    package = f" of {point.dist.name}" if point.dist is not None else ""
    return f"entry point {point.group}: {point.name} = {point.value}{package}"
