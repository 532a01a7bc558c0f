"""The headers that a response declares: their example, a right value, or none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mock_server.contract.operation import DocumentedResponse, Schema
from mock_server.sampling.place import Place
from mock_server.sampling.sampler import NO_VALUE, SampleOptions, Sampler
from mock_server.sampling.shapes import Shape

_NEVER = frozenset(
    {
        "content-type",  # follows from the body
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "upgrade",
        "trailer",
        "date",
        "vary",
        "set-cookie",  # sent only with an example: clients would return a made-up one
    }
)
"""Headers that only the server or its caller can set."""

_STATE = re.compile(
    r"^(location|content-location|link|etag|last-modified|retry-after|x?-?total.*|.*-total(-.*)?|.*-count)$"
)
"""Headers that describe the state: a made-up value would be wrong."""

_IDS = re.compile(r"(request|correlation|trace|transaction)-?id$")
_EXAMPLES = frozenset({"example", "examples", "const", "default"})
_CONSTRAINTS = frozenset({"enum", "format", "pattern"})

_RETRY_LATER = frozenset({202, 301, 302, 303, 307, 408, 409, 413, 423, 425, 429, 500, 502, 503, 504})
"""Statuses after which Retry-After says when to try again."""

_NUMBERS = (
    (r"^retry-after$", 1),
    (r"ratelimit.*(remaining)|rate-limit.*remaining", 99),
    (r"ratelimit.*reset|rate-limit.*reset", 60),
    (r"rate-?limit", 100),
    (r"^age$", 0),
)
"""Pattern of a header's name and its number."""


def response_headers(
    sampler: Sampler,
    declared: DocumentedResponse | None,
    operation_id: str,
    *,
    status: int,
    known: Mapping[str, Any] | None = None,
    all_declared: bool = False,
) -> dict[str, str]:
    """Return the declared headers whose value is right: by name as it is sent.

    known: values by lower-case name, which count first. A header without a known value gets its example, else
    a value that its name or its schema determines; otherwise it is only sent if it is required or if
    `all_declared`, with a generated value.
    """
    headers: dict[str, str] = {}
    for name, schema in declared.headers.items() if declared else ():
        if name.startswith("access-control-"):
            continue
        value = (known or {}).get(name, NO_VALUE)
        place = (operation_id, "header", name)
        if value is NO_VALUE or not sampler.holds(schema, value):
            value = _determined(sampler, schema, name, place, status)
        is_wanted = all_declared or (declared is not None and name in declared.required_headers)
        if value is NO_VALUE and is_wanted:
            value = sampler.valid_value(schema, place)
        if value is not NO_VALUE and not (name in _NEVER and _is_made_up(sampler, schema, place)):
            headers[header_name(name)] = header_text(value)
    return headers


def _determined(sampler: Sampler, schema: Schema, name: str, place: Place, status: int) -> Any:
    """The value of a header that its example, its name or its schema determines, or NO_VALUE."""
    if not _is_made_up(sampler, schema, place):
        return sampler.valid_value(schema, place)
    shape = sampler.shape(schema, place, SampleOptions())
    usual = _usual(name, shape, status)
    if usual is not NO_VALUE and sampler.holds(schema, usual):
        return usual
    is_free_text = shape.json_type in {"string", "any"} and not shape.keywords.keys() & _CONSTRAINTS
    if _STATE.search(name) or (is_free_text and not _IDS.search(name)):
        return NO_VALUE
    return sampler.rng.uuid(*place) if is_free_text else sampler.valid_value(schema, place)


def _is_made_up(sampler: Sampler, schema: Schema, place: Place) -> bool:
    """Whether a schema has no example, so that its values are generated."""
    return not sampler.shape(schema, place, SampleOptions()).keywords.keys() & _EXAMPLES


def _usual(name: str, shape: Shape, status: int) -> Any:
    """The number that a header of this name has, as text if its schema asks for that; else NO_VALUE."""
    if name == "retry-after" and status not in _RETRY_LATER:
        return NO_VALUE
    for pattern, number in _NUMBERS:
        if re.search(pattern, name):
            return number if shape.json_type in {"integer", "number"} else str(number)
    return NO_VALUE


def header_name(name: str) -> str:
    """Return a header's name in its usual capitalisation, e.g. "Retry-After"."""
    return _SPECIAL.get(name) or "-".join(word.capitalize() for word in name.split("-"))


_SPECIAL: Mapping[str, str] = {"etag": "ETag", "www-authenticate": "WWW-Authenticate"}


def header_text(value: Any) -> str:
    """Serialise a header's value in `simple` style."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(header_text, value))
    if isinstance(value, dict):
        return ",".join(f"{name},{header_text(item)}" for name, item in value.items())
    # A line break would begin another header.
    return re.sub(r"[\r\n]+", " ", str(value))
