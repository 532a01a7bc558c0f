"""Path templates: their parameters, the prefix that each parameter completes, and one name per place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_SUFFIX = re.compile(r"(?<=[^/])\.(json|xml)$")
_GENERIC = frozenset({"id", "uuid", "guid", "sid", "name", "slug", "key", "code", "number"})
"""Names that say how a thing is identified, but not which thing it is."""


@lru_cache(maxsize=4096)
def names_in(path: str) -> tuple[str, ...]:
    """The names in braces, in the order of the path."""
    return tuple(_PARAMETER.findall(path))


def normal(path: str) -> str:
    """The path without a slash at its end and without `.json` or `.xml`: both name the same thing."""
    return _SUFFIX.sub("", path.rstrip("/"))


def shape(path: str) -> str:
    """The path with its names taken out: paths of one shape name the same things."""
    return _PARAMETER.sub("{}", normal(path))


def places(path: str) -> dict[str, str]:
    """The prefix that each parameter completes, by its name: `/pets/{id}` for `id` in `/pets/{id}/toys`."""
    parts = normal(path).split("/")
    return {name: "/".join(parts[: index + 1]) for index, part in enumerate(parts) for name in names_in(part)}


def filled(path: str, values: Mapping[str, Any]) -> str:
    """The path with values put in that are encoded already."""
    return _PARAMETER.sub(lambda found: str(values[found[1]]), path)


def filled_plainly(path: str, values: Mapping[str, Any]) -> str:
    """The path with the values put in as they are."""
    return _PARAMETER.sub(lambda found: str(values[found[1]]), path)


def renamed(path: str, names: Mapping[str, str]) -> str:
    """The path with other names for some parameters."""
    return _PARAMETER.sub(lambda found: f"{{{names.get(found[1], found[1])}}}", path)


def one_name_per_place(paths: Iterable[str]) -> dict[str, dict[str, str]]:
    """The names to use instead of a path's own, by path.

    `/users/{id}` and `/users/{user_id}/posts` mean the same user: each place gets the most telling of the
    names that the paths have for it, a different one for each place of a path. The path of the thing itself
    comes before those below it: in `/templates/{scope}/{key}` the first value names no template.
    """
    offered: dict[str, list[str]] = {}
    every = list(dict.fromkeys(paths))
    for path in every:
        for name, place in places(path).items():
            offers = offered.setdefault(_place_shape(place, name), [])
            offers.insert(0 if place == normal(path) else len(offers), name)
    chosen: dict[str, str] = {}
    return {path: _own_names(path, offered, chosen) for path in every}


def places_by_name(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The places each parameter name stands for over several paths, each place once, its names being those
    of the first path that has it."""
    first: dict[str, str] = {}
    by_name: dict[str, dict[str, None]] = {}
    for path in paths:
        for name, place in places(path).items():
            by_name.setdefault(name, {})[first.setdefault(shape(place), place)] = None
    return {name: tuple(found) for name, found in by_name.items()}


def _own_names(path: str, offered: Mapping[str, list[str]], chosen: dict[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for name, place in places(path).items():
        here = _place_shape(place, name)
        if here not in chosen:
            taken = set(names.values())
            free = [each for each in offered[here] if each not in taken]
            telling = [each for each in free if each.lower() not in _GENERIC]
            chosen[here] = next(iter((*telling, *free)), f"{name}_{len(taken) + 1}")
        names[name] = chosen[here]
    return names


def _place_shape(place: str, name: str) -> str:
    """The shape of a prefix, and which of several parameters of its last part is meant."""
    return f"{shape(place)}#{names_in(place.rpartition('/')[2]).index(name)}"
