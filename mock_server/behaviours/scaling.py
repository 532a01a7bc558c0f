"""Generate further records for a collection on demand, modelled on those of the fixtures."""

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
"""Maximum number of seconds by which a record is older than the one that it is modelled on."""


def generate_records(
    models: Mapping[str, Record], collection: Collection, *, rng: SeededRandom, count: int
) -> Iterator[tuple[str, Record]]:
    """Yield `count` further records with their keys; none if the collection does not declare `grow`.

    A generated value depends only on seed, collection, key, member and models. Raises StartupError for a
    provider that Faker does not have.
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
            rule = _matching_rule(growth, record)
            if rule is not None:
                record[member] = _value(rule, number, fake, rng, (*place, member))
        yield str(key), record


def _runs(record: Record, collection: Collection) -> bool:
    """Whether a record is running. It cannot be a model: it may have to be the only running one."""
    lifecycle = collection.lifecycle
    return lifecycle is not None and record.get(lifecycle.member) in lifecycle.active


def _new_keys(
    models: Mapping[str, Record], collection: Collection, rng: SeededRandom
) -> Iterator[tuple[int, str | int]]:
    """Consecutive numbers with keys derived from them, skipping keys that were generated before."""
    if collection.ids == "integer":
        highest = max(map(int, models))
        yield from ((number, highest + number) for number in count_from(1))
    for number in count_from(1):
        key = rng.uuid(collection.storage, "grown", number)
        if key not in models:
            yield number, key


def _matching_rule(growth: Mapping[str, Any], record: Record) -> Mapping[str, Any] | None:
    """The rule for a member's value, which may depend on another member; None to keep the model's value."""
    if "cases" not in growth:
        return growth
    cases: Mapping[str, Mapping[str, Any]] = growth["cases"]
    return cases.get(str(record.get(growth["by"])), cases.get("*"))


def _faker(collection: Collection) -> Faker | None:
    """A Faker if the collection needs one. Raises StartupError for an unknown provider."""
    rules: list[Mapping[str, Any]] = []
    for growth in (collection.grow or {}).values():
        rules += growth["cases"].values() if "cases" in growth else [growth]
    providers = [rule["faker"] for rule in rules if "faker" in rule]
    providers += [name for rule in rules for name in _PLACEHOLDER.findall(rule.get("pattern", ""))]
    if not providers:
        return None
    from faker import Faker

    # Without weights: a weighted choice walks its whole list each time.
    fake = Faker(use_weighting=False)
    unknown = [name for name in providers if not hasattr(fake, name)]
    if unknown:
        raise StartupError(
            *(f"collection {collection.name!r}: Faker has no provider {name!r}" for name in unknown)
        )
    return fake


def _value(
    rule: Mapping[str, Any], number: int, fake: Faker | None, rng: SeededRandom, place: tuple[str, ...]
) -> Any:
    if "choice" in rule:
        return rng.choice(rule["choice"], *place)
    if fake is not None:
        # Seeded for each value, so that a value does not depend on how many were generated before.
        fake.seed_instance(rng.bits(*place))
    if "pattern" in rule:
        text = _PLACEHOLDER.sub(lambda placeholder: str(getattr(fake, placeholder[1])()), rule["pattern"])
        return text.replace("#", str(number))
    return getattr(fake, rule["faker"])()


def _older(
    template: Record, collection: Collection, rng: SeededRandom, place: tuple[str, str]
) -> dict[str, str]:
    """The template's timestamps, all moved back by the same duration, so that they keep their order."""
    ago = timedelta(seconds=rng.integer(0, _LONGEST_AGO, *place, "ago"))
    finished = collection.lifecycle.finished if collection.lifecycle else None
    members = [
        member
        for member in (collection.created, collection.updated, finished)
        if member and template.get(member)
    ]
    return {member: to_rfc3339(from_rfc3339(template[member]) - ago) for member in members}
