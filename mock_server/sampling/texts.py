"""Generate realistic strings by format, by member name and by pattern."""

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
"""Identifies a generated value, e.g. by operation and path of members; part of its seed."""

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
"""Pattern of a member's name (lower case, without separators) and the Faker provider for its values. The
first match counts."""


class Texts:
    """Generates strings. Equal places and seeds give equal strings."""

    def __init__(self, rng: SeededRandom) -> None:
        self._rng = rng

    def by_format(self, name: str, place: Place) -> str | None:
        """Return a string of this format, or None for an unknown format."""
        generate = _FORMATS.get(name)
        return generate(self, place) if generate else None

    def by_name(self, name: str, place: Place) -> str:
        """Return a typical value for a member with this name; a word for an unknown name."""
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
        """Return a string that a pattern probably matches, or None when it is not supported."""
        return matching(pattern, Random(self._rng.bits("pattern", *place)))  # noqa: S311 - repeatable

    def fake(self, provider: str, place: Place) -> str:
        """Return the value of a Faker provider for this place."""
        faker = _faker()
        # One instance for all, seeded for each value: creating one takes milliseconds.
        faker.seed_instance(self._rng.bits("fake", *place))
        return str(getattr(faker, provider)())

    def moment(self, place: Place) -> datetime:
        """Return an instant in 2025, the year in which generated data is set."""
        return _EPOCH + timedelta(seconds=self._rng.integer(0, _YEAR, *place))

    def base64(self, place: Place) -> str:
        """Return twelve bytes in base64."""
        return base64.b64encode(self._rng.bits(*place).to_bytes(16, "big")[:12]).decode()


@cache
def _faker() -> Faker:
    # Imported on first use: it slows the start noticeably and not every server generates data.
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


def usual_range(name: str) -> tuple[int, int] | None:
    """Return the usual range of integers for a member with this name, or None for an unknown name."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    for pattern, low, high in _RANGES:
        if re.search(pattern, plain):
            return low, high
    return None


_RANGES: tuple[tuple[str, int, int], ...] = (
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


def with_length(value: str, shortest: int, longest: int | None, next_word: Callable[[], str]) -> str:
    """Return a string extended or cut to a length from shortest to longest characters.

    next_word: gives the words that a short string is extended by.
    """
    while len(value) < shortest:
        # No space as the last character, which cutting would leave behind.
        separator = " " if value and shortest - len(value) > 1 else ""
        value += separator + next_word()
    return value if longest is None else value[:longest]
