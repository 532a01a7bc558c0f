"""Collections grown on demand: records modelled on those of the fixtures, each value from its own chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mock_server.clock import from_rfc3339, to_rfc3339
from mock_server.errors.start import StartError

if TYPE_CHECKING:
    from faker import Faker

    from mock_server.behaviours.declared import Collection
    from mock_server.chance import Chance
    from mock_server.store.protocol import Record

_LONGEST_AGO = 90 * 24 * 3600
"""Seconds by which a record may be older than the one it is modelled on."""


def grown(
    models: Mapping[str, Record], collection: Collection, *, chance: Chance, count: int
) -> Iterator[tuple[str, Record]]:
    """That many further records by key. A value depends on seed, collection, key and member only.

    Raises StartError for a provider Faker does not have.
    """
    if not models or not collection.grow:
        return
    fake = _faker(collection)
    templates = list(models.values())
    highest = max((int(key) for key in models), default=0) if collection.ids == "integer" else 0
    for number in range(1, count + 1):
        key: str | int = highest + number
        if collection.ids != "integer":
            key = chance.uuid(collection.storage, "grown", number)
        place = (collection.storage, str(key))
        template = chance.choice(templates, *place, "model")
        record = {**template, **_older(template, collection, chance, place), collection.key: key}
        for member, growth in collection.grow.items():
            record[member] = _value(growth, number, fake, chance, (*place, member))
        yield str(key), record


def _faker(collection: Collection) -> Faker | None:
    providers = [growth["faker"] for growth in (collection.grow or {}).values() if "faker" in growth]
    if not providers:
        return None
    from faker import Faker

    fake = Faker()
    unknown = [name for name in providers if not hasattr(fake, name)]
    if unknown:
        raise StartError(
            *(f"collection {collection.name!r}: Faker has no provider {name!r}" for name in unknown)
        )
    return fake


def _value(
    growth: Mapping[str, Any], number: int, fake: Faker | None, chance: Chance, place: tuple[str, ...]
) -> Any:
    if "pattern" in growth:
        return growth["pattern"].replace("#", str(number))
    if "choice" in growth or fake is None:
        return chance.choice(growth["choice"], *place)
    fake.seed_instance(chance.bits(*place))
    return getattr(fake, growth["faker"])()


def _older(
    template: Record, collection: Collection, chance: Chance, place: tuple[str, str]
) -> dict[str, str]:
    """The template's instants, all moved back by the same time, so that they keep their order."""
    ago = timedelta(seconds=chance.integer(0, _LONGEST_AGO, *place, "ago"))
    members = [member for member in (collection.created, collection.updated) if member in template]
    return {member: to_rfc3339(from_rfc3339(template[member]) - ago) for member in members if member}
