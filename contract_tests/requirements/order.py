"""In which order requirements are examined where time is short: most defects caught per second first."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from contract_tests.requirements.families import family_names
from contract_tests.requirements.model import Requirement

_PLACES = ("query", "body", "path", "header")
"""What a requirement speaks of where the last part of its id names the check."""


def most_catching_first(requirements: Iterable[Requirement]) -> list[Requirement]:
    """Sort requirements by the place of their check in `order.json`.

    The order of requirements of one check stays as it is; checks that have no place come last, in the order
    of the requirements.
    """
    places = {check: place for place, check in enumerate(measured_checks())}
    return sorted(requirements, key=lambda each: places.get(check_of(each.id), len(places)))


@cache
def measured_checks() -> tuple[str, ...]:
    """The checks that caught planted defects, those first that catch the most further ones per second.

    They are measured: `python -m tests.proof.order` writes the file from the runs on defective servers.
    """
    content = (files(__package__) / "order.json").read_text(encoding="utf-8")
    return tuple(row["check"] for row in json.loads(content))


@cache
def _families() -> frozenset[str]:
    """The names of the families; looking for those of installed packages takes a while."""
    return frozenset(family_names())


@cache
def check_of(requirement: str) -> str:
    """The check behind a requirement: its family and what is examined, without contract, operation and names.

    `shop.listThings.validation.query.limit.maximum` is one of `validation.maximum`, and
    `shop.createThing.lifecycle.echo.name` one of `lifecycle.echo`.
    """
    parts = requirement.split(".")
    families = _families()
    at = next((place for place, part in enumerate(parts) if place > 1 and part in families), len(parts) - 1)
    family, *rest = parts[at:]
    if not rest:
        return family
    return f"{family}.{rest[-1] if rest[0] in _PLACES else rest[0]}"
