"""How much a schema stands for: a few lines that refer to each other may ask for more than a machine has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from mock_server.contract.operation import Contract, Operation, Schema
from mock_server.contract.schema import ref_name, reference_to

MOST_ALTERNATIVES: Final = 2_000
"""The number of schemas that one value may be compared with. Large public documents have up to 1,046."""

LARGEST_VALUE: Final = 5_000
"""The size that the smallest value of a schema may have: members, entries, and hundreds of characters. Large
public documents have up to 140."""

_BOUND: Final = 10_000_000
"""No measure is larger, so that counting takes no time of its own."""


def combining_too_much(schemas: Mapping[str, Schema]) -> frozenset[str]:
    """The components that combine more than MOST_ALTERNATIVES others, not counting those of each other."""
    measure = _Measure(schemas)
    for name in schemas:
        # A component that is nested too deeply is refused later.
        with suppress(RecursionError):
            measure.alternatives({"$ref": reference_to(name)})
    return frozenset(measure.too_combined)


def oversized(contract: Contract) -> Iterator[str]:
    """A sentence about each schema of a contract that is too large. Takes time in proportion to the file."""
    measure = _Measure(contract.schemas)
    for place, schema in _schemas(contract):
        try:
            if measure.alternatives(schema) > MOST_ALTERNATIVES:
                yield (
                    f"{place}: with its references followed, the schema has more than {MOST_ALTERNATIVES:,} "
                    "parts of allOf, anyOf and oneOf"
                )
            elif measure.smallest(schema) > LARGEST_VALUE:
                yield (
                    f"{place}: even the smallest value has more than {LARGEST_VALUE:,} members, entries and "
                    "hundreds of characters (required, minProperties, minItems, minLength)"
                )
        except RecursionError:
            yield f"{place}: the schema is nested too deeply"


def _schemas(contract: Contract) -> Iterator[tuple[str, Schema]]:
    for name, schema in contract.schemas.items():
        yield f"schema {name}", schema
    for operation in contract.operations.values():
        for schema in _own_schemas(operation):
            yield f"operation {operation.id}", schema


def _own_schemas(operation: Operation) -> Iterator[Schema]:
    yield from (parameter.schema for parameter in operation.parameters)
    yield from operation.body.content.values() if operation.body else ()
    for response in operation.responses.values():
        yield from response.content.values()
        yield from response.headers.values()


class _Measure:
    """Measures schemas; each component once. A component inside itself adds nothing to it."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._alternatives: dict[str, int] = {}
        self._smallest: dict[str, int] = {}
        self.too_combined: set[str] = set()
        """The components that were found to combine too many; elsewhere each of them counts as one."""

    def alternatives(self, schema: Any) -> int:
        """The number of schemas that one value is compared with, references followed; bounded.

        A required member may be compared as often as there are ways to it: that with most counts as a part.
        """
        if not isinstance(schema, Mapping):
            return 1
        parts = [schema[word] for word in ("if", "then", "else", "not") if word in schema]
        for word in ("allOf", "anyOf", "oneOf"):
            parts += schema[word] if isinstance(schema.get(word), list) else []
        count = 1 + sum(map(self.alternatives, parts))
        count += max(map(self.alternatives, _required_members(schema)), default=0)
        if _least(schema, "minItems"):
            count += self.alternatives(schema.get("items", True))
        return _bounded(count + self._referred(schema, self._alternatives, self._cut_alternatives))

    def _cut_alternatives(self, name: str) -> int:
        count = self.alternatives(self._schemas.get(name, True))
        if count <= MOST_ALTERNATIVES:
            return count
        self.too_combined.add(name)
        return 1

    def smallest(self, schema: Any) -> int:
        """The size of a value that has only what is required; bounded."""
        if not isinstance(schema, Mapping):
            return 1
        size = 1 + self._referred(schema, self._smallest, self._smallest_of)
        if isinstance(schema.get("allOf"), list):
            size += sum(map(self.smallest, schema["allOf"]))
        for word in ("anyOf", "oneOf"):
            if isinstance(schema.get(word), list):
                size += min(map(self.smallest, schema[word]), default=0)
        size += sum(map(self.smallest, _required_members(schema)))
        if _least(schema, "minItems"):
            size += _least(schema, "minItems") * self.smallest(schema.get("items", True))
        return _bounded(size + _least(schema, "minProperties") + _least(schema, "minLength") // 100)

    def _smallest_of(self, name: str) -> int:
        return self.smallest(self._schemas.get(name, True))

    def _referred(self, schema: Schema, known: dict[str, int], measure: Callable[[str], int]) -> int:
        """The measure of the component that a schema refers to, 0 for none."""
        address = schema.get("$ref") if isinstance(schema, Mapping) else None
        if not isinstance(address, str):
            return 0
        name = ref_name(address)
        if name not in known:
            known[name] = 0
            known[name] = measure(name)
        return known[name]


def _required_members(schema: Mapping[str, Any]) -> Iterator[Any]:
    members, required = schema.get("properties"), schema.get("required")
    if isinstance(members, Mapping) and isinstance(required, list):
        yield from (members[name] for name in required if name in members)


def _least(schema: Mapping[str, Any], keyword: str) -> int:
    value = schema.get(keyword)
    return int(min(value, _BOUND)) if isinstance(value, int | float) and value > 0 else 0


def _bounded(count: int) -> int:
    return min(count, _BOUND)
