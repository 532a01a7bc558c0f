"""Generate realistic strings by format, by meaning and by pattern."""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from mock_server.clock import to_rfc3339
from mock_server.sampling.meanings import Meaning, is_future
from mock_server.sampling.patterns import matching
from mock_server.sampling.place import Place, last_name
from mock_server.seeded_random import SeededRandom

if TYPE_CHECKING:
    from faker import Faker

_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_YEAR = 365 * 24 * 3600

_COUNTRIES = ("DE", "FR", "GB", "NL", "ES", "IT", "SE", "US", "CA", "JP")
_CURRENCIES = ("EUR", "USD", "GBP", "SEK", "CHF", "JPY")
_LANGUAGES = ("en", "de", "fr", "es", "nl", "it")
_LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "nl_NL")
_ADJECTIVES = [
    "Amber",
    "Blue",
    "Bright",
    "Classic",
    "Coastal",
    "Compact",
    "Crimson",
    "Daily",
    "Golden",
    "Grand",
    "Green",
    "Little",
    "Lunar",
    "Modern",
    "Northern",
    "Prime",
    "Quiet",
    "Silver",
    "Southern",
    "Summer",
    "Swift",
    "Urban",
    "Vivid",
    "Winter",
]
_NOUNS = [
    "Anchor",
    "Atlas",
    "Beacon",
    "Bridge",
    "Canyon",
    "Compass",
    "Falcon",
    "Forest",
    "Garden",
    "Harbor",
    "Horizon",
    "Lantern",
    "Maple",
    "Meadow",
    "Orbit",
    "Pioneer",
    "Prairie",
    "River",
    "Signal",
    "Summit",
    "Trail",
    "Valley",
    "Vista",
    "Willow",
]

_VALIDITY = 3 * _YEAR
"""Instants in the future lie this many seconds after those in the past."""


class Texts:
    """Generates strings. Equal places and seeds give equal strings."""

    def __init__(self, rng: SeededRandom) -> None:
        self._rng = rng

    def by_format(self, name: str, place: Place) -> str | None:
        """Return a string of this format, or None for an unknown format."""
        generate = _FORMATS.get(name)
        return generate(self, place) if generate else None

    def by_meaning(self, meaning: Meaning, place: Place) -> str:
        """Return a string that means this: see meanings.py."""
        generate = _MEANINGS.get(meaning) or _FORMATS.get(meaning)
        return generate(self, place) if generate else self.fake(meaning, place)

    def varied(self, example: str, place: Place) -> str:
        """Return a string like an example, which is an identifier: its digits and the letters between them
        are others.

        A prefix of letters stays: "cus_Nf3x" gives "cus_" and four other characters.
        """
        prefix = re.match(r"(?:[A-Za-z]+[_-])*[A-Za-z]*", example)
        start = prefix.end() if prefix else 0
        varied = [example[:start]]
        for index, character in enumerate(example[start:]):
            alphabet = next((letters for letters in _ALPHABETS if character in letters), character)
            varied.append(self._rng.choice(alphabet, "varied", index, *place))
        return "".join(varied)

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
        """Return an instant in 2025, the year in which generated data is set.

        An instant of a member such as `expires_at` lies three years later.
        """
        past = _EPOCH + timedelta(seconds=self._rng.integer(0, _YEAR, *place))
        return past + timedelta(seconds=_VALIDITY) if is_future(last_name(place)) else past

    def _phone(self, place: Place) -> str:
        # Numbers that are reserved for fiction.
        return f"+1415555{self._rng.integer(100, 199, *place):04}"

    def _thing(self, place: Place) -> str:
        return (
            f"{self._rng.choice(_ADJECTIVES, 'adjective', *place)} {self._rng.choice(_NOUNS, 'noun', *place)}"
        )

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
    "phone": lambda texts, place: texts._phone(place),
    "phone-number": lambda texts, place: texts._phone(place),
    "currency": lambda texts, place: texts._rng.choice(_CURRENCIES, *place),
    "country": lambda texts, place: texts._rng.choice(_COUNTRIES, *place),
    "country-code": lambda texts, place: texts._rng.choice(_COUNTRIES, *place),
    "locale": lambda texts, place: texts._rng.choice(_LOCALES, *place),
    "language": lambda texts, place: texts._rng.choice(_LANGUAGES, *place),
    "ip": lambda texts, place: texts.fake("ipv4", place),
    "unix-time": lambda texts, place: str(int(texts.moment(place).timestamp())),
}

_MEANINGS: Mapping[str, Callable[[Texts, Place], str]] = {
    "state": lambda texts, place: texts.fake("state_abbr", place),
    "status": lambda texts, place: texts._rng.choice(("active", "active", "pending"), *place),
    "thing": lambda texts, place: texts._thing(place),
    "title": lambda texts, place: texts._thing(place),
    "image": lambda texts, place: f"{texts.fake('url', place)}{texts.fake('word', place)}.png",
    "version": lambda texts, place: (
        f"{texts._rng.integer(1, 4, *place)}.{texts._rng.integer(0, 9, 'x', *place)}.0"
    ),
    "four_digits": lambda texts, place: f"{texts._rng.integer(1000, 9999, *place)}",
    "birth_date": lambda texts, place: (texts.moment(place) - timedelta(days=365 * 30)).date().isoformat(),
}

_ALPHABETS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


_LONGEST_MADE_UP = 1_000
"""Characters of a text that are made up; a longer one repeats them."""


def with_length(value: str, shortest: int, longest: int | None, next_word: Callable[[], str]) -> str:
    """Return a string extended or cut to a length from shortest to longest characters.

    next_word: gives the words that a short string is extended by.
    """
    while len(value) < shortest:
        if len(value) > _LONGEST_MADE_UP:
            value = (f"{value} " * (shortest // len(value) + 1))[:shortest]
            return f"{value[:-1]}." if value.endswith(" ") else value
        # No space as the last character, which cutting would leave behind.
        separator = " " if value and shortest - len(value) > 1 else ""
        value += separator + next_word()
    return value if longest is None else value[:longest]
