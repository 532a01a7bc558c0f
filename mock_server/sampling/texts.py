"""Texts that look like what their name and format promise, each belonging to its place."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from mock_server.clock import to_rfc3339
from mock_server.sampling.patterns import matching
from mock_server.seeded_random import SeededRandom

if TYPE_CHECKING:
    from faker import Faker

Place = tuple[str | int, ...]

_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_YEAR = 365 * 24 * 3600

_BY_NAME: tuple[tuple[str, str], ...] = (
    (r"e?mail(address)?$", "email"),
    (r"^(first|given)name$", "first_name"),
    (r"^(last|family|sur)name$", "last_name"),
    (r"^(user|login|nick)name$|^login$|^handle$", "user_name"),
    (r"^(full|display|contact|owner|author|customer)name$|^(author|owner|assignee|contact)$", "name"),
    (r"phone|mobile|fax", "phone_number"),
    (r"^(street|address|addressline\d?|line[12])$", "street_address"),
    (r"city$|^town$", "city"),
    (r"country(code)?$", "country_code"),
    (r"^(zip|zipcode|postcode|postalcode)$", "postcode"),
    (r"state$|province|region", "state_abbr"),
    (r"(url|uri|link|href|website|homepage)s?$", "url"),
    (r"company|organi[sz]ation|employer|vendor|supplier|brand|publisher", "company"),
    (r"currency(code)?$", "currency_code"),
    (r"colou?r$", "color_name"),
    (r"slug$", "slug"),
    (r"locale$", "locale"),
    (r"lang(uage)?$", "language_code"),
    (r"timezone$", "timezone"),
    (r"ip(address)?$", "ipv4"),
    (r"(mime|media|content)type$", "mime_type"),
    (r"file(name)?$", "file_name"),
    (r"(token|secret|hash|sha|checksum|signature)$", "sha1"),
    (r"^(job|jobtitle|profession|occupation)$", "job"),
    (
        r"(description|summary|body|content|comment|message|note|notes|text|bio|remarks|instructions)$",
        "sentence",
    ),
    (r"^(title|subject|headline|caption)$", "catch_phrase"),
    (r"(sku|code|number|ref|reference|isbn|barcode)$", "ean8"),
)
"""Member names without separators, in lower case → the Faker provider whose values fit."""


class Texts:
    """Texts by format, by name and by pattern; equal places give equal texts."""

    def __init__(self, rng: SeededRandom) -> None:
        self._rng = rng

    def format(self, name: str, place: Place) -> str | None:
        """A text of this format, None for one nobody knows here."""
        make = _FORMATS.get(name)
        return make(self, place) if make else None

    def named(self, name: str, place: Place) -> str:
        """A text as a member of this name would hold it; two words when the name says nothing."""
        plain = re.sub(r"[^a-z0-9]", "", name.lower())
        for pattern, provider in _BY_NAME:
            if re.search(pattern, plain):
                return self.fake(provider, place)
        if plain.endswith("id"):
            return self._rng.uuid(*place)
        word = self.fake("word", place)
        if plain.endswith(("name", "label")):
            return f"{word} {self.fake('word', (*place, 'second'))}".title()
        return word

    def matching(self, pattern: str, place: Place) -> str | None:
        """A text a regular expression matches, None when it cannot be turned into one."""
        return matching(pattern, Random(self._rng.bits("pattern", *place)))  # noqa: S311 - repeatable

    def fake(self, provider: str, place: Place) -> str:
        """What a provider of Faker gives for this place."""
        faker = _faker()
        faker.seed_instance(self._rng.bits("fake", *place))
        return str(getattr(faker, provider)())

    def moment(self, place: Place) -> datetime:
        """An instant in the year the data is set in."""
        return _EPOCH + timedelta(seconds=self._rng.integer(0, _YEAR, *place))

    def base64(self, place: Place) -> str:
        """A few bytes in base64."""
        return base64.b64encode(self._rng.bits(*place).to_bytes(16, "big")[:12]).decode()


@cache
def _faker() -> Faker:
    from faker import Faker

    return Faker("en_US")


_FORMATS: Mapping[str, Callable[[Texts, Place], str]] = {
    "uuid": lambda texts, place: texts._rng.uuid(*place),
    "date-time": lambda texts, place: to_rfc3339(texts.moment(place)),
    "date": lambda texts, place: texts.moment(place).date().isoformat(),
    "time": lambda texts, place: texts.moment(place).strftime("%H:%M:%SZ"),
    "duration": lambda texts, place: f"PT{texts._rng.integer(1, 59, *place)}M",
    "email": lambda texts, place: texts.fake("email", place),
    "idn-email": lambda texts, place: texts.fake("email", place),
    "hostname": lambda texts, place: texts.fake("domain_name", place),
    "idn-hostname": lambda texts, place: texts.fake("domain_name", place),
    "ipv4": lambda texts, place: texts.fake("ipv4", place),
    "ipv6": lambda texts, place: texts.fake("ipv6", place),
    "uri": lambda texts, place: texts.fake("url", place),
    "url": lambda texts, place: texts.fake("url", place),
    "iri": lambda texts, place: texts.fake("url", place),
    "uri-reference": lambda texts, place: texts.fake("url", place),
    "iri-reference": lambda texts, place: texts.fake("url", place),
    "uri-template": lambda texts, place: texts.fake("url", place) + "{id}",
    "json-pointer": lambda texts, place: "/" + texts.fake("word", place),
    "relative-json-pointer": lambda texts, place: "1/" + texts.fake("word", place),
    "regex": lambda texts, place: f"^{texts.fake('word', place)}$",
    "byte": lambda texts, place: texts.base64(place),
    "base64": lambda texts, place: texts.base64(place),
    "binary": lambda texts, place: texts.fake("sentence", place),
    "password": lambda texts, place: texts.fake("password", place),
    "decimal": lambda texts, place: f"{texts._rng.integer(1, 99_999, *place) / 100:.2f}",
}


def numbered(name: str) -> tuple[int, int] | None:
    """The range of whole numbers a member of this name would hold, None when the name says nothing."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    for pattern, low, high in _NUMBERS:
        if re.search(pattern, plain):
            return low, high
    return None


_NUMBERS: tuple[tuple[str, int, int], ...] = (
    (r"^age$", 18, 90),
    (r"year$", 1990, 2025),
    (r"month$", 1, 12),
    (r"^day$", 1, 28),
    (r"^(quantity|qty|count|stock|seats|size)$|count$", 1, 50),
    (r"percent|rate$|score$", 0, 100),
    (r"port$", 1024, 65535),
    (r"price|amount|cost|total|balance|fee", 1, 500),
    (r"^lat(itude)?$", -89, 89),
    (r"^(lng|lon|longitude)$", -179, 179),
)


def trimmed(value: str, low: int, high: int | None, more: Callable[[], str]) -> str:
    """A text brought to a length between two bounds; more: what to add where it is too short."""
    while len(value) < low:
        value += (" " if value and low - len(value) > 1 else "") + more()
    return value if high is None else value[:high]
