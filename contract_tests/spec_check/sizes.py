"""How much a schema stands for: a few lines that refer to each other may ask for more than a machine has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from contract_tests.openapi.pointers import escape
from contract_tests.spec_check.problems import SpecProblem
from contract_tests.spec_check.spec import Place, Spec, items

MOST_ALTERNATIVES: Final = 2_000
"""The number of schemas that one value may be compared with."""

LARGEST_VALUE: Final = 5_000
"""The size that the smallest value of a schema may have: members, entries, and hundreds of characters."""

DEEPEST_SCHEMA: Final = 64
"""The levels below a schema that a value is checked with."""

_BOUND: Final = 10_000_000
"""No measure is larger, so that counting takes no time of its own."""

_Key = tuple[Path, str]
_TOO_LARGE: Final[Mapping[str, tuple[int, str]]] = {
    "alternatives": (
        MOST_ALTERNATIVES,
        f"with its references followed, the schema combines more than {MOST_ALTERNATIVES:,} others",
    ),
    "smallest": (
        LARGEST_VALUE,
        f"the smallest value has more than {LARGEST_VALUE:,} members, entries and hundreds of characters",
    ),
}
"""Of each measure its limit, and what is said of a schema above it."""


def size_problems(spec: Spec) -> Iterator[SpecProblem]:
    """The innermost schemas that are too large to be served, and those nested too deeply to be checked."""
    sizes = _Sizes(spec)
    roots = [place.key for place in spec.places if place.kind in ("named schema", "schema")]
    for measure, (limit, message) in _TOO_LARGE.items():
        for key in dict.fromkeys(sizes.innermost(root, measure, limit) for root in roots):
            if key is not None:
                yield sizes.places[key].problem("too-large", message)
    for key in sizes.too_combined:
        message = f"the schema combines more than {MOST_ALTERNATIVES:,} others; values are not checked"
        yield sizes.places[key].problem("not-checked", message)
    yield from _deep(spec)


def _deep(spec: Spec) -> Iterator[SpecProblem]:
    """The first schema of each branch that is nested too deeply."""
    levels: dict[_Key, int] = {}
    for place in spec.places:
        if not place.is_schema:
            continue
        path, above = place.key
        above = above.rpartition("/")[0]
        # A schema stands one or two steps below the one that holds it: `items`, `properties/name`, `allOf/0`.
        inside = (levels.get((path, key), -1) for key in (above, above.rpartition("/")[0]))
        levels[place.key] = 1 + max(inside) if place.kind == "subschema" else 0
        if levels[place.key] == DEEPEST_SCHEMA + 1:
            message = f"schemas nested deeper than {DEEPEST_SCHEMA} levels are not checked"
            yield place.problem("not-checked", message)


@dataclass(frozen=True, slots=True)
class _Part:
    """Schemas of which a schema's measure has all, the smallest or the largest as a part, so many times."""

    keys: tuple[_Key, ...]
    times: int = 1
    counts: Literal["all", "smallest", "largest"] = "all"

    def of(self, counted: Sequence[int]) -> int:
        """The part, of the measures of its schemas."""
        if self.counts == "all":
            return self.times * sum(counted)
        return self.times * (min if self.counts == "smallest" else max)(counted, default=0)


@dataclass(slots=True)
class _Sizes:
    """Measures schemas, each once and without recursion. A schema inside itself adds nothing to it."""

    spec: Spec
    places: dict[_Key, Place] = field(init=False)
    _targets: dict[_Key, _Key] = field(init=False)
    _known: dict[tuple[str, _Key], int] = field(default_factory=dict)
    too_combined: dict[_Key, None] = field(default_factory=dict)
    """The named schemas that were found to combine too many others; elsewhere each of them counts as one."""

    def __post_init__(self) -> None:
        self.places = {place.key: place for place in self.spec.places if place.is_schema}
        self._targets = {
            reference.place.key: (reference.target.file.path, reference.target.pointer)
            for reference in self.spec.references
            if reference.target is not None and reference.place.is_schema
        }

    def innermost(self, key: _Key, measure: str, limit: int) -> _Key | None:
        """The schema above the limit of which each part is within it; None where `key` is within it."""
        if self._measured(key, measure) <= limit:
            return None
        seen = {key}
        while True:
            inside = (each for part in self._parts(key, measure) for each in part.keys)
            larger = (each for each in inside if self._measured(each, measure) > limit)
            found = next((each for each in larger if each not in seen), None)
            if found is None:
                return key if key in self.places else None
            seen.add(found)
            key = found

    def _measured(self, start: _Key, measure: str) -> int:
        waiting = [(start, False)]
        while waiting:
            key, is_left = waiting.pop()
            if is_left:
                self._known[measure, key] = self._counted(key, measure)
            elif (measure, key) not in self._known:
                self._known[measure, key] = 0
                waiting.append((key, True))
                waiting += [(each, False) for part in self._parts(key, measure) for each in part.keys]
        return self._known[measure, start]

    def _counted(self, key: _Key, measure: str) -> int:
        size = self._sum(key, measure)
        is_named = key in self.places and self.places[key].kind == "named schema"
        if measure == "alternatives" and is_named and size > MOST_ALTERNATIVES:
            self.too_combined[key] = None
        return 1 if key in self.too_combined else size

    def _sum(self, key: _Key, measure: str) -> int:
        size = 1
        for part in self._parts(key, measure):
            size += part.of([self._known[measure, each] for each in part.keys])
        node = self._own_keywords(key)
        if measure == "smallest":
            size += _least(node, "minProperties") + _least(node, "minLength") // 100
            size += 0 if "items" in node else _least(node, "minItems")
        return min(size, _BOUND)

    def _own_keywords(self, key: _Key) -> Mapping[str, Any]:
        """What a schema says itself; nothing where it is a reference, beside which nothing counts."""
        is_hidden = self.spec.is_3_0 and key in self._targets
        return {} if is_hidden or key not in self.places else self.places[key].node

    def _parts(self, key: _Key, measure: str) -> Iterator[_Part]:
        if key in self._targets:
            yield _Part((self._targets[key],))
        node = self._own_keywords(key)
        required = _required_members(key, node)
        has_entries = "items" in node and _least(node, "minItems") > 0
        if measure == "alternatives":
            for word in ("allOf", "anyOf", "oneOf"):
                yield _Part(_listed(key, node, word))
            yield _Part(tuple(_below(key, word) for word in ("if", "then", "else", "not") if word in node))
            # A required member may be compared as often as there are ways to it.
            yield _Part(required, counts="largest")
            if has_entries:
                yield _Part((_below(key, "items"),))
            return
        yield _Part(_listed(key, node, "allOf"))
        yield _Part(_listed(key, node, "anyOf"), counts="smallest")
        yield _Part(_listed(key, node, "oneOf"), counts="smallest")
        yield _Part(required)
        if has_entries:
            yield _Part((_below(key, "items"),), times=_least(node, "minItems"))


def _required_members(key: _Key, node: Mapping[str, Any]) -> tuple[_Key, ...]:
    declared = node.get("properties")
    members = declared if isinstance(declared, dict) else {}
    names = (name for name in items(node.get("required")) if isinstance(name, str) and name in members)
    return tuple(_below(key, f"properties/{escape(name)}") for name in names)


def _listed(key: _Key, node: Mapping[str, Any], word: str) -> tuple[_Key, ...]:
    return tuple(_below(key, f"{word}/{number}") for number, _ in enumerate(items(node.get(word))))


def _below(key: _Key, way: str) -> _Key:
    return key[0], f"{key[1]}/{way}"


def _least(node: Mapping[str, Any], keyword: str) -> int:
    value = node.get(keyword)
    return int(min(value, _BOUND)) if isinstance(value, int | float) and value > 0 else 0
