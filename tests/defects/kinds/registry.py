"""The kinds of mistakes by name; each is a function from the ground and its arguments to a defect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.defects.seam import PlantedDefect, Plot

Kind = Callable[..., PlantedDefect]
KINDS: dict[str, Kind] = {}


def kind(make: Kind) -> Kind:
    """Decorator: catalogues may name this function."""
    if make.__name__ in KINDS:
        raise ValueError(f"there is a kind {make.__name__} already")
    KINDS[make.__name__] = make
    return make


def maker(name: str, arguments: dict[str, Any]) -> Callable[[Plot], PlantedDefect]:
    """What plants a kind with its arguments. KeyError for an unknown kind."""
    make = KINDS[name]
    return lambda plot: make(plot, **arguments)
