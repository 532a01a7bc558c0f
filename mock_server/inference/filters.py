"""Find what the query parameters of a list restrict it to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.contract.operation import Contract, Parameter
from mock_server.inference.graph import Graph
from mock_server.inference.naming import singular
from mock_server.inference.references import Resource
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import Shape, identifying, plain_shape

_SEARCH = frozenset({"q", "query", "search", "keyword", "keywords", "term", "searchterm"})
_BOUNDS: Mapping[str, str] = {
    "after": "gt",
    "before": "lt",
    "since": "ge",
    "until": "le",
    "from": "ge",
    "to": "le",
    "min": "ge",
    "max": "le",
    "gte": "ge",
    "lte": "le",
    "gt": "gt",
    "lt": "lt",
}
"""Word in a parameter's name (startsAfter, price_min, minPrice, created[gte]) → comparison."""
_OTHERS: Mapping[str, str] = {
    "contains": "contains",
    "icontains": "contains",
    "like": "contains",
    "in": "any",
    "eq": "equal",
    "ne": "differs",
    "neq": "differs",
    "not": "differs",
}
"""Word at the end of a parameter's name, after a separator → comparison."""
_EVERYTHING = frozenset({"all", "any", "both", "*"})
"""Values that restrict nothing."""
_ENDINGS = ("ids", "id", "names", "name", "keys", "key", "slugs", "slug")
"""Endings of a parameter that names the entries of a list: tag_name, label_ids."""
_TIMES = frozenset({"date-time", "date", "unix-time"})


@dataclass(slots=True)
class Filters:
    """The members of a collection's records that parameters can name.

    members: by normalized name, with their shapes. keys: normalized name → member that holds the key of
    another record. nested: normalized name of the members along a dotted path → that path.
    """

    key: str
    members: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    nested: dict[str, str] = field(default_factory=dict)

    def of(self, query: Parameter, contract: Contract) -> dict[str, Any] | None:
        """Return what a parameter restricts a list to, or None."""
        name = _inner(query.name)
        shape = plain_shape(query.schema, contract.schemas)
        member = self._named(normalized(name))
        if member is not None:
            named = self._inside(member, shape)
            return {"member": named, "compare": "equal", **self._everything(member, shape)}
        if normalized(query.name) in _SEARCH and shape.json_type in {"string", "any"}:
            return {"compare": "contains"}
        bound = self._bound(normalized(query.name), shape)
        if bound is not None and shape.json_type not in {"array", "object"}:
            return {"member": bound[0], "compare": bound[1]}
        stem, suffix = _last_word(name)
        member = self._named(normalized(stem)) if suffix in _OTHERS else None
        return None if member is None else {"member": member, "compare": _OTHERS[suffix]}

    def _named(self, word: str) -> str | None:
        """The member that a parameter of this normalized name means."""
        if not word:
            return None
        for names in (self.members, self.keys, self.nested):
            if word in names:
                return names[word]
        if word == "ids":
            return self.key
        stems = [word, *(word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))]
        lists = {normalized(singular(name)): name for name in self.members.values() if self._is_list(name)}
        entry = next((lists[stem] for stem in stems if stem in lists), None)
        return entry or self._one_of_several(word)

    def _one_of_several(self, word: str) -> str | None:
        """The member with one of the values that a plural names: `statuses` of `status`."""
        for stem in (normalized(singular(word)), word.removesuffix("s"), word.removesuffix("es")):
            for names in (self.members, self.keys, self.nested):
                if stem != word and stem in names:
                    return names[stem]
        return None

    def _inside(self, member: str, shape: Shape) -> str:
        """The member inside an object by which a text names it; the member itself for others."""
        own = self.shapes.get(member)
        # A reference is stored as the key of a record, which need not exist.
        is_key = member in self.keys.values()
        if own is None or is_key or own.json_type != "object" or shape.json_type in {"object", "array"}:
            return member
        return next((f"{member}.{name}" for name in identifying(own)), member)

    def _is_list(self, name: str) -> bool:
        return self.shapes[name].json_type == "array"

    def _everything(self, member: str, shape: Shape) -> dict[str, str]:
        """The value of an enumeration that no record has and that restricts nothing."""
        own = self.shapes[member].keywords.get("enum", ()) if member in self.shapes else ()
        options = [option for option in shape.keywords.get("enum", ()) if option not in own]
        everything = [option for option in options if str(option).lower() in _EVERYTHING]
        return {"everything": everything[0]} if everything else {}

    def _bound(self, word: str, shape: Shape) -> tuple[str, str] | None:
        """The member that a parameter sets a bound for, with the comparison; None for other parameters.

        word: the parameter's normalized name: a word for the bound, before or after the member's name, whose
        ending `at`, `on` or `date` may be missing. A word alone is about the time of creation.
        """
        by_stem = {
            name.removesuffix(ending): self.members[name]
            for name in sorted(self.members)
            for ending in ("at", "on", "date")
        }
        by_stem |= self.members
        for bound, compare in _BOUNDS.items():
            for stem in (word.removesuffix(bound), word.removeprefix(bound)):
                if stem and stem != word and stem in by_stem:
                    return by_stem[stem], compare
        if word not in {"since", "until"} and shape.keywords.get("format") not in _TIMES:
            return None
        member = next((by_stem[name] for name in _MOMENTS if name in by_stem), None)
        return (member, _BOUNDS[word]) if member is not None and word in _BOUNDS else None


_MOMENTS = ("created", "datecreated", "creation", "timestamp", "date", "time", "updated", "dateupdated")
"""Normalized names of members, without `at`, that a bound without a name is about."""


def filters(queries: Iterable[Parameter], resource: Resource, graph: Graph) -> dict[str, dict[str, Any]]:
    """Return query parameter → the filter that it sets, as in a behaviour document."""
    known = _filterable(resource, graph)
    found = {query.name: known.of(query, graph.contract) for query in queries}
    return {name: declared for name, declared in found.items() if declared is not None}


def _filterable(resource: Resource, graph: Graph) -> Filters:
    schemas = graph.contract.schemas
    known = Filters(resource.key)
    for name, member in plain_shape(resource.item, schemas).properties.items():
        shape = plain_shape(member, schemas)
        known.members[normalized(name)] = name
        known.shapes[name] = shape
        inner = plain_shape(shape.keywords.get("items"), schemas) if shape.json_type == "array" else shape
        for below in inner.properties:
            for outer in {name, singular(name)}:
                known.nested.setdefault(normalized(outer) + normalized(below), f"{name}.{below}")
    for member_name, parent in resource.parents.items():
        known.keys |= dict.fromkeys(_key_words(parent), member_name)
    for reference in graph.references.get(resource.name, ()):
        words = [*_key_words(reference.target), normalized(singular(reference.shown))]
        known.keys |= dict.fromkeys((*words, f"{words[-1]}id", normalized(reference.by)), reference.by)
        # The records are found by their keys, not by what replies show in their place.
        known.members.pop(normalized(reference.shown), None)
        known.keys[normalized(reference.shown)] = reference.by
    return known


def _key_words(resource: Resource) -> Iterator[str]:
    """The normalized names of a parameter with the key of a record."""
    word = normalized(singular(resource.name))
    yield from (word, f"{word}id", word + normalized(resource.key))


def _inner(name: str) -> str:
    """The name of a parameter without what surrounds it: `filter[name]`, `name[]`."""
    return name.removeprefix("filter[").removesuffix("[]").removesuffix("]")


def _last_word(name: str) -> tuple[str, str]:
    """A name without its last word, and this word: created[in], status_in, status.ne."""
    for separator in ("[", "__", "_", "."):
        stem, found, suffix = name.rpartition(separator)
        if found and stem:
            return stem, suffix.strip("_[]").lower()
    return name, ""
