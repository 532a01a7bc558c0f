"""Generate values for any schema, or repair a given value so that it satisfies one."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from mock_server.contract.operation import Contract, Schema
from mock_server.contract.schema import follow, types_of
from mock_server.contract.validation import Check, SchemaCompiler, compiler_of, mapped_values
from mock_server.sampling.arrangement import Arrange, Arranger, VariableError
from mock_server.sampling.heights import Heights
from mock_server.sampling.media import is_binary, sample_of
from mock_server.sampling.place import Place
from mock_server.sampling.pruning import NO_VALUE, without_invalid_parts
from mock_server.sampling.scalars import Scalars
from mock_server.sampling.shapes import Choose, Shape, component_name, flagged, shape_of
from mock_server.seeded_random import SeededRandom

__all__ = ["NO_VALUE", "SampleOptions", "Sampler", "sampled_body"]

log = logging.getLogger("mock_server")

Known = TypeVar("Known")

_ATTEMPTS = 12
_ENTRIES = 2
"""Default number of entries in a generated array, and of members in a generated map."""

_SHARE = 60.0
"""Number of nested values that a generated value has room for. Each object divides its room among its
members; optional objects and lists without room are left out, which bounds a value whose schemas refer to
each other."""

_SMALLEST_SHARE = 4.0
_MOST_VALUES = 3_000
"""Number of values after which only empty objects and lists follow: schemas may require more than fits."""

_MOST_ENTRIES = 1_000
"""Number of entries of a generated list, and of members of a generated map, whatever the schema asks for."""

_DEEPEST = 40
"""Depth of objects and lists below which only empty ones follow."""

_DEEPEST_OPTIONAL = 12
"""Depth below which optional objects and lists are left out: each level of choices may double the time that
a validator takes."""

_CACHED = 50_000
"""Number of entries at which a cache is emptied: some schemas are put together for one call."""


Arranging = tuple[Arrange, Check]


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """How a value is generated.

    required_only: leave out optional members. use_examples: examples in the schema may be used (off for all
    but the first record of a list, which would otherwise look alike). above: names of the components that
    contain the value. depth: number of objects and lists around it. share: room for nested values.
    generated: number of values generated so far, counted by all parts of one value.
    """

    required_only: bool = False
    use_examples: bool = True
    above: frozenset[str] = frozenset()
    depth: int = 0
    share: float = _SHARE
    generated: list[int] = field(default_factory=lambda: [0])

    def inside(self, shape: Shape, nested: int) -> SampleOptions:
        """Return the options for values inside a shape: required_only when the shape contains itself.

        nested: number of objects and lists among these values.
        """
        return SampleOptions(
            self.required_only or not shape.names.isdisjoint(self.above),
            self.use_examples,
            self.above | shape.names,
            self.depth + 1,
            self.share / max(1, nested),
            self.generated,
        )

    @property
    def exhausted(self) -> bool:
        """Whether the value is larger than any should be, so that generation must end."""
        return self.generated[0] > _MOST_VALUES or self.depth > _DEEPEST

    @property
    def crowded(self) -> bool:
        """Whether there is no room for an optional object or list. There always is in the outermost value."""
        return self.depth > 1 and (self.share < _SMALLEST_SHARE or self.depth > _DEEPEST_OPTIONAL)


@dataclass(slots=True)
class Sampler:
    """Generates and repairs values of one contract's schemas.

    Equal schemas, places and seeds give equal values. contract: its components are what schemas may refer to.
    rng: source of the generated values.
    """

    contract: Contract
    rng: SeededRandom
    _scalars: Scalars = field(init=False)
    _schema_compiler: SchemaCompiler | None = None
    _heights: Heights = field(init=False)
    _checks: dict[int, tuple[Schema, Check]] = field(default_factory=dict)
    _shapes: dict[int, tuple[Schema, Shape]] = field(default_factory=dict)
    _write_only: dict[int, tuple[Schema, bool]] = field(default_factory=dict)
    _nested: dict[int, tuple[Schema, bool]] = field(default_factory=dict)
    _arrangements: dict[int, tuple[Schema, Arranging | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._scalars = Scalars(self.rng)
        self._heights = Heights(self.contract.schemas)

    def holds(self, schema: Schema, value: Any) -> bool:
        """Whether a server may send this value under this schema."""
        return self._check(schema).holds(value)

    def _check(self, schema: Schema) -> Check:
        # The schema is stored beside its check so that its id() is not reused.
        if id(schema) not in self._checks:
            if self._schema_compiler is None:
                self._schema_compiler = compiler_of(self.contract)
            check = self._schema_compiler.check(schema, sent=False, place="a schema to sample")
            _remember(self._checks, schema, check)
        return self._checks[id(schema)][1]

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

        That is the given value with as few changes as possible, else the first valid example, else the first
        example with as few changes as possible, else a generated value. place: equal places give equal
        values. examples: preferred to generated values. use_examples: whether examples inside the schema may
        be used. When no attempt gives a valid value, logs a warning and returns the first attempt.
        """
        if value is not NO_VALUE:
            arranged = self.arranged(schema, value)
            if arranged is not NO_VALUE:
                return arranged
            repaired = self._first_valid(schema, place, value, use_examples=use_examples)
            if repaired is not NO_VALUE:
                return repaired
        for example in examples:
            if self.holds(schema, example):
                return self._without_write_only(schema, example)
        for example in examples:
            repaired = self._first_valid(schema, place, example, use_examples=use_examples)
            if repaired is not NO_VALUE:
                return repaired
        generated = self._first_valid(schema, place, NO_VALUE, use_examples=use_examples)
        if generated is not NO_VALUE:
            return generated
        log.warning(
            "%s: no valid value found for a schema at %s", self.contract.name, "/".join(map(str, place))
        )
        return next(self._attempts(schema, place, NO_VALUE, use_examples=use_examples))

    def settled(self, schema: Schema, value: Any) -> Any:
        """Return the value repaired, where nothing has to be generated for that, else NO_VALUE.

        It is then what valid_value() returns at every place.
        """
        arranged = self.arranged(schema, value)
        if arranged is not NO_VALUE:
            return arranged
        options = SampleOptions()
        repaired = self.repair(value, schema, (), options)
        is_settled = options.generated[0] == 0 and self.holds(schema, repaired)
        return repaired if is_settled else NO_VALUE

    def arranged(self, schema: Schema, value: Any) -> Any:
        """Return what repair() returns for a value that is valid already, which is valid itself; NO_VALUE for
        other values, and where a repair depends on more than the schema."""
        known = self._arrangements.get(id(schema))
        arranging = self._arranging(schema) if known is None else known[1]
        if arranging is None:
            return NO_VALUE
        arrange, check = arranging
        if not check.holds(value):
            return NO_VALUE
        arranged = arrange(value)
        # Members that are never shown may be missed by the schema.
        return arranged if arranged == value or check.holds(arranged) else NO_VALUE

    def _arranging(self, schema: Schema) -> Arranging | None:
        """What arranges valid values of a schema, with its check; None where a repair depends on more."""

        def refuse(_branches: list[Schema]) -> Schema:
            raise VariableError

        arranger = Arranger(lambda inner: self._shape(inner, refuse), self._is_write_only)
        try:
            arranging: Arranging | None = (arranger.compile(schema), self._check(schema))
        except VariableError:
            arranging = None
        if isinstance(schema, Mapping):
            _remember(self._arrangements, schema, arranging)
        return arranging

    def _first_valid(self, schema: Schema, place: Place, value: Any, *, use_examples: bool) -> Any:
        """The first valid one of the attempts, or of what they leave without what makes them invalid.

        NO_VALUE if there is none.
        """
        check = self._check(schema)
        attempts = self._attempts(schema, place, value, use_examples=use_examples)
        complete: list[Any] = []
        # A second complete one: what made the first one invalid may have been chance.
        for attempt in islice(attempts, 2):
            if check.holds(attempt):
                return attempt
            complete.append(attempt)
        for attempt in complete:
            remainder = without_invalid_parts(check, attempt)
            if remainder is not NO_VALUE:
                return remainder
        return next((attempt for attempt in attempts if check.holds(attempt)), NO_VALUE)

    def _attempts(self, schema: Schema, place: Place, value: Any, *, use_examples: bool) -> Iterator[Any]:
        """Yield the repaired value, or a generated one for NO_VALUE, in different ways.

        A value that is as large as any may be is the last: the others would be as large, and take as long.
        """
        for attempt in range(_ATTEMPTS):
            # The first attempt takes the place as it is; adding to it changes every random choice below.
            varied_place = place if attempt == 0 else (*place, "attempt", attempt)
            # Optional members and examples are what most often makes a value invalid: every second attempt
            # after the first two leaves out the former, all after the second the latter.
            required_only = attempt > 1 and attempt % 2 == 0
            options = SampleOptions(required_only=required_only, use_examples=use_examples and attempt < 2)
            if value is NO_VALUE:
                yield self.sample(schema, varied_place, options)
            else:
                yield self.repair(value, schema, varied_place, options)
            if options.exhausted:
                return

    def _without_write_only(self, schema: Schema, value: Any) -> Any:
        # The place is part of the seed of what a repair adds: changing it changes generated values.
        return self.repair(value, schema, ("shown",), SampleOptions())

    def shape(self, schema: Schema | None, place: Place, options: SampleOptions) -> Shape:
        """Return the shape of the value that sample() would generate."""
        return self._shape(schema, lambda branches: self._drawn(branches, place, options))

    def _shape(self, schema: Schema | None, choose: Choose) -> Shape:
        """The shape of a schema, merged once for a schema without branches."""
        known = self._shapes.get(id(schema))
        if known is not None:
            return known[1]
        has_branches = False

        def choosing(branches: list[Schema]) -> Schema:
            nonlocal has_branches
            has_branches = True
            return choose(branches)

        shape = shape_of(schema, self.contract.schemas, choosing)
        if not has_branches and isinstance(schema, Mapping):
            _remember(self._shapes, schema, shape)
        return shape

    def _is_write_only(self, schema: Schema) -> bool:
        if id(schema) not in self._write_only:
            _remember(self._write_only, schema, flagged(schema, "writeOnly", self.contract.schemas))
        return self._write_only[id(schema)][1]

    def _is_nested(self, schema: Schema) -> bool:
        """Whether values of a schema are objects, or lists of objects or lists."""
        if id(schema) not in self._nested:
            # Registered before it is known: a list may contain itself.
            _remember(self._nested, schema, True)
            shape = self._shape(schema, self._smallest)
            items = shape.keywords.get("items", True)
            is_list = shape.json_type == "array"
            _remember(
                self._nested, schema, self._is_nested(items) if is_list else shape.json_type == "object"
            )
        return self._nested[id(schema)][1]

    def _smallest(self, branches: list[Schema]) -> Schema:
        return min(branches, key=self._heights.of)

    def sample(self, schema: Schema | None, place: Place, options: SampleOptions | None = None) -> Any:
        """Generate a value. It is nearly always valid; valid_value() makes sure."""
        options = options or SampleOptions()
        options.generated[0] += 1
        shape = self.shape(schema, place, options)
        if shape.nullable and (options.exhausted or shape.names & options.above):
            return None
        known = self._known(shape, options)
        if isinstance(known, dict | list) and self._fits(known, schema):
            # Examples are often incomplete or out of date.
            return self.repair(known, schema, place, options)
        if known is not NO_VALUE and not isinstance(known, dict | list):
            return known
        if shape.json_type == "object":
            return self._object(shape, place, options)
        if shape.json_type == "array":
            return self._array(shape, place, options)
        return self._scalars.sample(shape, place)

    def _fits(self, value: dict[str, Any] | list[Any], schema: Schema | None) -> bool:
        """Whether an example has the type of the branch that it is meant for, so that it can be repaired."""
        shape = self._shape(schema, lambda branches: self._likeliest(branches, value))
        return shape.json_type in {"object" if isinstance(value, dict) else "array", "any"}

    def repair(
        self, value: Any, schema: Schema | None, place: Place, options: SampleOptions | None = None
    ) -> Any:
        """Return the value with what violates the schema repaired.

        Missing members and entries are added, invalid ones generated anew, surplus ones dropped.
        """
        options = options or SampleOptions()
        meant = self._meant(schema, value)
        shape = self._shape(meant, lambda branches: self._likeliest(branches, value))
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
        if options.exhausted or (options.required_only and options.above):
            return self._smallest(branches)
        not_null = [branch for branch in branches if types_of(branch) != ("null",)] or branches
        fresh = [branch for branch in not_null if component_name(branch) not in options.above]
        if not fresh or (options.crowded and len(fresh) > 1):
            return self._smallest(branches)
        # Inside a record a choice between a key and the record that it names: the key.
        scalar = [branch for branch in fresh if not self._is_nested(branch)]
        if options.depth and scalar and len(scalar) < len(fresh):
            fresh = scalar
        return self.rng.choice(fresh, "branch", *place)

    def _meant(self, schema: Schema | None, value: Any) -> Schema | None:
        """The schema, without the branches that a value's discriminator excludes."""
        target = follow(schema, self.contract.schemas) if isinstance(schema, Mapping) else None
        if not isinstance(target, Mapping) or not isinstance(value, dict):
            return schema
        discriminator = target.get("discriminator")
        if not isinstance(discriminator, Mapping):
            return schema
        said = value.get(str(discriminator.get("propertyName")))
        for keyword in ("oneOf", "anyOf"):
            branches = target.get(keyword, ())
            named = [branch for branch in branches if said in mapped_values(discriminator, branch)]
            if len(named) == 1:
                return {**target, keyword: named}
        return schema

    def _likeliest(self, branches: list[Schema], value: Any) -> Schema:
        """The branch that a value is meant for: of those that suit it best, one that it satisfies."""
        if not isinstance(value, dict | list):
            return next((branch for branch in branches if self._holds_scalar(branch, value)), branches[0])
        ranks = [self._unlikeliness(branch, value) for branch in branches]
        best = [branch for branch, rank in zip(branches, ranks, strict=True) if rank == min(ranks)]
        if len(best) == 1:
            return best[0]
        return next((branch for branch in best if self.holds(branch, value)), best[0])

    def _holds_scalar(self, branch: Schema, value: Any) -> bool:
        """Whether a branch allows a scalar. Its shape tells, which is cheaper than compiling the branch."""
        shape = self._shape(branch, lambda inner: self._likeliest(inner, value))
        if shape.json_type in {"object", "array"} and "null" not in types_of(shape.keywords):
            return False
        return self._scalars.holds(shape, value)

    def _unlikeliness(self, branch: Schema, value: dict[str, Any] | list[Any]) -> tuple[int, int, int]:
        """Sort key: branches of another type last, then those with members of other values, then those with
        the fewest members in common."""
        shape = self._shape(branch, lambda inner: inner[0])
        json_type = "object" if isinstance(value, dict) else "array"
        other_type = shape.json_type not in {json_type, "any"}
        if other_type or isinstance(value, list):
            return int(other_type), 0, 0
        invalid = 0
        for name in shape.properties.keys() & value.keys():
            if not isinstance(value[name], dict | list):
                # The branch of a member is not known here; one that the value satisfies counts.
                choose: Choose = partial(self._likeliest, value=value[name])
                invalid += not self._scalars.holds(self._shape(shape.properties[name], choose), value[name])
        missing = len(shape.required - value.keys())
        common = len(shape.properties.keys() & value.keys())
        return 0, invalid, missing - common

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
        if options.exhausted:
            return {}
        visible = {
            name: schema for name, schema in shape.properties.items() if not self._is_write_only(schema)
        }
        nested = {name for name, schema in visible.items() if self._is_nested(schema)}
        inside = options.inside(shape, len(nested))
        members: dict[str, Any] = {}
        for name, schema in visible.items():
            is_left_out = inside.required_only or (inside.crowded and name in nested)
            if is_left_out and name not in shape.required:
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
        wanted = min(wanted, shape.keywords.get("maxProperties", wanted), _MOST_ENTRIES)
        name_schema: dict[str, Any] = {"type": "string"}
        if isinstance(shape.keywords.get("propertyNames"), Mapping):
            name_schema |= shape.keywords["propertyNames"]
        # Generated names may repeat, so more are tried than are wanted.
        for number in range(wanted * 3):
            if len(members) >= wanted or options.exhausted:
                return
            name = str(self.sample(name_schema, (*place, "name", number), SampleOptions()))
            members.setdefault(name, self.sample(extra, (*place, "value", number), options))

    def _array(self, shape: Shape, place: Place, options: SampleOptions) -> list[Any]:
        prefix = shape.keywords.get("prefixItems", [])
        inside = options.inside(shape, _ENTRIES)
        wanted = shape.keywords.get("minItems", 0)
        # A record's list of records that contain it is empty.
        is_recursive = component_name(shape.keywords.get("items", True)) in options.above
        if not options.required_only and not is_recursive:
            wanted = max(wanted, _ENTRIES, len(prefix))
        wanted = min(wanted, shape.keywords.get("maxItems", wanted))
        if options.exhausted:
            wanted = 0
        return self._extended([], shape, wanted, place, inside)

    def _extended(
        self, entries: list[Any], shape: Shape, length: int, place: Place, options: SampleOptions
    ) -> list[Any]:
        """The list with entries added up to a length, without duplicates if `uniqueItems` asks for that."""
        if len(entries) >= length:
            return entries
        unique = shape.keywords.get("uniqueItems") is True
        seen = {_comparable(entry) for entry in entries}
        length = min(length, max(len(entries), _MOST_ENTRIES))
        # A small set of values may not have enough different ones: the attempts are bounded.
        for attempt in range(length * 20):
            index = len(entries)
            if index >= length or options.exhausted:
                break
            # Examples only for the first entry, so that not all entries look alike.
            entry_options = replace(options, use_examples=options.use_examples and index == 0)
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
        inside = options.inside(shape, 1)
        members: dict[str, Any] = {}
        for name, schema in shape.properties.items():
            if self._is_write_only(schema):
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
        undeclared = shape.required - ordered.keys() - shape.properties.keys()
        if undeclared or len(ordered) < shape.keywords.get("minProperties", 0):
            self._fill(ordered, shape, place, replace(inside, required_only=True))
        return ordered

    def _repaired_array(
        self, value: list[Any], shape: Shape, place: Place, options: SampleOptions
    ) -> list[Any]:
        inside = options.inside(shape, 1)
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


def sampled_body(
    sampler: Sampler, media_type: str, schema: Schema, place: Place, examples: tuple[Any, ...] = ()
) -> Any:
    """Return a body of a media type: a real one where the schema allows a string, else as valid_value().

    examples: of the body. Those of types whose bodies are bytes are descriptions, not bodies.
    """
    if examples and not is_binary(media_type):
        return sampler.valid_value(schema, place, examples=examples)
    sample = sample_of(media_type, sampler.rng.integer(0, 9_999, *place))
    if sample is not None and sampler.holds(schema, sample):
        return sample
    return sampler.valid_value(schema, place, examples=examples)


def _remember(cache: dict[int, tuple[Schema, Known]], schema: Schema, known: Known) -> None:
    """Store what is known of a schema. The schema is stored beside it so that its id() is not reused."""
    if len(cache) >= _CACHED:
        cache.clear()
    cache[id(schema)] = (schema, known)
