"""Generate further records for a collection on demand, modelled on those of the fixtures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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

_MOST_ATTEMPTS = 20
"""So often a record is drawn whose unique members belong to another one."""


@dataclass(frozen=True, slots=True)
class Growing:
    """What generated records are made from.

    models: the records of the collection by key, of which new ones are made. start: the time to which ages
    refer. parents: the records to which a series belongs, by key. parent_key: their member with the key.
    """

    models: Mapping[str, Record]
    start: datetime
    parents: Mapping[str, Record] = field(default_factory=dict)
    parent_key: str = "id"


def generate_records(
    growing: Growing, collection: Collection, *, rng: SeededRandom, count: int
) -> Iterator[tuple[str, Record]]:
    """Yield `count` further records with their keys; none if the collection does not declare `grow`.

    A generated value depends only on seed, collection, key, member and models, unless a unique group would
    repeat: then it is drawn anew. Raises StartupError for a provider that Faker does not have.
    """
    models = growing.models
    templates = [record for record in models.values() if not _runs(record, collection)]
    if not templates or not collection.grow:
        return
    fake = _faker(collection)
    families = _families(templates, collection)
    series = _Series.of(collection, growing)
    taken = {_identity(group, record) for group in collection.unique for record in models.values()}
    for number, key in islice(_new_keys(models, collection, rng), count):
        place = (collection.storage, str(key))
        template = rng.choice(rng.choice(families, *place, "family"), *place, "model")
        around = _older(template, collection, rng, place)
        if series is not None:
            around = series.around(number, template, rng)
        base = {**template, **around, collection.key: key}
        for attempt in range(_MOST_ATTEMPTS):
            again = (str(attempt),) if attempt else ()
            draw = _Draw(number, rng, (*place, *again), fake, growing.start)
            record = _with_grown(base, collection, draw)
            identities = {_identity(group, record) for group in collection.unique}
            if not identities & taken:
                break
        taken |= identities
        yield str(key), record


@dataclass(frozen=True, slots=True)
class _Draw:
    """What the values of one record are drawn from. number: of the record, from 1. place: from storage and
    key. start: the time to which ages refer."""

    number: int
    rng: SeededRandom
    place: tuple[str, ...]
    fake: Faker | None
    start: datetime


def _with_grown(base: Record, collection: Collection, draw: _Draw) -> dict[str, Any]:
    """A record with the members that grow."""
    record = dict(base)
    for member, growth in (collection.grow or {}).items():
        rule = _matching_rule(growth, record)
        if rule is not None:
            record[member] = _value(rule, draw, member)
    return record


def _identity(group: Sequence[str], record: Record) -> tuple[str, ...]:
    """The values of a unique group, as text: they may be unhashable."""
    return (*group, *(repr(record.get(member)) for member in group))


def _families(templates: Sequence[Record], collection: Collection) -> list[list[Record]]:
    """The models by their parent: each parent gets as many new records as every other one."""
    member = next(iter(collection.parents), None)
    families: dict[Any, list[Record]] = {}
    for template in templates:
        families.setdefault(None if member is None else template.get(member), []).append(template)
    return list(families.values())


@dataclass(frozen=True, slots=True)
class _Series:
    """Records that follow each other at regular distances, several for each parent that has none yet.

    member: refers to the parent. every: the distances in seconds, one of which is a parent's.
    """

    collection: Collection
    parents: list[Record]
    key: str
    member: str
    runs: int
    every: Sequence[int]
    start: datetime

    @classmethod
    def of(cls, collection: Collection, growing: Growing) -> _Series | None:
        """The series that a collection declares; None without one, or without a parent for it."""
        declared = collection.series
        if declared is None:
            return None
        member, where, key = declared["of"], declared.get("where", {}), growing.parent_key
        have_records = {record.get(member) for record in growing.models.values()}
        parents = [
            parent
            for parent in growing.parents.values()
            if parent[key] not in have_records and where.items() <= parent.items()
        ]
        if not parents:
            return None
        return cls(collection, parents, key, member, declared["runs"], declared["every"], growing.start)

    def around(self, number: int, template: Record, rng: SeededRandom) -> dict[str, Any]:
        """The parent and the times of a record. number: of the record, from 1."""
        turn, run = divmod(number - 1, self.runs)
        parent = self.parents[turn % len(self.parents)]
        place = (self.collection.storage, str(parent[self.key]))
        period = rng.choice(self.every, *place, "every")
        latest = period * rng.fraction(*place, "latest")
        ago = latest + period * (run + self.runs * (turn // len(self.parents)))
        ties = {member: parent[member] for member in self.collection.references if member in parent}
        begun = self.start - timedelta(seconds=int(ago))
        return {**_moved(template, self.collection, to=begun), **ties, self.member: parent[self.key]}


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
    for rule in rules:
        providers += _PLACEHOLDER.findall(json.dumps(rule.get("pattern", "")))
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


def _value(rule: Mapping[str, Any], draw: _Draw, member: str) -> Any:
    place = (*draw.place, member)
    if "choice" in rule:
        return draw.rng.choice(rule["choice"], *place)
    if "ago" in rule:
        lowest, highest = rule["ago"]
        ago = timedelta(seconds=draw.rng.integer(lowest, highest, *place))
        return to_rfc3339(draw.start.replace(microsecond=0) - ago)
    if draw.fake is not None:
        # Seeded for each value, so that a value does not depend on how many were generated before.
        draw.fake.seed_instance(draw.rng.bits(*place))
    if "pattern" in rule:
        return _filled(rule["pattern"], draw.number, draw.fake)
    return getattr(draw.fake, rule["faker"])()


def _filled(pattern: Any, number: int, fake: Faker | None) -> Any:
    """A pattern with its placeholders filled, in a text or in the texts of a JSON value."""
    if isinstance(pattern, Mapping):
        return {name: _filled(member, number, fake) for name, member in pattern.items()}
    if isinstance(pattern, list):
        return [_filled(entry, number, fake) for entry in pattern]
    if not isinstance(pattern, str):
        return pattern
    text = _PLACEHOLDER.sub(lambda placeholder: str(getattr(fake, placeholder[1])()), pattern)
    return text.replace("#", str(number))


def _older(
    template: Record, collection: Collection, rng: SeededRandom, place: tuple[str, str]
) -> dict[str, str]:
    """The template's timestamps, all moved back by the same duration, so that they keep their order."""
    ago = timedelta(seconds=rng.integer(0, _LONGEST_AGO, *place, "ago"))
    return _shifted(template, collection, -ago)


def _moved(template: Record, collection: Collection, *, to: datetime) -> dict[str, str]:
    """The template's timestamps, moved so that it was created at another time."""
    created = template.get(collection.created or "")
    return _shifted(template, collection, to - from_rfc3339(created)) if created else {}


def _shifted(template: Record, collection: Collection, by: timedelta) -> dict[str, str]:
    finished = collection.lifecycle.finished if collection.lifecycle else None
    members = [
        member
        for member in (collection.created, collection.updated, finished)
        if member and template.get(member)
    ]
    return {member: to_rfc3339(from_rfc3339(template[member]) + by) for member in members}
