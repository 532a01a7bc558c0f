"""Values for any schema: made up where there is nothing, mended where something is there already."""

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

NOTHING: Any = object()
"""No value is there yet."""

_ATTEMPTS = 12
_ENTRIES = 2


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """How a value is to be made.

    spare: only what is required. first: examples may be used (equal ones in every record look odd).
    above: the components the value lies in, once for each time.
    """

    spare: bool = False
    first: bool = True
    above: tuple[str, ...] = ()

    def inside(self, shape: Shape) -> SampleOptions:
        """The wish for what lies inside a shape: spare where it lies in itself."""
        again = any(name in self.above for name in shape.names)
        return SampleOptions(self.spare or again, self.first, (*self.above, *shape.names))

    @property
    def deep(self) -> bool:
        """Whether some component contains itself several times over by now."""
        return any(self.above.count(name) > 2 for name in self.above)


@dataclass(slots=True)
class Sampler:
    """Makes and mends values of one contract's schemas, equal ones for equal places.

    contract: whose components schemas may refer to. chance: where made-up values come from.
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
        """Whether a server may send this value where the schema stands."""
        if id(schema) not in self._checks:
            check = self._schema_compiler.check(schema, sent=False, place="a schema to sample")
            self._checks[id(schema)] = (schema, check)
        return self._checks[id(schema)][1].holds(value)

    def answer(
        self,
        schema: Schema,
        place: Place,
        value: Any = NOTHING,
        *,
        examples: tuple[Any, ...] = (),
        first: bool = True,
    ) -> Any:
        """A value that satisfies the schema: the given one with as little changed as possible, else an
        example, else one made up. Members the schema marks writeOnly are left out.

        place: where chance starts; equal places give equal values. examples: preferred to a made-up one.
        first: whether examples inside the schema may be used too. Logged when nothing valid can be found;
        then the first try is given.
        """
        if value is not NOTHING:
            for mended in self._tries(schema, place, value, first=first):
                if self.holds(schema, mended):
                    return mended
        for example in examples:
            if self.holds(schema, example):
                return self.shown(schema, example)
        tried: list[Any] = []
        for made in self._tries(schema, place, NOTHING, first=first):
            if self.holds(schema, made):
                return made
            tried.append(made)
        log.warning(
            "%s: no valid value found for a schema at %s", self.contract.name, "/".join(map(str, place))
        )
        return tried[0]

    def _tries(self, schema: Schema, place: Place, value: Any, *, first: bool) -> Iterator[Any]:
        """The value mended, or one made up for NOTHING, over and over from other chances: every second time
        spare, with examples at the start only."""
        for attempt in range(_ATTEMPTS):
            tried = place if attempt == 0 else (*place, "attempt", attempt)
            options = SampleOptions(spare=attempt % 2 == 1, first=first and attempt < 2)
            yield (
                self.sample(schema, tried, options)
                if value is NOTHING
                else self.fit(value, schema, tried, options)
            )

    def shown(self, schema: Schema, value: Any) -> Any:
        """A valid value without its writeOnly members."""
        return self.fit(value, schema, ("shown",), SampleOptions())

    def shape(self, schema: Schema | None, place: Place, options: SampleOptions) -> Shape:
        """The shape a made-up value of the schema has."""
        return shape_of(schema, self.contract.schemas, lambda branches: self._drawn(branches, place, options))

    def sample(self, schema: Schema | None, place: Place, options: SampleOptions | None = None) -> Any:
        """A made-up value; nearly always valid (answer() makes sure)."""
        options = options or SampleOptions()
        shape = self.shape(schema, place, options)
        if options.deep and shape.nullable:
            return None
        known = self._known(shape, options)
        if known is not NOTHING:
            return self.fit(known, schema, place, options) if isinstance(known, dict | list) else known
        kind = shape.json_type
        if kind == "object":
            return self._object(shape, place, options)
        if kind == "array":
            return self._array(shape, place, options)
        return self._scalars.sample(shape, place)

    def fit(
        self, value: Any, schema: Schema | None, place: Place, options: SampleOptions | None = None
    ) -> Any:
        """The value with what the schema refuses mended: missing members added, wrong ones made anew, those
        too many dropped."""
        options = options or SampleOptions()
        shape = shape_of(schema, self.contract.schemas, lambda branches: self._likeliest(branches, value))
        kind = shape.json_type
        if value is None and shape.nullable:
            return None
        if isinstance(value, dict) and kind in {"object", "any"}:
            return self._mended_object(value, shape, place, options)
        if isinstance(value, list) and kind in {"array", "any"}:
            return self._mended_array(value, shape, place, options)
        if not isinstance(value, dict | list) and self._scalars.holds(shape, value):
            return value
        return self.sample(schema, place, options)

    def _drawn(self, branches: list[Schema], place: Place, options: SampleOptions) -> Schema:
        if options.spare and options.above:
            return min(branches, key=lambda branch: self._weight(branch, options))
        solid = [branch for branch in branches if types_of(branch) != ("null",)] or branches
        return self.rng.choice(solid, "branch", *place)

    def _weight(self, branch: Schema, options: SampleOptions) -> tuple[bool, bool]:
        ref = branch.get("$ref") if isinstance(branch, Mapping) else None
        name = ref_name(ref) if isinstance(ref, str) else ""
        return name in options.above, bool(name)

    def _likeliest(self, branches: list[Schema], value: Any) -> Schema:
        """The branch a value was meant for: one it satisfies, else the one whose members it shares most."""
        for branch in branches:
            if self.holds(branch, value):
                return branch
        if not isinstance(value, dict):
            return branches[0]

        def unlikeliness(branch: Schema) -> tuple[int, int]:
            shape = shape_of(branch, self.contract.schemas, lambda inner: inner[0])
            wrong = sum(
                not self._scalars.holds(self.shape(property_, (), SampleOptions()), value[name])
                for name, property_ in shape.properties.items()
                if name in value and not isinstance(value[name], dict | list)
            )
            return wrong, len(shape.required - value.keys()) - len(shape.properties.keys() & value.keys())

        return min(branches, key=unlikeliness)

    def _known(self, shape: Shape, options: SampleOptions) -> Any:
        """A value the schema itself names: its constant, an example, its default."""
        keywords = shape.keywords
        if "const" in keywords:
            return keywords["const"]
        if not options.first:
            return NOTHING
        listed = keywords.get("examples")
        named = [keywords[key] for key in ("example", "default") if key in keywords]
        for value in [*named[:1], *(listed if isinstance(listed, list) else ()), *named[1:]]:
            if value is not None and (isinstance(value, dict | list) or self._scalars.holds(shape, value)):
                return value
        return NOTHING

    def _object(self, shape: Shape, place: Place, options: SampleOptions) -> dict[str, Any]:
        inside = options.inside(shape)
        made: dict[str, Any] = {}
        if inside.deep:
            return made
        for name, schema in shape.properties.items():
            if flagged(schema, "writeOnly", self.contract.schemas) or (
                inside.spare and name not in shape.required
            ):
                continue
            made[name] = self.sample(schema, (*place, name), inside)
        self._fill(made, shape, place, inside)
        return made

    def _fill(self, made: dict[str, Any], shape: Shape, place: Place, options: SampleOptions) -> None:
        """Required members nobody describes, and as many as are asked for."""
        extra = shape.keywords.get("additionalProperties", True)
        for name in sorted(shape.required - made.keys() - shape.properties.keys()):
            made[name] = self.sample(extra, (*place, name), options)
        fewest = shape.keywords.get("minProperties", 0)
        if isinstance(extra, Mapping) and not shape.properties and not options.spare:
            fewest = max(fewest, _ENTRIES)
        fewest = min(fewest, shape.keywords.get("maxProperties", fewest))
        names = shape.keywords.get("propertyNames", True)
        for number in range(fewest * 3):
            if len(made) >= fewest:
                return
            key = self.sample(
                {"type": "string", **names} if isinstance(names, Mapping) else {"type": "string"},
                (*place, "name", number),
                SampleOptions(),
            )
            made.setdefault(str(key), self.sample(extra, (*place, "value", number), options))

    def _array(self, shape: Shape, place: Place, options: SampleOptions) -> list[Any]:
        inside = options.inside(shape)
        prefix = shape.keywords.get("prefixItems", [])
        fewest, most = shape.keywords.get("minItems", 0), shape.keywords.get("maxItems")
        wanted = fewest if options.spare else max(fewest, _ENTRIES, len(prefix))
        wanted = wanted if most is None else min(wanted, most)
        if inside.deep:
            wanted = 0
        return self._entries([], shape, wanted, place, inside)

    def _entries(
        self, made: list[Any], shape: Shape, wanted: int, place: Place, options: SampleOptions
    ) -> list[Any]:
        """The list brought to this length, all its entries different where they must be."""
        prefix = shape.keywords.get("prefixItems", [])
        unique = shape.keywords.get("uniqueItems") is True
        seen = {json.dumps(entry, sort_keys=True, default=str) for entry in made}
        for number in range(wanted * 20):
            if len(made) >= wanted:
                break
            at = len(made)
            schema = prefix[at] if at < len(prefix) else shape.keywords.get("items", True)
            own = SampleOptions(options.spare, options.first and at == 0, options.above)
            entry = self.sample(schema, (*place, at if not unique else number), own)
            key = json.dumps(entry, sort_keys=True, default=str)
            if unique and key in seen:
                continue
            seen.add(key)
            made.append(entry)
        return made

    def _mended_object(
        self, value: dict[str, Any], shape: Shape, place: Place, options: SampleOptions
    ) -> dict[str, Any]:
        inside = options.inside(shape)
        made: dict[str, Any] = {}
        for name, schema in shape.properties.items():
            if flagged(schema, "writeOnly", self.contract.schemas):
                continue
            if name in value:
                made[name] = self.fit(value[name], schema, (*place, name), inside)
            elif name in shape.required:
                made[name] = self.sample(schema, (*place, name), inside)
        if not shape.closed:
            extra = shape.keywords.get("additionalProperties", True)
            for name in value.keys() - shape.properties.keys():
                made[name] = (
                    value[name] if extra is True else self.fit(value[name], extra, (*place, name), inside)
                )
        ordered = {name: made[name] for name in value if name in made}
        result = {**{name: made[name] for name in shape.properties if name in made}, **ordered}
        self._fill(result, shape, place, SampleOptions(True, inside.first, inside.above))
        return result

    def _mended_array(
        self, value: list[Any], shape: Shape, place: Place, options: SampleOptions
    ) -> list[Any]:
        inside = options.inside(shape)
        prefix, items = shape.keywords.get("prefixItems", []), shape.keywords.get("items", True)
        made = [
            self.fit(entry, prefix[at] if at < len(prefix) else items, (*place, at), inside)
            for at, entry in enumerate(value)
        ]
        made = made[: shape.keywords.get("maxItems", len(made))]
        return self._entries(made, shape, max(len(made), shape.keywords.get("minItems", 0)), place, inside)
