"""What a value means, guessed from its member's name, its schema's description and what contains it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mock_server.sampling.place import Place, last_name, outer_name

Meaning = str
"""A kind of value: a provider of Faker, or one that texts.py defines."""

_names = lru_cache(maxsize=20_000)
"""Remembers what a name tells: the same names occur in all records."""

_BY_NAME: tuple[tuple[str, Meaning], ...] = (
    (r"e?mail(address)?$", "email"),
    (r"^(first|given)name$", "first_name"),
    (r"^(middle|last|family|sur)name$", "last_name"),
    (r"^(user|login|nick)name$|^login$|^handle$", "user_name"),
    (r"^(full|display|contact|owner|author|customer|passenger)name$", "name"),
    (r"^(guest|cardholder|holder|recipient)name$", "name"),
    (r"^(author|owner|assignee|contact|recipient|signer)$", "name"),
    (r"(url|uri|link|href|website|homepage|webhook|callback)s?$", "url"),
    (r"^(avatar|photo|image|picture|logo|icon|thumbnail|poster|cover)(url|src)?$", "image"),
    (r"(phone|mobile|fax|msisdn)(number)?$", "phone"),
    (r"^(street|address|addressline\d?|line[12]|street(address|line)?\d?)$", "street_address"),
    (r"city$|^town$|^locality$", "city"),
    (r"country(code)?$|nationality$", "country"),
    (r"(zip|zipcode|postcode|postalcode|postal)$", "postcode"),
    (r"(province|region|stateorprovince|county)$", "state"),
    (r"(currency|currencies)(code)?$", "currency"),
    (r"company(name)?$|organi[sz]ation(name)?$|employer$|vendor$|supplier$|brand$|publisher$", "company"),
    (r"colou?r$", "color_name"),
    (r"slug$", "slug"),
    (r"locale$", "locale"),
    (r"lang(uage)?(code)?$", "language"),
    (r"timezone$|^tz$", "timezone"),
    (r"ipv6(address)?$", "ipv6"),
    (r"(^|remote|client|source|server|host)ip(v4)?(address)?$|ipaddress$", "ipv4"),
    (r"mac(address)?$", "mac_address"),
    (r"(domain|hostname|host)$|domainname$", "domain_name"),
    (r"useragent$", "user_agent"),
    (r"(mime|media|content)type$", "mime_type"),
    (r"(file|original|document)name$|^file$", "file_name"),
    (r"(extension|fileext|suffix)$", "file_extension"),
    (r"path$|^directory$|folder$", "file_path"),
    (r"iban$", "iban"),
    (r"(bic|swift)(code)?$", "swift"),
    (r"(token|secret|apikey|hash|sha\d*|checksum|signature|etag|digest|fingerprint)$", "sha1"),
    (r"(uuid|guid)$", "uuid"),
    (r"version$", "version"),
    (r"^(job|jobtitle|profession|occupation)$", "job"),
    (r"(description|summary|body|content|comment|message|notes?|text|bio|remarks)$", "sentence"),
    (r"^(instructions|details?|reason|about|caption|abstract|explanation)$", "sentence"),
    (r"^(title|subject|headline|caption|heading|label)$", "title"),
    (r"(last4|lastfour)$", "four_digits"),
    (r"(sku|code|number|ref|reference|isbn|barcode|ean|upc)$", "ean8"),
    (r"(price|amount|total|subtotal|cost|fee|balance)$", "decimal"),
    (r"(birthday|birthdate|dateofbirth|dob)$", "birth_date"),
    (r"^(status|phase)$", "status"),
)
"""Pattern of a member's name (lower case, without separators) and what its value means. The first match
counts."""

_BY_DESCRIPTION: tuple[tuple[str, Meaning], ...] = (
    (r"ISO[ -]?4217|three[- ]letter .{0,20}currency|currency code", "currency"),
    (r"ISO[ -]?3166|two[- ]letter .{0,20}country|country code", "country"),
    (r"ISO[ -]?639|BCP[ -]?47|language code|\blocale\b", "language"),
    (r"ISO[ -]?8601|RFC[ -]?3339|date and time", "date-time"),
    (r"YYYY-MM-DD(?!T)", "date"),
    (r"E\.164|phone number", "phone"),
    (r"e-?mail address", "email"),
    (r"^(the |a )?((public|full|absolute|canonical|fully[- ]qualified) )*ur[li]\b", "url"),
    (r"\bIP(v4)? address", "ipv4"),
    (r"\b(UUID|GUID)\b", "uuid"),
)
"""Pattern of a description and what the value means, for names that do not tell."""

_PEOPLE = re.compile(
    r"(user|person|people|customer|owner|author|contact|employee|passenger|member|guest|patient|student|driver"
    r"|player|artist|actor|director|manager|teacher|reviewer|creator|assignee|follower|vet|client|staff|account"
    r"holder|individual|sender|recipient|friend|participant|attendee|candidate)s?$"
)
_COMPANIES = re.compile(
    r"(company|companies|organi[sz]ation|merchant|vendor|brand|store|shop|supplier|publisher|employer|business"
    r"|businesses|manufacturer|partner|tenant|customeraccount|bank|operator|airline|studio|institution)s?$"
)
_PLACES = re.compile(r"(city|cities|town|location|station|airport|destination|venue)s?$")

_MOMENT = re.compile(
    r"(created|updated|modified|deleted|expires?|expiry|timestamp|datetime|started|finished|completed|ended"
    r"|published|lastseen|lastlogin|since)(at|on|date|time|datetime|utc)?$"
    r"|^(date|time)(created|updated|modified|deleted|added)$"
)
_MOMENT_SUFFIX = re.compile(r"([a-z]At|[a-z]_at|[a-z]On|_on|_time|[a-z]Time|_datetime|DateTime)$")
_DATE = re.compile(r"(^|_)date$|[a-z]Date$|^date$|_date$", re.IGNORECASE)
_EPOCH_FORMAT = re.compile(r"^(unix|epoch|posix)|timestamp", re.IGNORECASE)
_EPOCH_WORDS = re.compile(r"\bunix\b|\bepoch\b|seconds since|since (the )?1970|timestamp", re.IGNORECASE)
_MILLISECONDS = re.compile(r"milli|\bms\b", re.IGNORECASE)
_FUTURE = re.compile(r"expir|validuntil|validto|notafter|duedate|dueat|deadline|nextbilling|renew|until$")


@_names
def normalized(name: str) -> str:
    """Return a name in lower case without separators."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def meaning_of(place: Place, keywords: Mapping[str, Any]) -> Meaning | None:
    """Return what a string means, or None if nothing tells. keywords: of its schema."""
    name = last_name(place)
    if is_moment(name):
        return "date-time"
    if _DATE.search(name):
        return "date"
    return _by_name(name, normalized(outer_name(place))) or _by_description(keywords)


@_names
def _by_name(name: str, container: str) -> Meaning | None:
    """What a string with this name means. container: normalized name of what contains it."""
    word = normalized(name)
    if word in {"name", "fullname", "displayname"}:
        return _kind_of_name(container)
    if word == "state":
        return "state" if "address" in container else "status"
    if name.endswith(("Id", "ID", "_id", "-id")) or word == "id":
        return "uuid"
    known = (meaning for pattern, meaning in _BY_NAME if re.search(pattern, word))
    return next(known, "thing" if word.endswith("name") else None)


@_names
def is_moment(name: str) -> bool:
    """Whether a member's name tells that its value is an instant: created_at, updatedAt, timestamp."""
    return bool(_MOMENT.search(normalized(name)) or _MOMENT_SUFFIX.search(name))


def is_future(name: str) -> bool:
    """Whether an instant with this name lies in the future: expires_at."""
    return bool(_FUTURE.search(normalized(name)))


def epoch_unit(name: str, keywords: Mapping[str, Any]) -> int | None:
    """Return how many units of a number make a second if it is a time since 1970, or None if it is not."""
    declared = str(keywords.get("format", ""))
    description = f"{keywords.get('description', '')} {keywords.get('title', '')}"
    if not (_EPOCH_FORMAT.search(declared) or _EPOCH_WORDS.search(description) or _is_epoch_name(name)):
        return None
    in_milliseconds = _MILLISECONDS.search(f"{declared} {description}") or name.endswith(("Ms", "_ms"))
    return 1000 if in_milliseconds else 1


@_names
def _is_epoch_name(name: str) -> bool:
    # `_time` and `_on` may be a duration and a switch where the value is a number.
    return bool(_MOMENT.search(normalized(name)) or re.search(r"[a-z](At|_at)$", name))


def _kind_of_name(container: str) -> Meaning:
    if _PEOPLE.search(container):
        return "name"
    if _COMPANIES.search(container):
        return "company"
    return "city" if _PLACES.search(container) else "thing"


def _by_description(keywords: Mapping[str, Any]) -> Meaning | None:
    description = str(keywords.get("description", ""))
    for pattern, meaning in _BY_DESCRIPTION:
        if re.search(pattern, description, re.IGNORECASE):
            return meaning
    return None


_RANGES: tuple[tuple[str, int, int], ...] = (
    (r"^age$", 18, 90),
    (r"year$", 1990, 2025),
    (r"month$", 1, 12),
    (r"^day$|dayofmonth$", 1, 28),
    (r"^hours?$", 0, 23),
    (r"^(minutes?|seconds?)$", 0, 59),
    (r"(rating|stars|priority|level)$", 1, 5),
    (r"^(quantity|qty|count|stock|seats)$|count$|quantity$", 1, 50),
    (r"(percent|percentage|rate|score|progress)$", 0, 100),
    (r"port$", 1024, 65535),
    (r"(price|amount|cost|total|balance|fee)", 1, 500),
    (r"(width|height)$", 100, 2000),
    (r"(bytes|filesize|contentlength)$|^size$", 1_000, 500_000),
    (r"(duration|ttl|timeout|interval|expiresin)$", 30, 3600),
    (r"version$|revision$", 1, 9),
    (r"temperature|celsius", -10, 35),
    (r"^lat(itude)?$", -89, 89),
    (r"^(lng|lon|long|longitude)$", -179, 179),
    (r"(code|statuscode)$", 100, 599),
)
"""Pattern of a number's name and its usual range. The first match counts."""

_SMALLEST_UNIT = re.compile(r"\bcents?\b|minor units?|smallest currency unit", re.IGNORECASE)


def usual_range(name: str, keywords: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the usual range of numbers for a member with this name, or None for an unknown name."""
    usual = _range_of(name)
    if usual is not None and _SMALLEST_UNIT.search(str(keywords.get("description", ""))):
        low, high = usual
        return low * 100, high * 100
    return usual


@_names
def _range_of(name: str) -> tuple[int, int] | None:
    word = normalized(name)
    ranges = ((low, high) for pattern, low, high in _RANGES if re.search(pattern, word))
    return next(ranges, None)
