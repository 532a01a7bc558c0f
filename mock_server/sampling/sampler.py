"""Generate values for any schema, or repair a given value so that it satisfies one."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.contract.operation import Contract, Schema
from mock_server.contract.schema import ref_name, types_of
from mock_server.contract.validation import Check, SchemaCompiler
from mock_server.sampling.scalars import Scalars
from mock_server.sampling.shapes import Shape, flagged, shape_of
from mock_server.sampling.texts import Place
from mock_server.seeded_random import SeededRandom

log = logging.getLogger("mock_server")

NO_VALUE: Any = object()
"""Marks the absence of a value, because None is one (null)."""

_ATTEMPTS = 12
_ENTRIES = 2
"""Default number of entries in a generated array, and of members in a generated map."""


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """How a value is generated.

    required_only: leave out optional members. use_examples: examples in the schema may be used (off for all
    but the first record of a list, which would otherwise look alike). above: names of the components that
    contain the value, with repetitions.
    """

    required_only: bool = False
    use_examples: bool = True
    above: tuple[str, ...] = ()

    def inside(self, shape: Shape) -> SampleOptions:
        """Return the options for values inside a shape: required_only when the shape contains itself."""
        recursive = any(name in self.above for name in shape.names)
        return SampleOptions(self.required_only or recursive, self.use_examples, (*self.above, *shape.names))

    @property
    def deep(self) -> bool:
        """Whether some component contains itself more than twice, where generation must end."""
        return any(self.above.count(name) > 2 for name in self.above)


@dataclass(slots=True)
class Sampler:
    """Generates and repairs values of one contract's schemas.

    Equal schemas, places and seeds give equal values. contract: its components are what schemas may refer to.
    rng: source of the generated values.
    """

    contract: Contract
    rng: SeededRandom
    _scalars: Scalars = field(init=False)
    _schema_compiler: SchemaCompiler = field(init=False)
    _checks: dict[int, tuple[Schema, Check]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._scalars = Scalars(self.rng)
        self._schema_compiler = SchemaCompiler(self.contract)

    def holds(self, schema: Schema, value: Any) -> bool:
        """Whether a server may send this value under this schema."""
        # The schema is stored beside its check so that its id() is not reused.
        if id(schema) not in self._checks:
            check = self._schema_compiler.check(schema, sent=False, place="a schema to sample")
            self._checks[id(schema)] = (schema, check)
        return self._checks[id(schema)][1].holds(value)

    def valid_value(
        self,
        schema: Schema,
        place: Place,
        value: Any = NO_VALUE,
        *,
        examples: tuple[Any, ...] = (),
        use_examples: bool = True,
    ) -> Any:
        """Return a value that satisfies the schema, without writeOnly members.

        That is the given value with as few changes as possible, else the first valid example, else a
        generated value. place: equal places give equal values. examples: preferred to generated values.
        use_examples: whether examples inside the schema may be used. When no attempt gives a valid value,
        logs a warning and returns the first attempt.
        """
        if value is not NO_VALUE:
            for repaired in self._attempts(schema, place, value, use_examples=use_examples):
                if self.holds(schema, repaired):
                    return repaired
        for example in examples:
            if self.holds(schema, example):
                return self._without_write_only(schema, example)
        invalid: list[Any] = []
        for generated in self._attempts(schema, place, NO_VALUE, use_examples=use_examples):
            if self.holds(schema, generated):
                return generated
            invalid.append(generated)
        log.warning(
            "%s: no valid value found for a schema at %s", self.contract.name, "/".join(map(str, place))
        )
        return invalid[0]

    def _attempts(self, schema: Schema, place: Place, value: Any, *, use_examples: bool) -> Iterator[Any]:
        """Yield the repaired value, or a generated one for NO_VALUE, in different ways."""
        for attempt in range(_ATTEMPTS):
            # The first attempt takes the place as it is; adding to it changes every random choice below.
            varied_place = place if attempt == 0 else (*place, "attempt", attempt)
            # Optional members and examples are what most often makes a value invalid: every second attempt
            # leaves out the former, all after the second the latter.
            options = SampleOptions(required_only=attempt % 2 == 1, use_examples=use_examples and attempt < 2)
            if value is NO_VALUE:
                yield self.sample(schema, varied_place, options)
            else:
                yield self.repair(value, schema, varied_place, options)

    def _without_write_only(self, schema: Schema, value: Any) -> Any:
        # The place is part of the seed of what a repair adds: changing it changes generated values.
        return self.repair(value, schema, ("shown",), SampleOptions())

    def shape(self, schema: Schema | None, place: Place, options: SampleOptions) -> Shape:
        """Return the shape of the value that sample() would generate."""
        return shape_of(schema, self.contract.schemas, lambda branches: self._drawn(branches, place, options))

    def sample(self, schema: Schema | None, place: Place, options: SampleOptions | None = None) -> Any:
        """Generate a value. It is nearly always valid; valid_value() makes sure."""
        options = options or SampleOptions()
        shape = self.shape(schema, place, options)
        if options.deep and shape.nullable:
            return None
        known = self._known(shape, options)
        if isinstance(known, dict | list):
            # Examples are often incomplete or out of date.
            return self.repair(known, schema, place, options)
        if known is not NO_VALUE:
            return known
        if shape.json_type == "object":
            return self._object(shape, place, options)
        if shape.json_type == "array":
            return self._array(shape, place, options)
        return self._scalars.sample(shape, place)

    def repair(
        self, value: Any, schema: Schema | None, place: Place, options: SampleOptions | None = None
    ) -> Any:
        """Return the value with what violates the schema repaired.

        Missing members and entries are added, invalid ones generated anew, surplus ones dropped.
        """
        options = options or SampleOptions()
        shape = shape_of(schema, self.contract.schemas, lambda branches: self._likeliest(branches, value))
        if value is None and shape.nullable:
            return None
        if isinstance(value, dict) and shape.json_type in {"object", "any"}:
            return self._repaired_object(value, shape, place, options)
        if isinstance(value, list) and shape.json_type in {"array", "any"}:
            return self._repaired_array(value, shape, place, options)
        if not isinstance(value, dict | list) and self._scalars.holds(shape, value):
            return value
        return self.sample(schema, place, options)

    def _drawn(self, branches: list[Schema], place: Place, options: SampleOptions) -> Schema:
        """Choose a branch at random, or the one that nests least where values must stay small."""
        if options.required_only and options.above:
            return min(branches, key=lambda branch: self._weight(branch, options))
        not_null = [branch for branch in branches if types_of(branch) != ("null",)] or branches
        return self.rng.choice(not_null, "branch", *place)

    def _weight(self, branch: Schema, options: SampleOptions) -> tuple[bool, bool]:
        """Sort key: branches that lead back into a containing component last, other components before."""
        ref = branch.get("$ref") if isinstance(branch, Mapping) else None
        name = ref_name(ref) if isinstance(ref, str) else ""
        return name in options.above, bool(name)

    def _likeliest(self, branches: list[Schema], value: Any) -> Schema:
        """The branch that a value is meant for: one that it satisfies, else the one with the most members in
        common."""
        for branch in branches:
            if self.holds(branch, value):
                return branch
        if not isinstance(value, dict):
            return branches[0]

        def unlikeliness(branch: Schema) -> tuple[int, int]:
            shape = shape_of(branch, self.contract.schemas, lambda inner: inner[0])
            invalid = 0
            for name, member_schema in shape.properties.items():
                if name in value and not isinstance(value[name], dict | list):
                    member_shape = self.shape(member_schema, (), SampleOptions())
                    invalid += not self._scalars.holds(member_shape, value[name])
            missing = len(shape.required - value.keys())
            common = len(shape.properties.keys() & value.keys())
            return invalid, missing - common

        return min(branches, key=unlikeliness)

    def _known(self, shape: Shape, options: SampleOptions) -> Any:
        """A value that the schema itself gives: its constant, an example or its default."""
        keywords = shape.keywords
        if "const" in keywords:
            return keywords["const"]
        if not options.use_examples:
            return NO_VALUE
        single = [keywords[key] for key in ("example", "default") if key in keywords]
        several = keywords.get("examples")
        # The order is part of what a seed generates: example (or default), examples, the other one.
        candidates = [*single[:1], *(several if isinstance(several, list) else ()), *single[1:]]
        for value in candidates:
            if value is None:
                continue
            # Objects and arrays are repaired by the caller, so they need not be valid here.
            if isinstance(value, dict | list) or self._scalars.holds(shape, value):
                return value
        return NO_VALUE

    def _object(self, shape: Shape, place: Place, options: SampleOptions) -> dict[str, Any]:
        inside = options.inside(shape)
        members: dict[str, Any] = {}
        if inside.deep:
            return members
        for name, schema in shape.properties.items():
            if flagged(schema, "writeOnly", self.contract.schemas):
                continue
            if inside.required_only and name not in shape.required:
                continue
            members[name] = self.sample(schema, (*place, name), inside)
        self._fill(members, shape, place, inside)
        return members

    def _fill(self, members: dict[str, Any], shape: Shape, place: Place, options: SampleOptions) -> None:
        """Add the required members that have no schema, and further ones up to minProperties."""
        extra = shape.keywords.get("additionalProperties", True)
        for name in sorted(shape.required - members.keys() - shape.properties.keys()):
            members[name] = self.sample(extra, (*place, name), options)
        wanted = shape.keywords.get("minProperties", 0)
        # An object without declared members but with a schema for them is a map: show a few entries.
        if isinstance(extra, Mapping) and not shape.properties and not options.required_only:
            wanted = max(wanted, _ENTRIES)
        wanted = min(wanted, shape.keywords.get("maxProperties", wanted))
        name_schema: dict[str, Any] = {"type": "string"}
        if isinstance(shape.keywords.get("propertyNames"), Mapping):
            name_schema |= shape.keywords["propertyNames"]
        # Generated names may repeat, so more are tried than are wanted.
        for number in range(wanted * 3):
            if len(members) >= wanted:
                return
            name = str(self.sample(name_schema, (*place, "name", number), SampleOptions()))
            members.setdefault(name, self.sample(extra, (*place, "value", number), options))

    def _array(self, shape: Shape, place: Place, options: SampleOptions) -> list[Any]:
        inside = options.inside(shape)
        prefix = shape.keywords.get("prefixItems", [])
        wanted = shape.keywords.get("minItems", 0)
        if not options.required_only:
            wanted = max(wanted, _ENTRIES, len(prefix))
        wanted = min(wanted, shape.keywords.get("maxItems", wanted))
        if inside.deep:
            wanted = 0
        return self._extended([], shape, wanted, place, inside)

    def _extended(
        self, entries: list[Any], shape: Shape, length: int, place: Place, options: SampleOptions
    ) -> list[Any]:
        """The list with entries added up to a length, without duplicates if `uniqueItems` asks for that."""
        unique = shape.keywords.get("uniqueItems") is True
        seen = {_comparable(entry) for entry in entries}
        # A small set of values may not have enough different ones: the attempts are bounded.
        for attempt in range(length * 20):
            index = len(entries)
            if index >= length:
                break
            # Examples only for the first entry, so that not all entries look alike.
            entry_options = SampleOptions(
                options.required_only, options.use_examples and index == 0, options.above
            )
            # With uniqueItems the place varies by attempt: the same place would give the same duplicate.
            entry_place = (*place, attempt if unique else index)
            entry = self.sample(_entry_schema(shape, index), entry_place, entry_options)
            if unique and _comparable(entry) in seen:
                continue
            seen.add(_comparable(entry))
            entries.append(entry)
        return entries

    def _repaired_object(
        self, value: dict[str, Any], shape: Shape, place: Place, options: SampleOptions
    ) -> dict[str, Any]:
        inside = options.inside(shape)
        members: dict[str, Any] = {}
        for name, schema in shape.properties.items():
            if flagged(schema, "writeOnly", self.contract.schemas):
                continue
            if name in value:
                members[name] = self.repair(value[name], schema, (*place, name), inside)
            elif name in shape.required:
                members[name] = self.sample(schema, (*place, name), inside)
        if not shape.closed:
            extra = shape.keywords.get("additionalProperties", True)
            for name, item in value.items():
                if name not in shape.properties:
                    kept_as_is = extra is True
                    members[name] = item if kept_as_is else self.repair(item, extra, (*place, name), inside)
        # In the order of the spec; undeclared members follow in the order of the value.
        ordered = {name: members[name] for name in [*shape.properties, *value] if name in members}
        self._fill(ordered, shape, place, SampleOptions(True, inside.use_examples, inside.above))
        return ordered

    def _repaired_array(
        self, value: list[Any], shape: Shape, place: Place, options: SampleOptions
    ) -> list[Any]:
        inside = options.inside(shape)
        entries = [
            self.repair(entry, _entry_schema(shape, index), (*place, index), inside)
            for index, entry in enumerate(value)
        ]
        entries = entries[: shape.keywords.get("maxItems", len(entries))]
        length = max(len(entries), shape.keywords.get("minItems", 0))
        return self._extended(entries, shape, length, place, inside)


def _entry_schema(shape: Shape, index: int) -> Schema:
    prefix: list[Schema] = shape.keywords.get("prefixItems", [])
    items: Schema = shape.keywords.get("items", True)
    return prefix[index] if index < len(prefix) else items


def _comparable(value: Any) -> str:
    """Equal JSON values give equal texts; the values themselves may be unhashable."""
    return json.dumps(value, sort_keys=True, default=str)
