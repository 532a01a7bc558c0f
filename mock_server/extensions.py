"""Extensions of installed packages, found by entry points.

A package adds to a registry of this server by an entry point in the registry's group: `mock_server.faults`,
`mock_server.dialects` or `mock_server.contracts`. Each registry documents what its entry points must be.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mock_server.errors.startup import StartupError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_METADATA = (".dist-info", ".egg-info")
"""What the folders end in that hold the metadata of installed packages."""

Extension = TypeVar("Extension")


@cache
def installed(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group, by name."""
    if not _any_installed():
        return ()
    return tuple(sorted(_entry_points().select(group=group), key=lambda entry_point: entry_point.name))


@cache
def _any_installed() -> bool:
    """Whether an installed package may have an entry point in a group of this server.

    Few servers have one, and importlib.metadata takes longer to load than all these files to search.
    """
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]
    if finders != [PathFinder]:
        return True  # packages that are not in folders of sys.path
    return any(map(_has_group, sys.path))


def _has_group(path: str) -> bool:
    """Whether a package in an entry of sys.path may have such an entry point."""
    place = Path(path)
    if not place.is_dir():
        return place.exists()  # an archive, in which importlib.metadata searches
    try:
        folders = [folder for folder in place.iterdir() if folder.name.endswith(_METADATA)]
    except OSError:
        return False  # a folder that may not be read has no packages to load either
    return any(map(_names_group, folders))


def _names_group(metadata: Path) -> bool:
    """Whether a package has such an entry point. metadata: its folder."""
    try:
        text = (metadata / "entry_points.txt").read_bytes()
    except OSError:
        return False  # most packages have none
    return b"[mock_server." in text


@cache
def _entry_points() -> Any:
    from importlib.metadata import entry_points

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
