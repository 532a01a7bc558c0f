"""A value a schema accepts, made from the schema itself."""

from __future__ import annotations

import random
import re
import string
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contract_tests.generation.pattern_texts import drawn_text
from contract_tests.openapi.schemas import Schema

_DEPTH = 6
_LETTERS = string.ascii_lowercase
_DATE_TIME = "2026-01-02T03:04:05Z"
_DATE = "2026-01-02"
_END = re.compile(r"ends?(_|[A-Z]|$)|until|to(_|[A-Z]|$)|(check_?out|departure|return)(_|[A-Z]|$)")
"""How the name of a member begins that ends a period."""

_DAYS = 20000
"""Days from which the first one of a period is drawn."""

_CANDIDATES = (
    "a",
    "a1",
    "abc",
    "A1",
    "Abc",
    "1",
    "12",
    "123",
    "1234",
    "2026-01-02",
    "12:30",
    "a-b",
    "a_b",
    "a@example.com",
    "#aabbcc",
)


class UnsampleableError(Exception):
    """No acceptable value was found; the text names the rule that stood in the way."""


def sample(schema: Schema, rng: random.Random, *, depth: int = 0) -> Any:
    """A value that keeps every rule: the document's own examples first, then the smallest that will do.

    Raises UnsampleableError.
    """
    flat = schema.flat
    own = [*flat.get("examples", ()), *([flat["example"]] if "example" in flat else [])]
    given = [
        *own,
        *([flat["const"]] if "const" in flat else []),
        *([flat["default"]] if "default" in flat else []),
    ]
    for value in (*given, *flat.get("enum", ())):
        if value is not None and is_example(schema, value):
            return value
    for branch in (*flat.get("oneOf", ()), *flat.get("anyOf", ())):
        if depth < _DEPTH:
            return sample(
                schema.inner({**{k: v for k, v in flat.items() if k not in ("oneOf", "anyOf")}, **branch}),
                rng,
                depth=depth + 1,
            )
    value = _by_type(schema, rng, depth)
    if not schema.accepts(value):
        raise UnsampleableError("; ".join(str(violation) for violation in schema.violations(value)))
    return value


def is_example(schema: Schema, value: Any) -> bool:
    """Whether a value that the document shows can be sent: JSON written as a text is none of an object whose
    schema forgets the type."""
    is_object = not schema.types and "properties" in schema.flat
    return schema.accepts(value) and (isinstance(value, dict) or not is_object)


def sample_whole(schema: Schema, rng: random.Random, *, depth: int = 0) -> Any:
    """A value as `sample` makes it, with the optional members of objects for which values are known.

    Raises UnsampleableError.
    """
    value = sample(schema, rng, depth=depth)
    if not isinstance(value, dict) or depth >= _DEPTH:
        return value
    for name, inner in schema.properties.items():
        if inner.flat.get("readOnly") is True:
            continue
        try:
            candidate = {**value, name: sample_whole(inner, rng, depth=depth + 1)}
        except UnsampleableError:
            continue
        if schema.accepts(candidate):
            value = candidate
    return value


def _by_type(schema: Schema, rng: random.Random, depth: int) -> Any:
    flat, types = schema.flat, schema.types
    if "object" in types or (not types and "properties" in flat):
        if depth >= _DEPTH:
            raise UnsampleableError("objects inside objects without end")
        value = {
            name: sample(schema.properties[name], rng, depth=depth + 1) for name in _members_to_send(schema)
        }
        return _in_order(value, rng)
    if "array" in types:
        count = int(flat.get("minItems", 0))
        return [
            sample(schema.items or schema.inner({"type": "string"}), rng, depth=depth + 1)
            for _ in range(count)
        ]
    if "integer" in types or "number" in types:
        return _number(flat)
    if "boolean" in types:
        return True
    return None if types == {"null"} else _string(schema, rng)


def _members_to_send(schema: Schema) -> list[str]:
    """The required members, and as many of the others as `minProperties` asks for."""
    owed = [name for name in schema.flat.get("required", ()) if name in schema.properties]
    spare = [
        name
        for name, inner in schema.properties.items()
        if name not in owed and inner.flat.get("readOnly") is not True
    ]
    return [*owed, *spare[: max(0, int(schema.flat.get("minProperties", 0)) - len(owed))]]


def _in_order(value: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The members of an object, of which one called an end is later than the other times that were made up.

    Each object has a time of its own, since many servers take one booking at a time.
    """
    for made_up, form in ((_DATE_TIME, "%Y-%m-%dT%H:%M:%SZ"), (_DATE, "%Y-%m-%d")):
        times = [name for name, each in value.items() if each == made_up]
        ends = [name for name in times if _END.match(name)]
        if ends and len(times) > len(ends):
            start = datetime(2030, 1, 1, 9, tzinfo=UTC) + timedelta(days=rng.randrange(_DAYS))
            for name in times:
                later = timedelta(days=1) if name in ends else timedelta()
                value = {**value, name: (start + later).strftime(form)}
    return value


def _number(flat: dict[str, Any]) -> Any:
    low = flat.get("minimum", flat.get("exclusiveMinimum", 0) + 1 if "exclusiveMinimum" in flat else None)
    step = flat.get("multipleOf", 1)
    if low is None:
        high = flat.get("maximum", flat.get("exclusiveMaximum", 2) - 1)
        return min(1, high) if step == 1 else 0
    return -(-low // step) * step


def _string(schema: Schema, rng: random.Random) -> str:
    flat = schema.flat
    formats = {
        "uuid": str(UUID(int=rng.getrandbits(128), version=4)),
        "date-time": _DATE_TIME,
        "date": _DATE,
        "time": "03:04:05Z",
        "email": f"{_word(rng, 8)}@example.com",
        "uri": "https://example.com/a",
        "url": "https://example.com/a",
        "hostname": "example.com",
        "ipv4": "192.0.2.1",
        "ipv6": "2001:db8::1",
        "byte": "YQ==",
    }
    if flat.get("format") in formats:
        return formats[flat["format"]]
    if "pattern" in flat:
        # A text drawn at random first: many members with a pattern are keys that no two things share.
        word = _word(rng, 8)
        drawn = (word, f"{word}1", word.capitalize(), word.upper())
        texts = (*drawn, *_CANDIDATES, drawn_text(str(flat["pattern"]), rng))
        return next((text for text in texts if text is not None and schema.accepts(text)), "")
    low, high = int(flat.get("minLength", 1)), flat.get("maxLength")
    return _word(rng, max(low, min(8, 8 if high is None else int(high))))


def _word(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(_LETTERS) for _ in range(length))
