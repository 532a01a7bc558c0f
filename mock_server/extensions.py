"""Extensions of installed packages, found by entry points.

A package adds to a registry of this server by an entry point in the registry's group: `mock_server.faults`,
`mock_server.dialects` or `mock_server.contracts`. Each registry documents what its entry points must be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from mock_server.errors.startup import StartupError

Extension = TypeVar("Extension")


@cache
def installed(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group, by name."""
    return tuple(sorted(_entry_points().select(group=group), key=lambda entry_point: entry_point.name))


@cache
def _entry_points() -> Any:
    # Once for all groups, because it reads a file of each installed package.
    return entry_points()


def with_installed(
    group: str, built_in: Mapping[str, Extension], accept: Callable[[str, Any], Extension]
) -> dict[str, Extension]:
    """The built-in entries of a registry, then those of installed packages, by name.

    group: of entry points. accept: called with the name of an entry point and its object; returns the entry,
    or raises TypeError with what the object must be. Raises StartupError for an entry point that cannot be
    loaded or is not accepted, and for a name that is in use.
    """
    registry = dict(built_in)
    for name, extension in _installed(group, accept):
        if name in registry:
            raise StartupError(f"entry point {name!r} of {group}: the name is already taken")
        registry[name] = extension
    return registry


def _installed(group: str, accept: Callable[[str, Any], Extension]) -> Iterator[tuple[str, Extension]]:
    for entry_point in installed(group):
        place = f"entry point {entry_point.name!r} of {group} ({entry_point.value})"
        try:
            loaded = entry_point.load()
        except Exception as error:  # loading runs code of the package, which can raise anything
            raise StartupError(f"{place}: cannot be loaded: {error}") from error
        try:
            yield entry_point.name, accept(entry_point.name, loaded)
        except TypeError as error:
            raise StartupError(f"{place}: {error}") from None
