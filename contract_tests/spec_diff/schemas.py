"""Two schemas compared by the values they accept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Final

from contract_tests.openapi.schemas import Schema

_DEEPEST: Final = 24
"""Members inside each other that are compared."""

_ANNOTATIONS: Final = frozenset(
    {
        "title",
        "description",
        "example",
        "examples",
        "default",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
        "xml",
    }
)
"""Keywords that accept and refuse nothing."""

_LOWER_BOUNDS: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT: Final = ("pattern", "format", "multipleOf", "uniqueItems", "not")
_NO_BOUND: Final = (0, False)
"""Bounds of sizes that every value keeps, and `uniqueItems` where it is not asked for."""


class Effect(Enum):
    """How the newer schema differs: it accepts fewer values, more, or others."""

    NARROWER = "narrower"
    WIDER = "wider"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """where: a dotted path such as `data.[].id`, empty for the value itself. what: in words.

    is_member_gone: whether a declared member is declared no longer.
    """

    where: str
    what: str
    effect: Effect
    is_member_gone: bool = False


def changes(old: Schema, new: Schema) -> Iterator[SchemaChange]:
    """What the newer schema accepts otherwise.

    Annotations, and how a schema is split up, are no difference.
    """
    yield from _Comparison().compare(_Pair(old, new))


@dataclass(frozen=True)
class _Pair:
    """Two schemas of one place. before, after: their keywords in one spelling."""

    old: Schema
    new: Schema
    where: str = ""
    depth: int = 0

    @cached_property
    def before(self) -> dict[str, Any]:
        return _plain(self.old)

    @cached_property
    def after(self) -> dict[str, Any]:
        return _plain(self.new)

    def inner(self, first: Any, second: Any, where: str) -> _Pair:
        return _Pair(self.old.inner(first), self.new.inner(second), where, self.depth + 1)

    def member(self, name: str) -> str:
        return f"{self.where}.{name}".lstrip(".")


class _Comparison:
    """seen: the nodes that were compared; they are kept so that no other node gets their identity."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], _Pair] = {}

    def compare(self, pair: _Pair) -> Iterator[SchemaChange]:
        nodes = id(pair.old.node), id(pair.new.node)
        if pair.depth > _DEEPEST or nodes in self._seen:
            return
        self._seen[nodes] = pair
        yield from _types(pair.before, pair.after, pair.where)
        yield from _choices(pair.before, pair.after, pair.where)
        yield from _bounds(pair.before, pair.after, pair.where)
        yield from self._members(pair)
        yield from self._inner("items", pair, f"{pair.where}.[]".lstrip("."))
        yield from self._branches(pair)

    def _members(self, pair: _Pair) -> Iterator[SchemaChange]:
        declared, now = (each.get("properties", {}) for each in (pair.before, pair.after))
        owed, owed_now = (set(each.get("required", ())) for each in (pair.before, pair.after))
        for name in sorted(owed_now - owed):
            yield SchemaChange(pair.member(name), "is required now", Effect.NARROWER)
        for name in sorted(owed - owed_now):
            yield SchemaChange(pair.member(name), "is required no longer", Effect.WIDER)
        for name, node in declared.items():
            where = pair.member(name)
            if name in now:
                yield from self.compare(pair.inner(node, now[name], where))
            else:
                yield SchemaChange(where, "is declared no longer", Effect.OTHER, is_member_gone=True)
        closed, closed_now = (each.get("additionalProperties") is False for each in (pair.before, pair.after))
        if closed_now and not closed:
            yield SchemaChange(pair.where, "takes no other members now", Effect.NARROWER)
        elif closed and not closed_now:
            yield SchemaChange(pair.where, "takes other members now", Effect.WIDER)
        yield from self._inner("additionalProperties", pair, pair.member("*"))

    def _inner(self, keyword: str, pair: _Pair, where: str) -> Iterator[SchemaChange]:
        first, second = pair.before.get(keyword, {}), pair.after.get(keyword, {})
        if isinstance(first, dict) and isinstance(second, dict) and (first or second):
            yield from self.compare(pair.inner(first, second, where))

    def _branches(self, pair: _Pair) -> Iterator[SchemaChange]:
        first = {_canonical(pair.old.inner(node)): node for node in pair.before.get("anyOf", ())}
        second = {_canonical(pair.new.inner(node)): node for node in pair.after.get("anyOf", ())}
        gone = [node for text, node in first.items() if text not in second]
        added = [node for text, node in second.items() if text not in first]
        if len(gone) == len(added):
            for node, other in zip(gone, added, strict=True):
                yield from self.compare(pair.inner(node, other, pair.where))
            return
        if not (first and second):
            words = "has alternatives now" if second else "has no alternatives any more"
            yield SchemaChange(pair.where, words, Effect.OTHER)
        elif len(gone) > len(added):
            yield SchemaChange(pair.where, "has fewer alternatives", Effect.NARROWER)
        else:
            yield SchemaChange(pair.where, "has more alternatives", Effect.WIDER)


def _plain(schema: Schema) -> dict[str, Any]:
    """The keywords in one spelling: `oneOf` as `anyOf`, `const` as `enum`, an alternative `null` as a type,
    a single alternative laid into its schema."""
    flat = {key: value for key, value in schema.flat.items() if key not in _ANNOTATIONS}
    branches = [*flat.pop("oneOf", ()), *flat.pop("anyOf", ())]
    named = flat.pop("type", None)
    types = {named} if isinstance(named, str) else set(named or ())
    others = [node for node in branches if not _is_null(schema.inner(node))]
    is_nullable = len(others) < len(branches)
    if len(others) == 1:
        inner = _plain(schema.inner(others[0]))
        flat = {**inner, **flat}
        types |= set(inner.get("type", ()))
    elif others:
        flat["anyOf"] = others
    if is_nullable and (types or flat.get("anyOf")):
        types |= {"null"}
    if "const" in flat:
        flat["enum"] = [flat.pop("const")]
    if types:
        flat["type"] = types
    return flat


def _is_null(schema: Schema) -> bool:
    return schema.flat.get("type") in ("null", ["null"])


def _types(before: Mapping[str, Any], after: Mapping[str, Any], where: str) -> Iterator[SchemaChange]:
    first, second = set(before.get("type", ())), set(after.get("type", ()))
    if (
        first == second
        or (first <= {"null"} and "anyOf" in before)
        or (second <= {"null"} and "anyOf" in after)
    ):
        return
    if not first or not second:
        words = f"is {_words(second)} now" if second else "is of any type now"
        yield SchemaChange(where, words, Effect.NARROWER if second else Effect.WIDER)
        return
    lost = {name for name in first - second if not (name == "integer" and "number" in second)}
    won = {name for name in second - first if not (name == "integer" and "number" in first)}
    integers_alone = "number" in lost and "integer" in second
    if won and lost and not integers_alone:
        yield SchemaChange(where, f"is {_words(second)} now, not {_words(first)}", Effect.OTHER)
    elif lost:
        yield SchemaChange(where, f"is {_words(second)} alone now", Effect.NARROWER)
    elif won or ("integer" in first and "number" in second):
        yield SchemaChange(where, f"is {_words(second)} now", Effect.WIDER)


def _words(types: set[str]) -> str:
    return " or ".join(sorted(types))


def _choices(before: Mapping[str, Any], after: Mapping[str, Any], where: str) -> Iterator[SchemaChange]:
    if "enum" not in before and "enum" not in after:
        return
    if "enum" not in before or "enum" not in after:
        words = "takes these values alone now" if "enum" in after else "takes any value now"
        yield SchemaChange(where, words, Effect.NARROWER if "enum" in after else Effect.WIDER)
        return
    first = {json.dumps(value, sort_keys=True) for value in before["enum"] if value is not None}
    second = {json.dumps(value, sort_keys=True) for value in after["enum"] if value is not None}
    if first - second:
        yield SchemaChange(where, f"has no {', '.join(sorted(first - second))} any more", Effect.NARROWER)
    if second - first:
        yield SchemaChange(where, f"has {', '.join(sorted(second - first))} as well now", Effect.WIDER)


def _bounds(before: Mapping[str, Any], after: Mapping[str, Any], where: str) -> Iterator[SchemaChange]:
    for keyword in (*_LOWER_BOUNDS, *_UPPER_BOUNDS, *_EXACT):
        first, second = (_bound(each.get(keyword), keyword) for each in (before, after))
        if first == second:
            continue
        what = f"{keyword} is {_text(second)} now, not {_text(first)}"
        yield SchemaChange(where, what, _bound_effect(keyword, first, second))


def _bound(value: Any, keyword: str) -> Any:
    sizes = ("minLength", "minItems", "minProperties", "uniqueItems")
    return None if keyword in sizes and value in _NO_BOUND else value


def _bound_effect(keyword: str, first: Any, second: Any) -> Effect:
    if first is None:
        return Effect.NARROWER
    if second is None:
        return Effect.WIDER
    if keyword in _EXACT or not all(isinstance(each, int | float) for each in (first, second)):
        return Effect.OTHER
    is_narrower = second > first if keyword in _LOWER_BOUNDS else second < first
    return Effect.NARROWER if is_narrower else Effect.WIDER


def _text(value: Any) -> str:
    return "absent" if value is None else json.dumps(value, ensure_ascii=False)


def _canonical(schema: Schema, depth: int = 0) -> str:
    """A text that is the same for schemas that are written alike, references followed a few levels deep."""
    plain = _plain(schema)
    if depth < 4:
        plain["properties"] = {
            name: _canonical(schema.inner(node), depth + 1)
            for name, node in plain.get("properties", {}).items()
        }
    return json.dumps(
        plain, sort_keys=True, default=lambda each: sorted(each) if isinstance(each, set) else ""
    )
