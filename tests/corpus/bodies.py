"""Request bodies that a document allows, made from the document alone."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from tests.corpus.documents import Node
from tests.corpus.walk import plain

_DEEPEST = 4
_MOST_OPTIONAL = 12
"""Optional members of an object that are sent."""
_MEDIA = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
_KEYS = {"id", "sid", "uuid", "guid", "key", "slug", "uri"}
_FORMATS = {
    "uuid": "00000000-0000-4000-8000-{0:012d}",
    "date": "2026-11-{0:02d}",
    "date-time": "2026-11-{0:02d}T00:00:00Z",
    "time": "10:{0:02d}:00Z",
    "duration": "PT{0}M",
    "uri": "https://example.com/{0}",
    "url": "https://example.com/{0}",
    "email": "walker{0}@example.com",
    "ipv4": "192.0.2.{0}",
    "ipv6": "2001:db8::{0}",
    "byte": "d2Fsa2Vy",
    "hostname": "host{0}.example.com",
}


class BodyMaker:
    """Makes bodies for the operations of one document.

    references: the key of an existing record by the plain name of its kind, as a client would look it up.
    sends_keys: whether bodies have members that are called like keys and not required, as a client sends them
    where no answer would show the key.
    """

    def __init__(self, references: Mapping[str, Any]) -> None:
        self.references = references
        self.sends_keys = False
        self._number = 1

    def media_type(self, operation: Node) -> str | None:
        """The media type in which a client sends, or None if the operation takes no body."""
        names = operation.at("requestBody", "content").names()
        usual = [name for wanted in _MEDIA for name in names if name.partition(";")[0] == wanted]
        json_like = [name for name in names if "json" in name]
        return next(iter([*usual, *json_like, *names]), None)

    def candidates(self, operation: Node) -> Iterator[Any]:
        """Bodies to try, the fullest first: with optional members, as documented, with required members."""
        content = operation.at("requestBody", "content", self.media_type(operation))
        self._number += 1
        yield self.sample(content.at("schema"), required_only=False)
        yield from _examples(content)
        yield self.sample(content.at("schema"), required_only=True)

    def sample(  # noqa: C901, PLR0911 - one branch per type
        self, schema: Node, *, required_only: bool, name: str = "", depth: int = 0
    ) -> Any:
        """A value for a schema."""
        keywords = schema.value if isinstance(schema.value, Mapping) else {}
        if "const" in keywords:
            return keywords["const"]
        members = members_of(schema)
        if members:
            return self._object(schema, members, required_only=required_only, depth=depth)
        merged: dict[str, Any] = {}
        for part in parts_of(schema):
            merged = {**part.value, **merged}
        if merged.get("enum"):
            values = [value for value in merged["enum"] if value is not None]
            return values[self._number % len(values)] if values else None
        types = merged.get("type")
        json_type = (
            next((each for each in types if each != "null"), None) if isinstance(types, list) else types
        )
        shown = _shown(merged)
        if json_type == "array":
            if isinstance(shown, list) and not any(isinstance(entry, int) for entry in shown):
                return shown
            if depth >= _DEEPEST:
                return []
            items = next((part for part in parts_of(schema) if "items" in part.value), schema).at("items")
            entry = self.sample(items, required_only=required_only, name=name, depth=depth + 1)
            return [entry] * max(1, int(merged.get("minItems", 1)))
        if json_type in {"integer", "number"}:
            return self._number_value(merged, shown, name)
        if json_type == "boolean":
            return self._number % 2 == 0
        if json_type == "object" or (json_type is None and "additionalProperties" in merged):
            return shown if isinstance(shown, Mapping) else {}
        if json_type is None and not isinstance(shown, str | None):
            return shown
        return self._text(merged, shown, name)

    def _object(
        self, schema: Node, members: Mapping[str, Node], *, required_only: bool, depth: int
    ) -> dict[str, Any]:
        required = required_of(schema)
        body: dict[str, Any] = {}
        optional = 0
        for name, member in members.items():
            keywords = member.value if isinstance(member.value, Mapping) else {}
            is_required = name in required
            if keywords.get("readOnly"):
                continue
            if not is_required:
                is_chosen = not required_only and optional < _MOST_OPTIONAL and _is_plain(member)
                is_key = depth == 0 and plain(name) in _KEYS
                is_chosen = self.sends_keys if is_key else is_chosen
                if not is_chosen or keywords.get("deprecated"):
                    continue
                optional += 1
            body[name] = self.sample(member, required_only=required_only, name=name, depth=depth + 1)
        # Some documents require what they do not describe.
        return body | dict.fromkeys(sorted(required - members.keys()), f"walker-{self._number}")

    def _number_value(self, keywords: Mapping[str, Any], shown: Any, name: str) -> Any:
        lowest = keywords.get("minimum", 1)
        exclusive = keywords.get("exclusiveMinimum")
        if exclusive is True:
            lowest += 1
        elif isinstance(exclusive, int | float) and not isinstance(exclusive, bool):
            lowest = max(lowest, exclusive + 1)
        referred = self._reference(name)
        if isinstance(referred, int):
            return referred
        if isinstance(shown, int | float) and not isinstance(shown, bool) and plain(name) not in _KEYS:
            return shown
        value = lowest + self._number
        highest = keywords.get("maximum")
        value = value if highest is None or value <= highest else highest
        multiple = keywords.get("multipleOf")
        return value if not multiple else max(1, round(value / multiple)) * multiple

    def _text(self, keywords: Mapping[str, Any], shown: Any, name: str) -> str:
        referred = self._reference(name)
        if isinstance(referred, str):
            return referred
        written = str(keywords.get("format"))
        if written in _FORMATS:
            return _FORMATS[written].format(self._number % 28 + 1)
        pattern = keywords.get("pattern")
        if isinstance(shown, str) and (pattern or plain(name) not in {*_KEYS, "name", "title"}):
            return shown
        if pattern:
            return _matching(pattern)
        ending = next((each for each in ("url", "uri", "email") if plain(name).endswith(each)), None)
        if ending is not None:
            return _FORMATS[ending].format(self._number)
        text = f"{name or 'word'} {self._number}" if not keywords.get("format") else f"word{self._number}"
        if plain(name) in _KEYS or plain(name).endswith("name") or plain(name).endswith("id"):
            text = f"walker-{self._number}"
        longest = int(keywords.get("maxLength", 10**6))
        return text.ljust(int(keywords.get("minLength", 0)), "a")[:longest]

    def _reference(self, name: str) -> Any:
        word = plain(name)
        stems = (word.removesuffix(ending) for ending in ("", "id", "ids", "uuid", "sid"))
        return next((self.references[stem] for stem in stems if stem in self.references), None)


def encoded(body: Any, media_type: str) -> tuple[bytes, str]:
    """A body in its media type, and the Content-Type to send."""
    bare = media_type.partition(";")[0]
    if bare == "application/x-www-form-urlencoded":
        return urlencode(list(_fields("", body))).encode(), bare
    if bare == "multipart/form-data":
        lines = []
        if isinstance(body, str):
            lines.append(
                '--limit\r\nContent-Disposition: form-data; name="file"; filename="walker.txt"\r\n'
                f"Content-Type: text/plain\r\n\r\n{body}\r\n"
            )
        for name, value in (body if isinstance(body, Mapping) else {}).items():
            text = value if isinstance(value, str) else json.dumps(value)
            lines.append(f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n')
        return ("".join(lines) + "--limit--\r\n").encode(), "multipart/form-data; boundary=limit"
    if "json" in bare or "*" in bare:
        return json.dumps(body).encode(), "application/json" if "*" in bare else media_type
    return (body if isinstance(body, str) else json.dumps(body)).encode(), media_type


def _fields(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The fields of a form, nested as name[member] and name[0]."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _fields(f"{name}[{key}]" if name else key, inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _fields(f"{name}[{index}]", inner)
    elif value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def parts_of(schema: Node, depth: int = 0) -> Iterator[Node]:
    """A schema and what is combined with it: all of allOf, the first of oneOf and anyOf."""
    if not isinstance(schema.value, Mapping) or depth > 8:
        return
    yield schema.followed()
    for part in schema.at("allOf").each():
        yield from parts_of(part, depth + 1)
    for keyword in ("oneOf", "anyOf"):
        branches = [each for each in schema.at(keyword).each() if isinstance(each.value, Mapping)]
        # A branch of few texts (`now`, an empty text) is a way of saying something else than a value.
        branches.sort(key=lambda each: (each.value.get("type") == "null", "enum" in each.value))
        for part in branches[:1]:
            yield from parts_of(part, depth + 1)


def members_of(schema: Node) -> dict[str, Node]:
    """The members that a schema describes."""
    members: dict[str, Node] = {}
    for part in parts_of(schema):
        declared = part.at("properties")
        members |= {name: declared.at(name) for name in declared.names()}
    return members


def required_of(schema: Node) -> set[str]:
    """The members that a schema requires."""
    return {name for part in parts_of(schema) for name in part.value.get("required") or ()}


def _is_plain(member: Node) -> bool:
    """Whether an optional member is a text, number or truth value, or has an example."""
    parts = list(parts_of(member))
    types = {each for part in parts for each in _types(part.value.get("type"))}
    if "array" in types or "object" in types or members_of(member):
        return False
    return bool(types & {"string", "integer", "number", "boolean"})


def _types(declared: Any) -> list[str]:
    return declared if isinstance(declared, list) else [declared]


def _shown(keywords: Mapping[str, Any]) -> Any:
    for keyword in ("example", "default"):
        if keywords.get(keyword) is not None:
            return keywords[keyword]
    examples = keywords.get("examples")
    return examples[0] if isinstance(examples, list) and examples else None


def _examples(content: Node) -> Iterator[Any]:
    if content.at("example").value is not None:
        yield content.at("example").value
    named = content.at("examples")
    for name in named.names():
        value = named.at(name, "value").value
        if value is not None:
            yield value


def _matching(pattern: str) -> str:
    """A text that matches a pattern, the same one each time."""
    from hypothesis import HealthCheck, Phase, given, settings, strategies

    found: list[str] = []
    try:
        re.compile(pattern)
    except re.error:
        return "word"
    state = random.getstate()

    @settings(
        max_examples=3,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.from_regex(pattern, fullmatch=pattern.startswith("^") and pattern.endswith("$")))
    def collect(text: str) -> None:
        found.append(text.rstrip("\n"))

    collect()
    random.setstate(state)
    return next((text for text in found if text and re.search(pattern, text)), "word")
