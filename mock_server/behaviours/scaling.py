"""Collections grown on demand: records modelled on those of the fixtures, each value from its own chance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import count as count_from
from itertools import islice
from typing import TYPE_CHECKING, Any

from mock_server.clock import from_rfc3339, to_rfc3339
from mock_server.errors.startup import StartupError

if TYPE_CHECKING:
    from faker import Faker

    from mock_server.behaviours.declared import Collection
    from mock_server.seeded_random import SeededRandom
    from mock_server.store.protocol import Record

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_LONGEST_AGO = 90 * 24 * 3600
"""Seconds by which a record may be older than the one it is modelled on."""


def grown(
    models: Mapping[str, Record], collection: Collection, *, rng: SeededRandom, count: int
) -> Iterator[tuple[str, Record]]:
    """That many further records by key. A value depends on seed, collection, key, member and models only.

    Raises StartupError for a provider Faker does not have.
    """
    templates = [record for record in models.values() if not _runs(record, collection)]
    if not templates or not collection.grow:
        return
    fake = _faker(collection)
    for number, key in islice(_new_keys(models, collection, rng), count):
        place = (collection.storage, str(key))
        template = rng.choice(templates, *place, "model")
        record = {**template, **_older(template, collection, rng, place), collection.key: key}
        for member, growth in collection.grow.items():
            how = _fitting(growth, record)
            if how is not None:
                record[member] = _value(how, number, fake, rng, (*place, member))
        yield str(key), record


def _runs(record: Record, collection: Collection) -> bool:
    """Whether a record moves: no model, since what moves may have to be the only one that does."""
    lifecycle = collection.lifecycle
    return lifecycle is not None and record.get(lifecycle.member) == lifecycle.running


def _new_keys(
    models: Mapping[str, Record], collection: Collection, rng: SeededRandom
) -> Iterator[tuple[int, str | int]]:
    """Running numbers with the keys made of them; a collection that has grown before goes on after those."""
    if collection.ids == "integer":
        highest = max(map(int, models))
        yield from ((number, highest + number) for number in count_from(1))
    for number in count_from(1):
        key = rng.uuid(collection.storage, "grown", number)
        if key not in models:
            yield number, key


def _fitting(growth: Mapping[str, Any], record: Record) -> Mapping[str, Any] | None:
    """How a member is made; None where it stays as the model has it."""
    if "cases" not in growth:
        return growth
    cases: Mapping[str, Mapping[str, Any]] = growth["cases"]
    return cases.get(str(record.get(growth["by"])), cases.get("*"))


def _faker(collection: Collection) -> Faker | None:
    declared = (collection.grow or {}).values()
    growths = [
        case for growth in declared for case in (growth["cases"].values() if "cases" in growth else [growth])
    ]
    providers = [growth["faker"] for growth in growths if "faker" in growth]
    providers += [name for growth in growths for name in _PLACEHOLDER.findall(growth.get("pattern", ""))]
    if not providers:
        return None
    from faker import Faker

    fake = Faker(use_weighting=False)  # equal chances: a weighted draw walks its whole list every time
    unknown = [name for name in providers if not hasattr(fake, name)]
    if unknown:
        raise StartupError(
            *(f"collection {collection.name!r}: Faker has no provider {name!r}" for name in unknown)
        )
    return fake


def _value(
    growth: Mapping[str, Any], number: int, fake: Faker | None, rng: SeededRandom, place: tuple[str, ...]
) -> Any:
    if "choice" in growth:
        return rng.choice(growth["choice"], *place)
    if fake is not None:
        fake.seed_instance(rng.bits(*place))
    if "pattern" in growth:
        text = _PLACEHOLDER.sub(lambda placeholder: str(getattr(fake, placeholder[1])()), growth["pattern"])
        return text.replace("#", str(number))
    return getattr(fake, growth["faker"])()


def _older(
    template: Record, collection: Collection, rng: SeededRandom, place: tuple[str, str]
) -> dict[str, str]:
    """The template's instants, all moved back by the same time, so that they keep their order."""
    ago = timedelta(seconds=rng.integer(0, _LONGEST_AGO, *place, "ago"))
    finished = collection.lifecycle.finished if collection.lifecycle else None
    members = [
        member
        for member in (collection.created, collection.updated, finished)
        if member and template.get(member)
    ]
    return {member: to_rfc3339(from_rfc3339(template[member]) - ago) for member in members}
